// Platt's sigmoid: from a decision value to a probability.
#pragma once

#include <cstddef>
#include <span>

namespace undertone::classifier {

// P(positive | f) = 1 / (1 + exp(a·f + b)); `a` is negative where greater decision values speak for
// the positive class.
struct PlattSigmoid {
  double a = 0;
  double b = 0;
};

// In [0, 1]; never NaN for finite input, and without overflow for large |a·f + b|.
double sigmoid_probability(double decision_value, const PlattSigmoid& sigmoid);

// Maximum likelihood with Platt's smoothed targets (N₊ + 1)/(N₊ + 2) and 1/(N₋ + 2), by Newton's
// method with backtracking: H.-T. Lin, C.-J. Lin, R. C. Weng, "A note on Platt's probabilistic
// outputs for support vector machines", Machine Learning 68 (2007), algorithm 1; at most 100 steps,
// until both gradients are below 1e-5, as LIBSVM.
// The first `positives` of the decision values are the positive class's. REQUIRES: finite values,
// positives <= decision_values.size().
PlattSigmoid fit_platt_sigmoid(std::span<const double> decision_values, std::size_t positives);

}  // namespace undertone::classifier
