// SupportVectorClassifier::fit: from data to the machines of a multi-class problem.

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <memory>
#include <mutex>
#include <numeric>
#include <utility>

#include <undertone/error.hpp>

#include "classifier/calibration_folds.hpp"
#include "classifier/kernel_rows.hpp"
#include "classifier/platt_sigmoid.hpp"
#include "classifier/support_vector_classifier.hpp"
#include "classifier/training_kernel.hpp"
#include "classifier/two_class_machine.hpp"

namespace undertone::classifier {

namespace {

constexpr double kMaxValue = 1e100;

void require_trainable(tensor::MatrixView<const double> x, std::span<const int> labels,
                       std::span<const std::string> class_names,
                       std::span<const std::int64_t> groups) {
  const auto refuse = [](const std::string& message, std::string hint = {}) {
    throw Error(ErrorCode::kDataInvalid, message, std::move(hint));
  };
  if (class_names.size() < 2) {
    refuse(fmt::format("a classifier needs at least two classes, not {}", class_names.size()),
           "Train on recordings of more than one emotion.");
  }
  if (labels.size() != x.rows() || (!groups.empty() && groups.size() != x.rows())) {
    refuse(fmt::format("{} samples come with {} labels and {} groups", x.rows(), labels.size(),
                       groups.size()));
  }
  // The solver counts in 32 bits.
  constexpr auto kMost = static_cast<std::size_t>(std::numeric_limits<int>::max() - 1);
  if (x.cols() == 0 || x.rows() > kMost || x.cols() > kMost) {
    refuse(fmt::format("cannot train on data of shape [{}, {}]", x.rows(), x.cols()));
  }
  std::vector<std::size_t> count(class_names.size(), 0);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0 || static_cast<std::size_t>(labels[i]) >= class_names.size()) {
      refuse(fmt::format("sample {} has label {}; there are {} classes", i, labels[i],
                         class_names.size()));
    }
    ++count[static_cast<std::size_t>(labels[i])];
  }
  if (const auto empty = std::find(count.begin(), count.end(), 0U); empty != count.end()) {
    refuse(fmt::format("class \"{}\" has no sample in the training data",
                       class_names[static_cast<std::size_t>(empty - count.begin())]),
           "Add recordings of this class, or leave the class out.");
  }
  for (std::size_t r = 0; r < x.rows(); ++r) {
    for (const double value : x.row(r)) {
      if (!(std::abs(value) <= kMaxValue)) {
        refuse(fmt::format("row {} of the training data holds {}", r, value));
      }
    }
  }
}

void for_each_index(ThreadPool* threads, std::size_t count, FunctionRef<void(std::size_t)> body) {
  if (threads != nullptr) {
    threads->parallel_for(count, body);
  } else {
    for (std::size_t i = 0; i < count; ++i) body(i);
  }
}

// One machine of the whole, in the numbers of the training data.
struct FittedMachine {
  std::vector<TwoClassMachine::SupportVector> support_vectors;
  double intercept = 0;
  PlattSigmoid sigmoid;
};

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

class Trainer {
 public:
  Trainer(tensor::MatrixView<const double> x, std::span<const int> labels,
          std::span<const std::string> class_names, const SvmOptions& options,
          std::span<const double> costs, std::span<const std::int64_t> groups, ThreadPool* threads)
      : x_(x),
        labels_(labels),
        options_(options),
        costs_(costs),
        threads_(threads),
        members_(class_names.size()) {
    for (std::size_t i = 0; i < labels.size(); ++i) {
      members_[static_cast<std::size_t>(labels[i])].push_back(i);
    }
    gamma_ = gamma_value(options.gamma, x);
    if (options.probability) {
      folds_ = assign_calibration_folds(labels, groups, class_names, options.calibration_folds,
                                        options.seed);
    }
    row_bytes_ = row_cache_bytes();
  }

  // One set of parameters a cost.
  std::vector<SvmParameters> train() {
    const bool pairs = options_.multiclass == Multiclass::kOneVsOne;
    const std::size_t machines = pairs ? classes() * (classes() - 1) / 2 : classes();
    fitted_.assign(costs_.size(), std::vector<FittedMachine>(machines));
    if (!pairs) {
      train_against_rest();
    } else if (TrainingKernel::fits(labels_.size(), options_.kernel_bytes)) {
      train_pairs(samples_by_class());
    } else {
      train_pairs_one_by_one();
    }
    std::vector<SvmParameters> parameters;
    for (const auto& fitted : fitted_) parameters.push_back(assemble(fitted));
    return parameters;
  }

 private:
  // One machine of those that share a kernel; sample numbers are the kernel's.
  struct Machine {
    std::size_t number;  // among all machines
    TwoClassProblem problem;
  };

  std::size_t classes() const { return members_.size(); }

  // A share of kernel_bytes for each thread that keeps computed rows, but no more than pays where
  // they only have to be copied.
  std::size_t row_cache_bytes() const {
    constexpr std::size_t kCopies = std::size_t{64} << 20;
    if (TrainingKernel::fits(labels_.size(), options_.kernel_bytes)) return kCopies;
    return options_.kernel_bytes / (2 * (threads_ != nullptr ? threads_->size() : 1));
  }

  // The samples of a class lie together, so that a machine of two classes reads two stretches of a
  // kernel's row.
  std::vector<std::size_t> samples_by_class() const {
    std::vector<std::size_t> samples;
    for (const auto& members : members_) {
      samples.insert(samples.end(), members.begin(), members.end());
    }
    return samples;
  }

  // A sample of class c costs C times this in a pair.
  double pair_weight(std::size_t c) const {
    if (options_.class_weight == ClassWeight::kNone) return 1;
    return static_cast<double>(labels_.size()) /
           static_cast<double>(classes() * members_[c].size());
  }

  Machine pair(std::size_t number, std::size_t i, std::size_t first_i, std::size_t j,
               std::size_t first_j) const {
    Machine machine{number, {}};
    machine.problem.positives.resize(members_[i].size());
    machine.problem.negatives.resize(members_[j].size());
    std::iota(machine.problem.positives.begin(), machine.problem.positives.end(), first_i);
    std::iota(machine.problem.negatives.begin(), machine.problem.negatives.end(), first_j);
    machine.problem.positive_cost = pair_weight(i);
    machine.problem.negative_cost = pair_weight(j);
    return machine;
  }

  void train_pairs(const std::vector<std::size_t>& samples) {
    const TrainingKernel kernel(x_, samples, gamma_, options_.kernel_bytes, threads_);
    std::vector<std::size_t> first{0};
    for (const auto& members : members_) first.push_back(first.back() + members.size());
    std::vector<Machine> machines;
    for (std::size_t i = 0; i < classes(); ++i) {
      for (std::size_t j = i + 1; j < classes(); ++j) {
        machines.push_back(pair(machines.size(), i, first[i], j, first[j]));
      }
    }
    train_machines(machines, kernel, samples);
  }

  // With less memory than the whole matrix takes: perhaps there is enough for each pair's.
  void train_pairs_one_by_one() {
    std::size_t number = 0;
    for (std::size_t i = 0; i < classes(); ++i) {
      for (std::size_t j = i + 1; j < classes(); ++j, ++number) {
        std::vector<std::size_t> samples(members_[i]);
        samples.insert(samples.end(), members_[j].begin(), members_[j].end());
        const TrainingKernel kernel(x_, samples, gamma_, options_.kernel_bytes, threads_);
        train_machines({pair(number, i, 0, j, members_[i].size())}, kernel, samples);
      }
    }
  }

  void train_against_rest() {
    const std::vector<std::size_t> samples = samples_by_class();
    const TrainingKernel kernel(x_, samples, gamma_, options_.kernel_bytes, threads_);
    std::vector<std::size_t> number_in_kernel(samples.size());
    for (std::size_t k = 0; k < samples.size(); ++k) number_in_kernel[samples[k]] = k;
    std::vector<Machine> machines;
    for (std::size_t c = 0; c < classes(); ++c) {
      Machine machine{c, {}};
      for (std::size_t i = 0; i < labels_.size(); ++i) {
        auto& side = labels_[i] == static_cast<int>(c) ? machine.problem.positives
                                                       : machine.problem.negatives;
        side.push_back(number_in_kernel[i]);
      }
      if (options_.class_weight == ClassWeight::kBalanced) {
        const auto all = static_cast<double>(samples.size());
        machine.problem.positive_cost =
            all / static_cast<double>(2 * machine.problem.positives.size());
        machine.problem.negative_cost =
            all / static_cast<double>(2 * machine.problem.negatives.size());
      }
      machines.push_back(std::move(machine));
    }
    train_machines(machines, kernel, samples);
  }

  // Solves every machine for every cost, with all samples and without each calibration fold: all
  // independent, the longest first. Then the sigmoids. `samples` are the kernel's, in the numbers
  // of the training data.
  void train_machines(const std::vector<Machine>& machines, const TrainingKernel& kernel,
                      const std::vector<std::size_t>& samples) {
    std::vector<std::size_t> fold_of;
    if (options_.probability) {
      for (const std::size_t i : samples) fold_of.push_back(folds_.fold[i]);
    }
    const std::size_t folds = options_.probability ? folds_.count : 0;
    struct Task {
      std::size_t cost;
      std::size_t machine;
      std::size_t fold;  // `folds` for none
    };
    std::vector<Task> tasks;
    for (std::size_t cost = 0; cost < costs_.size(); ++cost) {
      for (std::size_t m = 0; m < machines.size(); ++m) {
        for (std::size_t fold = 0; fold <= folds; ++fold) tasks.push_back({cost, m, fold});
      }
    }
    // A higher cost takes more steps, a whole problem more than one without a fold.
    std::stable_sort(tasks.begin(), tasks.end(), [&](const Task& a, const Task& b) {
      if (costs_[a.cost] != costs_[b.cost]) return costs_[a.cost] > costs_[b.cost];
      if ((a.fold == folds) != (b.fold == folds)) return a.fold == folds;
      return machines[a.machine].problem.size() > machines[b.machine].problem.size();
    });
    std::vector<HeldOutValues> held_out(costs_.size() * machines.size() * folds);
    const auto held_out_of = [&](std::size_t cost, std::size_t machine) {
      return std::span(held_out).subspan((cost * machines.size() + machine) * folds, folds);
    };
    for_each_index(threads_, tasks.size(), [&](std::size_t t) {
      const Task& task = tasks[t];
      TwoClassProblem problem = machines[task.machine].problem;
      problem.positive_cost *= costs_[task.cost];
      problem.negative_cost *= costs_[task.cost];
      auto memory = memory_.borrow();
      if (task.fold == folds) {
        TwoClassMachine machine = solve(problem, kernel, options_.tolerance, row_bytes_, *memory);
        for (auto& sv : machine.support_vectors) sv.sample = samples[sv.sample];
        FittedMachine& fitted = fitted_[task.cost][machines[task.machine].number];
        fitted.support_vectors = std::move(machine.support_vectors);
        fitted.intercept = machine.intercept;
      } else {
        held_out_of(task.cost, task.machine)[task.fold] =
            hold_out(problem, kernel, fold_of, task.fold, *memory);
      }
      memory_.give_back(std::move(memory));
    });
    if (folds == 0) return;
    for_each_index(threads_, costs_.size() * machines.size(), [&](std::size_t k) {
      const std::size_t cost = k / machines.size();
      const std::size_t machine = k % machines.size();
      fitted_[cost][machines[machine].number].sigmoid = fit_sigmoid(held_out_of(cost, machine));
    });
  }

  // What the samples of a fold get from the machine trained without them.
  struct HeldOutValues {
    std::vector<double> positives;
    std::vector<double> negatives;
  };

  HeldOutValues hold_out(const TwoClassProblem& problem, const TrainingKernel& kernel,
                         std::span<const std::size_t> fold_of, std::size_t fold,
                         KernelRowsMemory& memory) const {
    const TwoClassProblem held = only_fold(problem, fold_of, fold);
    if (held.size() == 0) return {};
    const TwoClassMachine machine =
        solve(without_fold(problem, fold_of, fold), kernel, options_.tolerance, row_bytes_, memory);
    return {decision_values(machine, kernel, held.positives, memory),
            decision_values(machine, kernel, held.negatives, memory)};
  }

  static PlattSigmoid fit_sigmoid(std::span<const HeldOutValues> folds) {
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

  SvmParameters assemble(const std::vector<FittedMachine>& fitted) const {
    constexpr auto kNone = static_cast<std::size_t>(-1);
    std::vector<std::size_t> column(labels_.size(), kNone);
    for (const auto& machine : fitted) {
      for (const auto& sv : machine.support_vectors) column[sv.sample] = 0;
    }
    SvmParameters p;
    p.multiclass = options_.multiclass;
    p.gamma = gamma_;
    std::vector<std::size_t> vectors;
    for (const auto& members : members_) {
      const std::size_t before = vectors.size();
      for (const std::size_t i : members) {
        if (column[i] == kNone) continue;
        column[i] = vectors.size();
        vectors.push_back(i);
      }
      p.n_support.push_back(static_cast<std::int64_t>(vectors.size() - before));
    }
    p.support_vectors = tensor::Matrix<double>(vectors.size(), x_.cols());
    for (std::size_t s = 0; s < vectors.size(); ++s) {
      std::copy_n(x_.row_data(vectors[s]), x_.cols(), p.support_vectors.row(s).data());
    }
    const bool pairs = options_.multiclass == Multiclass::kOneVsOne;
    p.dual_coef = tensor::Matrix<double>(pairs ? classes() - 1 : classes(), vectors.size());
    std::size_t m = 0;
    for (std::size_t i = 0; i < classes(); ++i) {
      for (std::size_t j = pairs ? i + 1 : i; j < (pairs ? classes() : i + 1); ++j, ++m) {
        for (const auto& sv : fitted[m].support_vectors) {
          const bool of_i = labels_[sv.sample] == static_cast<int>(i);
          const std::size_t row = pairs && of_i ? j - 1 : i;
          p.dual_coef(row, column[sv.sample]) = sv.coef;
        }
        p.intercept.push_back(fitted[m].intercept);
        if (!options_.probability) continue;
        p.platt_a.push_back(fitted[m].sigmoid.a);
        p.platt_b.push_back(fitted[m].sigmoid.b);
      }
    }
    return p;
  }

  tensor::MatrixView<const double> x_;
  std::span<const int> labels_;
  const SvmOptions& options_;
  std::span<const double> costs_;
  ThreadPool* threads_;
  std::vector<std::vector<std::size_t>> members_;  // samples of each class
  double gamma_ = 1;
  CalibrationFolds folds_;
  std::size_t row_bytes_ = 0;
  std::vector<std::vector<FittedMachine>> fitted_;  // [costs][machines]
  MemoryPool memory_;
};

}  // namespace

double gamma_value(const Gamma& gamma, tensor::MatrixView<const double> x) {
  double value = 0;
  if (const auto* given = std::get_if<double>(&gamma)) {
    value = *given;
  } else if (std::get<GammaRule>(gamma) == GammaRule::kAuto) {
    value = 1 / static_cast<double>(x.cols());
  } else {
    const double count = static_cast<double>(x.rows()) * static_cast<double>(x.cols());
    double sum = 0;
    for (std::size_t r = 0; r < x.rows(); ++r) {
      const auto row = x.row(r);
      sum += std::accumulate(row.begin(), row.end(), 0.0);
    }
    const double mean = sum / count;
    double squares = 0;
    for (std::size_t r = 0; r < x.rows(); ++r) {
      double of_row = 0;
      for (const double v : x.row(r)) of_row += (v - mean) * (v - mean);
      squares += of_row;
    }
    const double variance = squares / count;
    value = variance == 0 ? 1.0 : 1 / (static_cast<double>(x.cols()) * variance);
  }
  if (!(value > 0 && value <= kMaxValue)) {
    throw Error(
        ErrorCode::kDataInvalid,
        fmt::format("gamma comes out as {} for these data; it must be a positive number", value),
        "Scale the features, or give gamma as a number.");
  }
  return value;
}

SupportVectorClassifier SupportVectorClassifier::fit(tensor::MatrixView<const double> x,
                                                     std::span<const int> labels,
                                                     std::span<const std::string> class_names,
                                                     const SvmOptions& options,
                                                     std::span<const std::int64_t> groups,
                                                     ThreadPool* threads) {
  const double costs[] = {options.c};
  return std::move(fit_costs(x, labels, class_names, options, costs, groups, threads).front());
}

std::vector<SupportVectorClassifier> SupportVectorClassifier::fit_costs(
    tensor::MatrixView<const double> x, std::span<const int> labels,
    std::span<const std::string> class_names, const SvmOptions& options,
    std::span<const double> costs, std::span<const std::int64_t> groups, ThreadPool* threads) {
  for (const double c : costs) {
    SvmOptions with_cost = options;
    with_cost.c = c;
    validate(with_cost);
  }
  validate(options);
  require_trainable(x, labels, class_names, groups);
  std::vector<SupportVectorClassifier> classifiers;
  if (costs.empty()) return classifiers;
  for (SvmParameters& parameters :
       Trainer(x, labels, class_names, options, costs, groups, threads).train()) {
    classifiers.emplace_back(std::move(parameters));
  }
  return classifiers;
}

}  // namespace undertone::classifier
