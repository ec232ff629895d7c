// An evaluation: every training of a split carried out and scored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "classifier/emotion_classifier.hpp"
#include "common/thread_pool.hpp"
#include "evaluation/evaluation.hpp"
#include "evaluation/samples.hpp"
#include "evaluation/search.hpp"
#include "evaluation/splits.hpp"

namespace undertone::evaluation {

struct CrossValidationOptions {
  classifier::EmotionClassifierOptions classifier{};
  // Choose the settings anew inside each training: on its validation part where it has one, else by
  // an inner cross-validation of its training part with search_folds folds. (Choosing them once on
  // all data and then cross-validating would test on what the choice has seen.)
  std::optional<SearchGrid> search{};
  std::size_t search_folds = 5;
  std::uint64_t seed = 0;  // of the inner folds and the bootstrap
  // Predict each fold on one thread and take the time (FoldOutcome::predict_s).
  bool timed = false;
};

// Told how many trainings are done; by any thread, but never by two at once.
using FoldProgress = std::function<void(std::size_t done, std::size_t total)>;

// Scaler, components, support vector machine and calibration are fitted to the training part alone,
// anew in each fold (see fit_rows). Folds run side by side as memory allows; the outcome is the
// same to the bit on any number of threads. Throws what fit_rows and search throw, and
// Error(kCancelled).
Evaluation cross_validate(const Samples& samples, const SplitPlan& plan,
                          const CrossValidationOptions& options, ThreadPool& pool,
                          const FoldProgress& progress = {}, std::stop_token stop = {});

// A classifier trained before, on all samples: no training, one "fold". Its classes must be those
// of the samples, in any order. `description` is Evaluation::description; `seed` draws the
// intervals. Throws Error(kInvalidArgument) if the classes differ, Error(kDataInvalid) on
// embeddings of another size or no sample.
Evaluation evaluate_classifier(const Samples& samples,
                               const classifier::EmotionClassifier& classifier,
                               std::string description, std::uint64_t seed, ThreadPool& pool);

}  // namespace undertone::evaluation
