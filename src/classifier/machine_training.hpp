// Training of all machines that share a kernel.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "classifier/platt_sigmoid.hpp"
#include "classifier/training_kernel.hpp"
#include "classifier/two_class_machine.hpp"
#include "common/thread_pool.hpp"

namespace undertone::classifier {

struct CalibratedMachine {
  TwoClassMachine machine;
  PlattSigmoid sigmoid;  // of no meaning where there are no folds
};

struct MachineTraining {
  std::span<const double> costs;         // each problem's costs are multiplied by each of these
  double tolerance = 1e-3;               // of the optimality conditions
  std::size_t row_bytes = 0;             // for rows of the kernel, on each thread (see KernelRows)
  std::size_t folds = 0;                 // for calibration; none: no sigmoids
  std::span<const std::size_t> fold_of;  // [samples of the kernel] where there are folds
};

// Solves every problem for every cost, with all samples and without each fold, and fits the
// sigmoids to what the samples of a fold get from the machine that has not seen them. All solutions
// are independent: threads take them one by one, the longest first, and the result has the same
// bits on any number of them. [costs][problems]. REQUIRES: each class of each problem lies in at
// least two folds, where there are any. `threads` may be null.
std::vector<std::vector<CalibratedMachine>> train_machines(
    std::span<const TwoClassProblem> problems, const TrainingKernel& kernel,
    const MachineTraining& training, ThreadPool* threads);

}  // namespace undertone::classifier
