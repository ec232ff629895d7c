// Calibration on speakers whom neither the classifier nor the encoder has heard.
//
// An encoder that was trained on the recordings that a classifier is fitted to separates them
// better than it will separate a new voice, so the classifier's decision values on them are too
// clear, even those of folds that it has not seen, and its probabilities too sure. The way out is
// cross-fitting: for each part of the speakers an encoder of the same recipe that was trained
// without them, a classifier of the same options fitted to what that encoder makes of the other
// speakers, and its decision values on these. The sigmoids of the final classifier are fitted to
// all of them together (the out-of-fold values of J. Platt, "Probabilistic outputs for support
// vector machines", 2000, with the encoder inside the fold).
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "classifier/held_out_calibration.hpp"
#include "classifier/provenance.hpp"
#include "common/thread_pool.hpp"
#include "evaluation/samples.hpp"
#include "evaluation/splits.hpp"
#include "pipeline/embedding_file.hpp"

namespace undertone::pipeline {

// Embeddings of an encoder that was trained without the speakers of the fold's test rows.
struct CalibrationSet {
  std::string source;  // the file, for messages
  std::string encoder_fingerprint;
  evaluation::Samples samples;
  evaluation::Fold fold;
};

// Reads of each file the hidden state that `table` has; no files, no sets. Of their clips with one
// of the labels `class_names` those take part whose column "split" says "train" (the encoder may
// have been trained on them) or "test" (it has not heard their speakers); relatives of tested clips
// (the same recording, or derived from it) are left out of training. What is not as it may be meant
// is added to `notices`. Throws what read_embeddings throws; Error(kModelMismatch) for another
// width or pooling than the table's; Error(kDataInvalid), naming the file, if there is no such
// column, no clip of either kind, no training clip of a class or a speaker on both sides, and if no
// file has a test clip of a class; Error(kInvalidArgument) for more than 1,000 files.
std::vector<CalibrationSet> read_calibration_sets(std::span<const std::filesystem::path> files,
                                                  const EmbeddingTable& table,
                                                  const std::vector<std::string>& class_names,
                                                  std::vector<std::string>& notices);

struct CrossFit {
  std::vector<classifier::HeldOutDecisions> decisions;  // one a set
  classifier::CrossFitting record;
};

// Fits a classifier of these options to each set's training clips, and takes its decision values on
// the test clips. The same bits on any number of threads. Throws Error(kDataInvalid) naming the
// file, and Error(kCancelled) if a stop is requested between two sets.
CrossFit cross_fit(std::span<const CalibrationSet> sets,
                   const classifier::EmotionClassifierOptions& options,
                   std::vector<std::string>& notices, ThreadPool& pool, std::stop_token stop);

// "cross-fitted on 1200 clips of 12 speakers whom the encoders had not heard (3 encoders: ...)"
std::string in_words(const classifier::CrossFitting& calibration);

}  // namespace undertone::pipeline
