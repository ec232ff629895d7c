#include "classifier/two_class_machine.hpp"

#include "classifier/ordered_sums.hpp"
#include "classifier/smo_solver.hpp"

namespace undertone::classifier {

namespace {

std::vector<std::size_t> select(std::span<const std::size_t> samples,
                                std::span<const std::size_t> fold_of, std::size_t fold,
                                bool inside) {
  std::vector<std::size_t> selected;
  for (const std::size_t i : samples) {
    if ((fold_of[i] == fold) == inside) selected.push_back(i);
  }
  return selected;
}

TwoClassProblem part(const TwoClassProblem& problem, std::span<const std::size_t> fold_of,
                     std::size_t fold, bool inside) {
  return {select(problem.positives, fold_of, fold, inside),
          select(problem.negatives, fold_of, fold, inside), problem.positive_cost,
          problem.negative_cost};
}

}  // namespace

TwoClassMachine solve(const TwoClassProblem& problem, const TrainingKernel& kernel,
                      double tolerance, std::size_t row_bytes, KernelRowsMemory& memory) {
  std::vector<std::size_t> samples(problem.positives);
  samples.insert(samples.end(), problem.negatives.begin(), problem.negatives.end());
  KernelRows rows(kernel, samples, row_bytes, memory);
  const SmoSolution solution = solve_smo(
      {problem.positives.size(), problem.positive_cost, problem.negative_cost, tolerance}, rows);
  TwoClassMachine machine;
  machine.intercept = -solution.rho;
  for (std::size_t k = 0; k < samples.size(); ++k) {
    if (solution.alpha[k] == 0) continue;
    const double y = k < problem.positives.size() ? 1 : -1;
    machine.support_vectors.push_back({samples[k], y * solution.alpha[k]});
  }
  return machine;
}

TwoClassProblem without_fold(const TwoClassProblem& problem, std::span<const std::size_t> fold_of,
                             std::size_t fold) {
  return part(problem, fold_of, fold, false);
}

TwoClassProblem only_fold(const TwoClassProblem& problem, std::span<const std::size_t> fold_of,
                          std::size_t fold) {
  return part(problem, fold_of, fold, true);
}

std::vector<double> decision_values(const TwoClassMachine& machine, const TrainingKernel& kernel,
                                    std::span<const std::size_t> samples,
                                    KernelRowsMemory& memory) {
  const std::size_t count = machine.support_vectors.size();
  std::vector<std::size_t> vectors;
  std::vector<double> coef;
  for (const auto& sv : machine.support_vectors) {
    vectors.push_back(sv.sample);
    coef.push_back(sv.coef);
  }
  TrainingKernel::Columns columns;
  std::vector<float> computed;
  if (!kernel.is_matrix()) {
    columns = kernel.columns(vectors);
    computed.resize(count);
  }
  std::vector<double> values;
  values.reserve(samples.size());
  for (const std::size_t sample : samples) {
    if (kernel.is_matrix()) {
      values.push_back(dot_gathered(coef.data(), kernel.row(sample), vectors.data(), count) +
                       machine.intercept);
    } else {
      kernel.compute_row(sample, columns, computed.data(), memory.scratch);
      values.push_back(dot(coef.data(), computed.data(), count) + machine.intercept);
    }
  }
  return values;
}

}  // namespace undertone::classifier
