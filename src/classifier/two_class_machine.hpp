// One support vector machine that tells two classes apart, in training.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "classifier/calibration_folds.hpp"
#include "classifier/platt_sigmoid.hpp"
#include "classifier/training_kernel.hpp"
#include "common/thread_pool.hpp"

namespace undertone::classifier {

// Samples by their number in a TrainingKernel, and what it costs to get one wrong.
struct TwoClassProblem {
  std::vector<std::size_t> positives;
  std::vector<std::size_t> negatives;
  double positive_cost = 1;
  double negative_cost = 1;
};

// f(x) = Σ coef·K(sample, x) + intercept over the support vectors.
struct TwoClassMachine {
  struct SupportVector {
    std::size_t sample;
    double coef;  // y·α, never zero
  };
  std::vector<SupportVector> support_vectors;
  double intercept = 0;

  double decision_value(const TrainingKernel& kernel, std::size_t sample) const;
};

// Solves with LIBSVM, to `tolerance` in the optimality conditions. REQUIRES: both classes have a
// sample. Thread-safe.
TwoClassMachine solve(const TwoClassProblem& problem, const TrainingKernel& kernel,
                      double tolerance);

// The sigmoid of the decision values that each sample gets from a machine trained without its fold.
// `fold_of` [samples of the kernel] has each class of the problem in at least two folds. `threads`
// may be null.
PlattSigmoid calibrate(const TwoClassProblem& problem, const TrainingKernel& kernel,
                       double tolerance, std::span<const std::size_t> fold_of, std::size_t folds,
                       ThreadPool* threads);

}  // namespace undertone::classifier
