#include "classifier/machine_training.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

#include "classifier/kernel_rows.hpp"

namespace undertone::classifier {

namespace {

// Memory that threads borrow for as long as they solve one problem.
class MemoryPool {
 public:
  std::unique_ptr<KernelRowsMemory> borrow() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return std::make_unique<KernelRowsMemory>();
    auto memory = std::move(free_.back());
    free_.pop_back();
    return memory;
  }

  void give_back(std::unique_ptr<KernelRowsMemory> memory) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(memory));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<KernelRowsMemory>> free_;
};

// What the samples of a fold get from the machine trained without them.
struct HeldOutValues {
  std::vector<double> positives;
  std::vector<double> negatives;
};

PlattSigmoid fit_sigmoid(std::span<const HeldOutValues> folds) {
  std::vector<double> values;
  for (const auto& fold : folds) {
    values.insert(values.end(), fold.positives.begin(), fold.positives.end());
  }
  const std::size_t positives = values.size();
  for (const auto& fold : folds) {
    values.insert(values.end(), fold.negatives.begin(), fold.negatives.end());
  }
  return fit_platt_sigmoid(values, positives);
}

struct Task {
  std::size_t cost;
  std::size_t problem;
  std::size_t fold;  // as many as there are folds: all samples
};

// A higher cost takes more steps, a whole problem more than one without a fold.
std::vector<Task> tasks_longest_first(std::span<const TwoClassProblem> problems,
                                      const MachineTraining& training) {
  std::vector<Task> tasks;
  for (std::size_t cost = 0; cost < training.costs.size(); ++cost) {
    for (std::size_t p = 0; p < problems.size(); ++p) {
      for (std::size_t fold = 0; fold <= training.folds; ++fold) tasks.push_back({cost, p, fold});
    }
  }
  std::stable_sort(tasks.begin(), tasks.end(), [&](const Task& a, const Task& b) {
    if (training.costs[a.cost] != training.costs[b.cost]) {
      return training.costs[a.cost] > training.costs[b.cost];
    }
    const bool a_whole = a.fold == training.folds;
    const bool b_whole = b.fold == training.folds;
    if (a_whole != b_whole) return a_whole;
    return problems[a.problem].size() > problems[b.problem].size();
  });
  return tasks;
}

void for_each_index(ThreadPool* threads, std::size_t count, FunctionRef<void(std::size_t)> body) {
  if (threads != nullptr) {
    threads->parallel_for(count, body);
  } else {
    for (std::size_t i = 0; i < count; ++i) body(i);
  }
}

}  // namespace

std::vector<std::vector<CalibratedMachine>> train_machines(
    std::span<const TwoClassProblem> problems, const TrainingKernel& kernel,
    const MachineTraining& training, ThreadPool* threads) {
  const std::size_t folds = training.folds;
  std::vector<std::vector<CalibratedMachine>> machines(
      training.costs.size(), std::vector<CalibratedMachine>(problems.size()));
  std::vector<HeldOutValues> held_out(training.costs.size() * problems.size() * folds);
  const auto held_out_of = [&](std::size_t cost, std::size_t problem) {
    return std::span(held_out).subspan((cost * problems.size() + problem) * folds, folds);
  };
  MemoryPool pool;
  const std::vector<Task> tasks = tasks_longest_first(problems, training);
  for_each_index(threads, tasks.size(), [&](std::size_t t) {
    const Task& task = tasks[t];
    TwoClassProblem problem = problems[task.problem];
    problem.positive_cost *= training.costs[task.cost];
    problem.negative_cost *= training.costs[task.cost];
    auto memory = pool.borrow();
    if (task.fold == folds) {
      machines[task.cost][task.problem].machine =
          solve(problem, kernel, training.tolerance, training.row_bytes, *memory);
    } else if (const TwoClassProblem held = only_fold(problem, training.fold_of, task.fold);
               held.size() != 0) {
      const TwoClassMachine machine =
          solve(without_fold(problem, training.fold_of, task.fold), kernel, training.tolerance,
                training.row_bytes, *memory);
      held_out_of(task.cost, task.problem)[task.fold] = {
          decision_values(machine, kernel, held.positives, *memory),
          decision_values(machine, kernel, held.negatives, *memory)};
    }
    pool.give_back(std::move(memory));
  });
  if (folds == 0) return machines;
  for_each_index(threads, training.costs.size() * problems.size(), [&](std::size_t k) {
    const std::size_t cost = k / problems.size();
    const std::size_t problem = k % problems.size();
    machines[cost][problem].sigmoid = fit_sigmoid(held_out_of(cost, problem));
  });
  return machines;
}

}  // namespace undertone::classifier
