// SupportVectorClassifier::fit: from data to the machines of a multi-class problem.

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <numeric>
#include <utility>

#include <undertone/error.hpp>

#include "classifier/calibration_folds.hpp"
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
  // LIBSVM counts in int.
  constexpr auto kMostInt = static_cast<std::size_t>(std::numeric_limits<int>::max() - 1);
  if (x.cols() == 0 || x.rows() > kMostInt || x.cols() > kMostInt) {
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

class Trainer {
 public:
  Trainer(tensor::MatrixView<const double> x, std::span<const int> labels,
          std::span<const std::string> class_names, const SvmOptions& options,
          std::span<const std::int64_t> groups, ThreadPool* threads)
      : x_(x), labels_(labels), options_(options), threads_(threads), members_(class_names.size()) {
    for (std::size_t i = 0; i < labels.size(); ++i) {
      members_[static_cast<std::size_t>(labels[i])].push_back(i);
    }
    gamma_ = gamma_value(options.gamma, x);
    if (options.probability) {
      folds_ = assign_calibration_folds(labels, groups, class_names, options.calibration_folds,
                                        options.seed);
    }
  }

  SvmParameters train() {
    machines_.resize(options_.multiclass == Multiclass::kOneVsOne ? classes() * (classes() - 1) / 2
                                                                  : classes());
    if (options_.multiclass == Multiclass::kOneVsOne) {
      train_pairs();
    } else {
      train_against_rest();
    }
    return assemble();
  }

 private:
  std::size_t classes() const { return members_.size(); }

  bool fits(std::size_t samples) const {
    return TrainingKernel::precomputed_bytes(samples) <= options_.kernel_bytes;
  }

  // Pairs side by side, as many at a time as kernel_bytes has room for. (A pair's result does not
  // depend on which others run beside it.)
  void train_pairs() {
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    for (std::size_t i = 0; i < classes(); ++i) {
      for (std::size_t j = i + 1; j < classes(); ++j) pairs.emplace_back(i, j);
    }
    std::size_t first = 0;
    while (first < pairs.size()) {
      std::size_t bytes = 0;
      std::size_t last = first;
      for (; last < pairs.size(); ++last) {
        const std::size_t samples =
            members_[pairs[last].first].size() + members_[pairs[last].second].size();
        if (fits(samples)) bytes += TrainingKernel::precomputed_bytes(samples);
        if (bytes > options_.kernel_bytes && last > first) break;
      }
      for_each_index(threads_, last - first, [&](std::size_t k) {
        train_pair(pairs[first + k].first, pairs[first + k].second, machines_[first + k]);
      });
      first = last;
    }
  }

  void train_pair(std::size_t i, std::size_t j, FittedMachine& result) {
    std::vector<std::size_t> samples(members_[i]);
    samples.insert(samples.end(), members_[j].begin(), members_[j].end());
    const TrainingKernel kernel(x_, samples, gamma_, fits(samples.size()), threads_);
    TwoClassProblem problem;
    problem.positives.resize(members_[i].size());
    std::iota(problem.positives.begin(), problem.positives.end(), 0U);
    problem.negatives.resize(members_[j].size());
    std::iota(problem.negatives.begin(), problem.negatives.end(), members_[i].size());
    const auto cost = [&](std::size_t c) {
      if (options_.class_weight == ClassWeight::kNone) return options_.c;
      return options_.c * (static_cast<double>(labels_.size()) /
                           static_cast<double>(classes() * members_[c].size()));
    };
    problem.positive_cost = cost(i);
    problem.negative_cost = cost(j);
    fit_machine(problem, kernel, samples, result);
  }

  void train_against_rest() {
    std::vector<std::size_t> samples(labels_.size());
    std::iota(samples.begin(), samples.end(), 0U);
    const TrainingKernel kernel(x_, samples, gamma_, fits(samples.size()), threads_);
    for_each_index(threads_, classes(), [&](std::size_t c) {
      TwoClassProblem problem;
      problem.positives = members_[c];
      for (const std::size_t i : samples) {
        if (labels_[i] != static_cast<int>(c)) problem.negatives.push_back(i);
      }
      problem.positive_cost = problem.negative_cost = options_.c;
      if (options_.class_weight == ClassWeight::kBalanced) {
        const auto all = static_cast<double>(samples.size());
        problem.positive_cost *= all / static_cast<double>(2 * problem.positives.size());
        problem.negative_cost *= all / static_cast<double>(2 * problem.negatives.size());
      }
      fit_machine(problem, kernel, samples, machines_[c]);
    });
  }

  // `samples` are the kernel's, in the numbers of the training data.
  void fit_machine(const TwoClassProblem& problem, const TrainingKernel& kernel,
                   std::span<const std::size_t> samples, FittedMachine& result) {
    TwoClassMachine machine = solve(problem, kernel, options_.tolerance);
    for (auto& sv : machine.support_vectors) sv.sample = samples[sv.sample];
    result.support_vectors = std::move(machine.support_vectors);
    result.intercept = machine.intercept;
    if (!options_.probability) return;
    std::vector<std::size_t> fold_of;
    fold_of.reserve(samples.size());
    for (const std::size_t i : samples) fold_of.push_back(folds_.fold[i]);
    result.sigmoid =
        calibrate(problem, kernel, options_.tolerance, fold_of, folds_.count, threads_);
  }

  SvmParameters assemble() const {
    constexpr auto kNone = static_cast<std::size_t>(-1);
    std::vector<std::size_t> column(labels_.size(), kNone);
    for (const auto& machine : machines_) {
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
        for (const auto& sv : machines_[m].support_vectors) {
          const bool of_i = labels_[sv.sample] == static_cast<int>(i);
          const std::size_t row = pairs && of_i ? j - 1 : i;
          p.dual_coef(row, column[sv.sample]) = sv.coef;
        }
        p.intercept.push_back(machines_[m].intercept);
        if (!options_.probability) continue;
        p.platt_a.push_back(machines_[m].sigmoid.a);
        p.platt_b.push_back(machines_[m].sigmoid.b);
      }
    }
    return p;
  }

  tensor::MatrixView<const double> x_;
  std::span<const int> labels_;
  const SvmOptions& options_;
  ThreadPool* threads_;
  std::vector<std::vector<std::size_t>> members_;  // samples of each class
  double gamma_ = 1;
  CalibrationFolds folds_;
  std::vector<FittedMachine> machines_;
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
  validate(options);
  require_trainable(x, labels, class_names, groups);
  return SupportVectorClassifier(Trainer(x, labels, class_names, options, groups, threads).train());
}

std::vector<SupportVectorClassifier> SupportVectorClassifier::fit_costs(
    tensor::MatrixView<const double> x, std::span<const int> labels,
    std::span<const std::string> class_names, const SvmOptions& options,
    std::span<const double> costs, std::span<const std::int64_t> groups, ThreadPool* threads) {
  std::vector<SupportVectorClassifier> classifiers;
  for (const double c : costs) {
    SvmOptions with_cost = options;
    with_cost.c = c;
    classifiers.push_back(fit(x, labels, class_names, with_cost, groups, threads));
  }
  return classifiers;
}

}  // namespace undertone::classifier
