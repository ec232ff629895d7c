// SupportVectorClassifier::fit: from data to the machines of a multi-class problem.

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>
#include <utility>

#include <undertone/error.hpp>

#include "classifier/calibration_folds.hpp"
#include "classifier/machine_training.hpp"
#include "classifier/support_vector_classifier.hpp"
#include "classifier/training_data.hpp"
#include "classifier/training_kernel.hpp"
#include "classifier/two_class_machine.hpp"

namespace undertone::classifier {

namespace {

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
    fitted_.assign(costs_.size(), std::vector<CalibratedMachine>(machines));
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

  // Class i against class j, whose samples begin at these numbers of the kernel.
  TwoClassProblem pair(std::size_t i, std::size_t first_i, std::size_t j,
                       std::size_t first_j) const {
    TwoClassProblem problem;
    problem.positives.resize(members_[i].size());
    problem.negatives.resize(members_[j].size());
    std::iota(problem.positives.begin(), problem.positives.end(), first_i);
    std::iota(problem.negatives.begin(), problem.negatives.end(), first_j);
    problem.positive_cost = pair_weight(i);
    problem.negative_cost = pair_weight(j);
    return problem;
  }

  void train_pairs(const std::vector<std::size_t>& samples) {
    std::vector<std::size_t> first{0};
    for (const auto& members : members_) first.push_back(first.back() + members.size());
    std::vector<TwoClassProblem> problems;
    for (std::size_t i = 0; i < classes(); ++i) {
      for (std::size_t j = i + 1; j < classes(); ++j) {
        problems.push_back(pair(i, first[i], j, first[j]));
      }
    }
    train_on(samples, problems, 0);
  }

  // With less memory than the whole matrix takes: perhaps there is enough for each pair's.
  void train_pairs_one_by_one() {
    std::size_t number = 0;
    for (std::size_t i = 0; i < classes(); ++i) {
      for (std::size_t j = i + 1; j < classes(); ++j, ++number) {
        std::vector<std::size_t> samples(members_[i]);
        samples.insert(samples.end(), members_[j].begin(), members_[j].end());
        const TwoClassProblem problem = pair(i, 0, j, members_[i].size());
        train_on(samples, {&problem, 1}, number);
      }
    }
  }

  void train_against_rest() {
    const std::vector<std::size_t> samples = samples_by_class();
    std::vector<std::size_t> number_in_kernel(samples.size());
    for (std::size_t k = 0; k < samples.size(); ++k) number_in_kernel[samples[k]] = k;
    std::vector<TwoClassProblem> problems(classes());
    for (std::size_t c = 0; c < classes(); ++c) {
      TwoClassProblem& problem = problems[c];
      for (std::size_t i = 0; i < labels_.size(); ++i) {
        auto& side = labels_[i] == static_cast<int>(c) ? problem.positives : problem.negatives;
        side.push_back(number_in_kernel[i]);
      }
      if (options_.class_weight == ClassWeight::kBalanced) {
        const auto all = static_cast<double>(samples.size());
        problem.positive_cost = all / static_cast<double>(2 * problem.positives.size());
        problem.negative_cost = all / static_cast<double>(2 * problem.negatives.size());
      }
    }
    train_on(samples, problems, 0);
  }

  // Machines number `first` and following, on a kernel between `samples` of the training data.
  void train_on(const std::vector<std::size_t>& samples, std::span<const TwoClassProblem> problems,
                std::size_t first) {
    const TrainingKernel kernel(x_, samples, gamma_, options_.kernel_bytes, threads_);
    std::vector<std::size_t> fold_of;
    if (options_.probability) {
      for (const std::size_t i : samples) fold_of.push_back(folds_.fold[i]);
    }
    auto machines =
        train_machines(problems, kernel,
                       {costs_, options_.tolerance, row_bytes_, folds_.count, fold_of}, threads_);
    for (std::size_t cost = 0; cost < costs_.size(); ++cost) {
      for (std::size_t m = 0; m < problems.size(); ++m) {
        CalibratedMachine& fitted = fitted_[cost][first + m];
        fitted = std::move(machines[cost][m]);
        for (auto& sv : fitted.machine.support_vectors) sv.sample = samples[sv.sample];
      }
    }
  }

  SvmParameters assemble(const std::vector<CalibratedMachine>& fitted) const {
    constexpr auto kNone = static_cast<std::size_t>(-1);
    std::vector<std::size_t> column(labels_.size(), kNone);
    for (const auto& calibrated : fitted) {
      for (const auto& sv : calibrated.machine.support_vectors) column[sv.sample] = 0;
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
        for (const auto& sv : fitted[m].machine.support_vectors) {
          const bool of_i = labels_[sv.sample] == static_cast<int>(i);
          const std::size_t row = pairs && of_i ? j - 1 : i;
          p.dual_coef(row, column[sv.sample]) = sv.coef;
        }
        p.intercept.push_back(fitted[m].machine.intercept);
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
  // [costs][machines], in the numbers of the training data.
  std::vector<std::vector<CalibratedMachine>> fitted_;
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
  if (!(value > 0 && value <= kMaxMagnitude)) {
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
