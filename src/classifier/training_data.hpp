// What every estimator asks of the data it is fitted to.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "classifier/svm_options.hpp"
#include "tensor/matrix.hpp"

namespace undertone::classifier {

// Neither an estimator's input nor any of its parameters is greater in magnitude: products and sums
// of a few such numbers stay finite.
inline constexpr double kMaxMagnitude = 1e100;

// x: [samples, features]; labels: [samples], indices into `class_names`, which are for messages;
// groups: empty or [samples]. Throws Error(kDataInvalid), saying what is wrong, for fewer than two
// classes, a class without samples, sizes that disagree, too many samples or features for 32 bits,
// and values that are not finite or above kMaxMagnitude.
void require_trainable(tensor::MatrixView<const double> x, std::span<const int> labels,
                       std::span<const std::string> class_names,
                       std::span<const std::int64_t> groups = {});

// [classes] what a sample of each class counts: 1, or balanced samples/(classes·samples of c), as
// scikit-learn. REQUIRES: every class has a sample.
std::vector<double> class_weights(std::span<const int> labels, std::size_t classes,
                                  ClassWeight weight);

}  // namespace undertone::classifier
