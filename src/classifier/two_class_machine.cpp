#include "classifier/two_class_machine.hpp"

#include <memory>
#include <mutex>

#include <undertone/error.hpp>

namespace undertone::classifier {

namespace {

// Enough for all rows of the problems whose kernel is precomputed (see SvmOptions::kernel_bytes).
constexpr double kCacheMegabytes = 200;

void silence_libsvm() {
  static std::once_flag once;
  std::call_once(once, [] { svm_set_print_string_function([](const char*) {}); });
}

struct ReleaseModel {
  void operator()(svm_model* model) const { svm_free_and_destroy_model(&model); }
};

std::vector<std::size_t> select(std::span<const std::size_t> samples,
                                std::span<const std::size_t> fold_of, std::size_t fold,
                                bool inside) {
  std::vector<std::size_t> selected;
  for (const std::size_t i : samples) {
    if ((fold_of[i] == fold) == inside) selected.push_back(i);
  }
  return selected;
}

}  // namespace

double TwoClassMachine::decision_value(const TrainingKernel& kernel, std::size_t sample) const {
  double sum = 0;
  for (const SupportVector& sv : support_vectors) sum += sv.coef * kernel(sample, sv.sample);
  return sum + intercept;
}

TwoClassMachine solve(const TwoClassProblem& problem, const TrainingKernel& kernel,
                      double tolerance) {
  silence_libsvm();
  std::vector<std::size_t> samples(problem.positives);
  samples.insert(samples.end(), problem.negatives.begin(), problem.negatives.end());
  std::vector<double> y(problem.positives.size(), 1.0);
  y.resize(samples.size(), -1.0);
  std::vector<svm_node*> rows;
  rows.reserve(samples.size());
  for (const std::size_t i : samples) rows.push_back(kernel.sample(i));
  const svm_problem data{static_cast<int>(samples.size()), y.data(), rows.data()};

  int weight_label[] = {1, -1};
  double weight[] = {problem.positive_cost, problem.negative_cost};
  svm_parameter parameter{};
  parameter.svm_type = C_SVC;
  parameter.kernel_type = kernel.libsvm_type();
  parameter.gamma = kernel.gamma();
  parameter.cache_size = kCacheMegabytes;
  parameter.eps = tolerance;
  parameter.C = 1;
  parameter.nr_weight = 2;
  parameter.weight_label = weight_label;
  parameter.weight = weight;
  parameter.shrinking = 1;
  if (const char* reason = svm_check_parameter(&data, &parameter); reason != nullptr) {
    throw Error(ErrorCode::kInternal, std::string("LIBSVM refuses the problem: ") + reason);
  }
  const std::unique_ptr<svm_model, ReleaseModel> model(svm_train(&data, &parameter));

  // LIBSVM puts the label +1 first, so its coefficients and rho have the signs of ours.
  TwoClassMachine machine;
  machine.intercept = -model->rho[0];
  machine.support_vectors.reserve(static_cast<std::size_t>(model->l));
  for (int s = 0; s < model->l; ++s) {
    machine.support_vectors.push_back(
        {samples[static_cast<std::size_t>(model->sv_indices[s] - 1)], model->sv_coef[0][s]});
  }
  return machine;
}

PlattSigmoid calibrate(const TwoClassProblem& problem, const TrainingKernel& kernel,
                       double tolerance, std::span<const std::size_t> fold_of, std::size_t folds,
                       ThreadPool* threads) {
  struct FoldValues {
    std::vector<double> positives;
    std::vector<double> negatives;
  };
  std::vector<FoldValues> values(folds);
  const auto run_fold = [&](std::size_t fold) {
    const auto held_positives = select(problem.positives, fold_of, fold, true);
    const auto held_negatives = select(problem.negatives, fold_of, fold, true);
    if (held_positives.empty() && held_negatives.empty()) return;
    TwoClassProblem rest = problem;
    rest.positives = select(problem.positives, fold_of, fold, false);
    rest.negatives = select(problem.negatives, fold_of, fold, false);
    const TwoClassMachine machine = solve(rest, kernel, tolerance);
    for (const std::size_t i : held_positives) {
      values[fold].positives.push_back(machine.decision_value(kernel, i));
    }
    for (const std::size_t i : held_negatives) {
      values[fold].negatives.push_back(machine.decision_value(kernel, i));
    }
  };
  if (threads != nullptr) {
    threads->parallel_for(folds, run_fold);
  } else {
    for (std::size_t fold = 0; fold < folds; ++fold) run_fold(fold);
  }
  std::vector<double> decision_values;
  for (const auto& v : values) {
    decision_values.insert(decision_values.end(), v.positives.begin(), v.positives.end());
  }
  const std::size_t positives = decision_values.size();
  for (const auto& v : values) {
    decision_values.insert(decision_values.end(), v.negatives.begin(), v.negatives.end());
  }
  return fit_platt_sigmoid(decision_values, positives);
}

}  // namespace undertone::classifier
