// Embeddings of several encoders and layers to a comparison of what classifiers make of them.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "classifier/emotion_classifier.hpp"
#include "common/thread_pool.hpp"
#include "evaluation/comparison.hpp"
#include "evaluation/cross_validation.hpp"
#include "evaluation/splits.hpp"
#include "pipeline/embedding_file.hpp"

namespace undertone::pipeline {

// What an encoder took; empty or zero where nothing was measured.
struct EncodingCost {
  std::vector<double> ms_per_second;  // [layers] of one core, up to each layer
  double clip_s = 0;                  // mean length of the clips
};

// The embeddings of one encoder.
struct ComparedEmbeddings {
  std::string source;                                     // for messages
  std::vector<std::size_t> layers;                        // at least one
  std::function<EmbeddingTable(std::size_t layer)> read;  // called once or twice for each
  EncodingCost cost;
};

struct ComparisonOptions {
  std::string source;                            // Comparison::source
  std::vector<std::string> classes{};            // as StudyOptions
  std::optional<evaluation::SplitKind> split{};  // as StudyOptions
  evaluation::SplitOptions split_options{};      // its seed draws the resamples too
  std::vector<classifier::EmotionClassifierOptions> classifiers;  // at least one
};

// A contender as whoever wants to train it needs it.
struct ContenderChoice {
  std::size_t input = 0;
  std::size_t layer = 0;
  classifier::EmotionClassifierOptions classifier;
};

struct EncoderComparison {
  evaluation::Comparison comparison;
  ContenderChoice winner;
};

// Every layer of every input (one that several inputs have counts once) with every classifier,
// cross-validated on the same folds of the recordings (told by their paths) that all inputs have;
// the folds are planned once, from the first input, before anything is trained. One table is in
// memory at a time. `progress` counts the trainings.
//
// Throws Error(kDataInvalid) if a path occurs twice in an input, the inputs have no recording in
// common or contradict each other about one's label or speaker, and what plan_split and
// cross_validate throw; Error(kInvalidArgument), Error(kCancelled).
EncoderComparison compare_encoders(const std::vector<ComparedEmbeddings>& inputs,
                                   const ComparisonOptions& options, ThreadPool& pool,
                                   const evaluation::FoldProgress& progress = {},
                                   std::stop_token stop = {});

}  // namespace undertone::pipeline
