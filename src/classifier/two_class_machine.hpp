// One support vector machine that tells two classes apart, in training.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "classifier/kernel_rows.hpp"
#include "classifier/training_kernel.hpp"

namespace undertone::classifier {

// Samples by their number in a TrainingKernel, and what it costs to get one wrong. The order of the
// samples decides between equals, so it is part of the problem.
struct TwoClassProblem {
  std::vector<std::size_t> positives;
  std::vector<std::size_t> negatives;
  double positive_cost = 1;
  double negative_cost = 1;

  std::size_t size() const noexcept { return positives.size() + negatives.size(); }
};

// f(x) = Σ coef·K(sample, x) + intercept over the support vectors.
struct TwoClassMachine {
  struct SupportVector {
    std::size_t sample;
    double coef;  // y·α, never zero
  };
  std::vector<SupportVector> support_vectors;  // in the order of the problem's samples
  double intercept = 0;
};

// Solves to `tolerance` in the optimality conditions. `row_bytes` bounds what is kept of rows of
// the kernel (see KernelRows); the result does not depend on it. REQUIRES: both classes have a
// sample. Thread-safe with a memory of one's own.
TwoClassMachine solve(const TwoClassProblem& problem, const TrainingKernel& kernel,
                      double tolerance, std::size_t row_bytes, KernelRowsMemory& memory);

// The problem without the samples of one fold, or with those alone. `fold_of`: [samples of the
// kernel].
TwoClassProblem without_fold(const TwoClassProblem& problem, std::span<const std::size_t> fold_of,
                             std::size_t fold);
TwoClassProblem only_fold(const TwoClassProblem& problem, std::span<const std::size_t> fold_of,
                          std::size_t fold);

// The machine's value for each of `samples`, from kernel values in single precision: right to about
// 6e-8·Σ|coef|.
std::vector<double> decision_values(const TwoClassMachine& machine, const TrainingKernel& kernel,
                                    std::span<const std::size_t> samples, KernelRowsMemory& memory);

}  // namespace undertone::classifier
