// A table of embeddings to a classifier that knows where it came from.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "classifier/bundle.hpp"
#include "common/thread_pool.hpp"
#include "evaluation/search.hpp"
#include "pipeline/embedding_file.hpp"

namespace undertone::pipeline {

struct TrainingOptions {
  std::vector<std::string> classes{};  // empty: those of the six that the data have
  classifier::EmotionClassifierOptions classifier{};
  std::string licence{};  // of the resulting bundle
  // Of a support vector machine only: choose C, gamma, components and class weights by
  // cross-validation inside the training data (folds of speakers where all are known), then train
  // on all of it.
  std::optional<evaluation::SearchGrid> search{};
  std::size_t search_folds = 5;
  // Of a support vector machine only: embeddings of encoders that were trained without some
  // speakers, on whom the probabilities are calibrated (see cross_fitting.hpp). Empty: on folds of
  // the training data.
  std::vector<std::filesystem::path> calibration{};
};

// One of the settings that were tried.
struct TriedSettings {
  std::size_t layer = 0;
  classifier::EmotionClassifierOptions options;
  double uar = 0;
};

struct SearchReport {
  std::string split;  // how they were compared, one sentence
  std::vector<TriedSettings> tried;
  std::size_t best = 0;
};

struct TrainingReport {
  std::size_t samples = 0;
  std::map<std::string, std::size_t> class_counts;  // of what was trained on
  std::map<std::string, std::size_t> left_out;      // labels that are no classes; "" is no label
  // Kept together in calibration, where folds of the training data calibrate; else all that there
  // are. 0 if they are not kept together, or not all known.
  std::size_t speakers = 0;
  std::optional<SearchReport> search;
  std::vector<std::string> notices;  // what was not done as asked, in sentences
};

struct Training {
  classifier::Bundle bundle;
  TrainingReport report;
};

// Rows whose label is none of the classes are left out. The number of principal components is
// lowered, with a notice, to what the data allow. Where every row has a speaker, all rows of one
// stay together in the calibration of probabilities, and so do recordings of one content or origin;
// if these are too few for that, they do not, with a notice. After a search the bundle's provenance
// tells the winner's UAR as "selection_uar": a figure to select by, and named so. With files for
// calibration the provenance tells of them; the settings that a search found are those of their
// classifiers too.
//
// The same table, options and seed give the same bundle on any number of threads. Throws
// Error(kDataInvalid) for data that cannot be trained on (an embedding that is not finite is named
// by its path), Error(kInvalidArgument) for options outside their range (or calibration of another
// classifier than a support vector machine), what read_calibration_sets throws, and
// Error(kCancelled).
Training train_classifier(const EmbeddingTable& table, const TrainingOptions& options,
                          ThreadPool& pool, std::stop_token stop = {});

// The same with a search over layers as well: read(layer) gives the table of each, of the same
// recordings, and is called again for the winner; one table is in memory at a time. Of equal
// settings those of the earlier layer in `layers` win. REQUIRES: options.search, a layer.
Training train_best_layer(const std::vector<std::size_t>& layers,
                          const std::function<EmbeddingTable(std::size_t)>& read,
                          const TrainingOptions& options, ThreadPool& pool,
                          std::stop_token stop = {});

}  // namespace undertone::pipeline
