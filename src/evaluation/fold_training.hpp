// A classifier fitted to some rows of the samples, as training and every fold does it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "classifier/emotion_classifier.hpp"
#include "common/thread_pool.hpp"
#include "evaluation/samples.hpp"
#include "evaluation/splits.hpp"

namespace undertone::evaluation {

// Options as they can be carried out on these data.
struct FittingOptions {
  classifier::EmotionClassifierOptions classifier;  // the number of components lowered if need be
  std::vector<std::int64_t> groups;                 // of the calibration: one a row, or empty
  std::size_t speakers = 0;          // of the rows, where calibration keeps speakers together
  std::vector<std::string> notices;  // what was not done as asked, in sentences
};

struct Fit {
  classifier::EmotionClassifier classifier;
  FittingOptions used;
};

// Components are lowered to what the rows allow. Where there is a support vector machine, the
// calibration of its probabilities keeps recordings of one content or origin together, and speakers
// where all are known; if these are too few for that, it does not, with a notice. Throws
// Error(kDataInvalid) if a class has fewer than two rows.
FittingOptions fitting_options(const Samples& samples, std::span<const std::size_t> rows,
                               const classifier::EmotionClassifierOptions& options);

// Throws Error(kDataInvalid) naming the clip for an embedding that holds a NaN, an infinity or a
// value beyond ±1e6, and what EmotionClassifier::fit throws.
Fit fit_rows(const Samples& samples, std::span<const std::size_t> rows,
             const classifier::EmotionClassifierOptions& options, ThreadPool& pool);

// The same with sigmoids that are fitted to these decision values instead of folds of the rows; see
// EmotionClassifier::fit_calibrated_on. The kind must be kSvm.
Fit fit_rows(const Samples& samples, std::span<const std::size_t> rows,
             const classifier::EmotionClassifierOptions& options,
             std::span<const classifier::HeldOutDecisions> held_out, ThreadPool& pool);

// What the fold's test rows get from the machines fitted to its training rows, with the components
// lowered to what these allow; adds a notice of that. Throws as fit_rows does.
classifier::HeldOutDecisions decisions_on_test(const Samples& samples, const Fold& fold,
                                               const classifier::EmotionClassifierOptions& options,
                                               std::vector<std::string>& notices, ThreadPool& pool);

// Refuses rows that cannot be trained on, naming the clip.
void require_finite(const Samples& samples, std::span<const std::size_t> rows);

// [rows, D]
tensor::Matrix<float> gather(const Samples& samples, std::span<const std::size_t> rows);
std::vector<int> labels_of(const Samples& samples, std::span<const std::size_t> rows);

}  // namespace undertone::evaluation
