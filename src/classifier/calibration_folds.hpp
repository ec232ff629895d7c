// Which samples calibrate and which train, when an SVM's probabilities are fitted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace undertone::classifier {

struct CalibrationFolds {
  std::size_t count = 0;          // folds in use; at most as many as asked for
  std::vector<std::size_t> fold;  // [samples], each below `count`
};

// Deals samples into folds so that every class is spread as evenly as can be.
//
// Without groups: the samples of each class are shuffled and dealt in turn (stratified k-fold; fold
// sizes differ by at most one, in each class and in all). With groups (one number a sample: a
// speaker, say) all samples of a group stay in one fold; groups are dealt as scikit-learn's
// StratifiedGroupKFold does it: the most uneven first, each to the fold that keeps the classes most
// evenly spread.
//
// A class with fewer samples (or groups) than `folds` lowers the number of folds to its number.
// Throws Error(kDataInvalid) naming the class if that leaves fewer than two, or if a class ends up
// whole in one fold: then there would be nothing to train it on. `class_names` are for messages.
//
// The same arguments give the same folds on every machine: the random numbers are std::mt19937_64's
// with our own bounding.
// REQUIRES: labels in [0, class_names.size()), each class at least once; groups empty or as many as
// labels; folds >= 2.
CalibrationFolds assign_calibration_folds(std::span<const int> labels,
                                          std::span<const std::int64_t> groups,
                                          std::span<const std::string> class_names,
                                          std::size_t folds, std::uint64_t seed);

}  // namespace undertone::classifier
