#include "classifier/support_vector_classifier.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <utility>

#include <undertone/error.hpp>

#include "classifier/ordered_sums.hpp"
#include "classifier/pairwise_coupling.hpp"
#include "classifier/training_data.hpp"

namespace undertone::classifier {

namespace {

constexpr std::size_t kMaxClasses = 1000;
// ‖x‖² up to which no product with a support vector overflows.
constexpr double kMaxNorm = 1e300;
constexpr double kMinPairProbability = 1e-7;

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ErrorCode::kModelCorrupt, "the support vector machine " + message);
}

void require_magnitudes(std::span<const double> values, std::string_view name) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!(std::abs(values[i]) <= kMaxMagnitude)) {
      refuse(fmt::format("has {} as value {} of its {}", values[i], i, name));
    }
  }
}

void require_length(std::size_t found, std::size_t expected, std::string_view name) {
  if (found != expected) {
    refuse(fmt::format("has {} values of its {} where {} are needed", found, name, expected));
  }
}

std::vector<std::size_t> class_begins(std::span<const std::int64_t> n_support, std::size_t total) {
  std::vector<std::size_t> begin{0};
  for (const std::int64_t count : n_support) {
    if (count < 0 || static_cast<std::uint64_t>(count) > total - begin.back()) {
      refuse(fmt::format("claims {} support vectors of one class, of {} in all", count, total));
    }
    begin.push_back(begin.back() + static_cast<std::size_t>(count));
  }
  require_length(begin.back(), total, "support vectors");
  return begin;
}

}  // namespace

SupportVectorClassifier::SupportVectorClassifier(SvmParameters parameters)
    : parameters_(std::move(parameters)) {
  const std::size_t k = classes();
  if (k < 2 || k > kMaxClasses) {
    refuse(fmt::format("has {} classes; there must be between 2 and {}", k, kMaxClasses));
  }
  const bool pairs = parameters_.multiclass == Multiclass::kOneVsOne;
  const std::size_t machine_count = pairs ? k * (k - 1) / 2 : k;
  const std::size_t n = parameters_.support_vectors.rows();
  if (n == 0 || features() == 0) {
    refuse(fmt::format("has support vectors of shape [{}, {}]", n, features()));
  }
  class_begin_ = class_begins(parameters_.n_support, n);
  require_length(parameters_.dual_coef.rows(), pairs ? k - 1 : k, "coefficients' rows");
  require_length(parameters_.dual_coef.cols(), n, "coefficients' columns");
  require_length(parameters_.intercept.size(), machine_count, "intercepts");
  require_length(parameters_.platt_b.size(), parameters_.platt_a.size(), "sigmoids");
  if (has_probabilities()) {
    require_length(parameters_.platt_a.size(), machine_count, "sigmoids");
  }
  if (!(parameters_.gamma > 0 && parameters_.gamma <= kMaxMagnitude)) {
    refuse(fmt::format("has gamma = {}", parameters_.gamma));
  }
  require_magnitudes({parameters_.support_vectors.data(), n * features()}, "support vectors");
  require_magnitudes({parameters_.dual_coef.data(), parameters_.dual_coef.rows() * n},
                     "coefficients");
  require_magnitudes(parameters_.intercept, "intercepts");
  require_magnitudes(parameters_.platt_a, "sigmoids' slopes");
  require_magnitudes(parameters_.platt_b, "sigmoids' offsets");
  const auto vectors = std::as_const(parameters_.support_vectors).view();
  packed_ = PackedRows(vectors);
  for (std::size_t s = 0; s < n; ++s) norms_.push_back(squared_norm(vectors.row(s)));
}

SupportVectorClassifier SupportVectorClassifier::with_sigmoids(
    std::span<const PlattSigmoid> sigmoids) && {
  SvmParameters parameters = std::move(parameters_);
  parameters.platt_a.clear();
  parameters.platt_b.clear();
  for (const PlattSigmoid& sigmoid : sigmoids) {
    parameters.platt_a.push_back(sigmoid.a);
    parameters.platt_b.push_back(sigmoid.b);
  }
  return SupportVectorClassifier(std::move(parameters));
}

void SupportVectorClassifier::require_features(std::size_t found) const {
  if (found == features()) return;
  throw Error(
      ErrorCode::kDataInvalid,
      fmt::format("the support vector machine takes {} features, not {}", features(), found));
}

// K(x, support vector) by ‖x‖² + ‖s‖² - 2·x·s, which is exactly zero for a support vector itself.
void SupportVectorClassifier::kernel_rows(tensor::MatrixView<const double> x,
                                          tensor::MatrixView<double> kernel) const {
  packed_.multiply(x, kernel.data(), kernel.stride());
  const std::size_t n = norms_.size();
  for (std::size_t r = 0; r < x.rows(); ++r) {
    double* values = kernel.row_data(r);
    const double norm = squared_norm(x.row(r));
    if (norm <= kMaxNorm) {
      vector_kernels().gaussian(values, norms_.data(), norm, parameters_.gamma, n);
      continue;
    }
    // The products may have overflowed: differences first.
    for (std::size_t s = 0; s < n; ++s) {
      values[s] = std::exp(
          -parameters_.gamma *
          squared_distance(x.row_data(r), parameters_.support_vectors.row(s).data(), x.cols()));
    }
  }
}

// kernel: [support vectors]; decision: [machines()].
void SupportVectorClassifier::decide(const double* kernel, std::span<double> decision) const {
  const auto& coef = parameters_.dual_coef;
  if (parameters_.multiclass == Multiclass::kOneVsRest) {
    for (std::size_t c = 0; c < classes(); ++c) {
      decision[c] = parameters_.intercept[c] + dot(coef.row(c).data(), kernel, norms_.size());
    }
    return;
  }
  std::size_t machine = 0;
  for (std::size_t i = 0; i < classes(); ++i) {
    for (std::size_t j = i + 1; j < classes(); ++j, ++machine) {
      const std::size_t bi = class_begin_[i];
      const std::size_t bj = class_begin_[j];
      decision[machine] = parameters_.intercept[machine] +
                          (dot(coef.row(j - 1).data() + bi, kernel + bi, class_begin_[i + 1] - bi) +
                           dot(coef.row(i).data() + bj, kernel + bj, class_begin_[j + 1] - bj));
    }
  }
}

tensor::Matrix<double> SupportVectorClassifier::decision_rows(
    tensor::MatrixView<const double> x) const {
  constexpr std::size_t kBlockRows = 16;  // their kernel values stay in the cache
  require_features(x.cols());
  tensor::Matrix<double> decision(x.rows(), machines());
  tensor::Matrix<double> kernel(std::min(kBlockRows, x.rows()), packed_.padded_count());
  for (std::size_t first = 0; first < x.rows(); first += kBlockRows) {
    const std::size_t count = std::min(kBlockRows, x.rows() - first);
    kernel_rows(x.rows_from(first, count), kernel.view());
    for (std::size_t r = 0; r < count; ++r) {
      decide(kernel.row(r).data(), decision.row(first + r));
    }
  }
  return decision;
}

std::vector<double> SupportVectorClassifier::decision_values(std::span<const double> x) const {
  const tensor::Matrix<double> decision = decision_rows({x.data(), 1, x.size()});
  return {decision.data(), decision.data() + machines()};
}

std::size_t SupportVectorClassifier::vote(std::span<const double> decision_values) const {
  if (parameters_.multiclass == Multiclass::kOneVsRest) return arg_max(decision_values);
  std::vector<double> votes(classes(), 0.0);
  std::size_t machine = 0;
  for (std::size_t i = 0; i < classes(); ++i) {
    for (std::size_t j = i + 1; j < classes(); ++j, ++machine) {
      votes[decision_values[machine] > 0 ? i : j] += 1;
    }
  }
  return arg_max(votes);
}

std::vector<double> SupportVectorClassifier::probabilities(
    std::span<const double> decision_values) const {
  std::vector<double> positive(decision_values.size());
  for (std::size_t m = 0; m < positive.size(); ++m) {
    const PlattSigmoid sigmoid{parameters_.platt_a[m], parameters_.platt_b[m]};
    positive[m] = std::clamp(sigmoid_probability(decision_values[m], sigmoid), kMinPairProbability,
                             1 - kMinPairProbability);
  }
  if (parameters_.multiclass == Multiclass::kOneVsRest) {
    double sum = 0;
    for (const double p : positive) sum += p;
    for (double& p : positive) p /= sum;
    return positive;
  }
  tensor::Matrix<double> r(classes(), classes());
  std::size_t machine = 0;
  for (std::size_t i = 0; i < classes(); ++i) {
    for (std::size_t j = i + 1; j < classes(); ++j, ++machine) {
      r(i, j) = positive[machine];
      r(j, i) = 1 - positive[machine];
    }
  }
  return couple_pairwise(r.view());
}

ClassPrediction SupportVectorClassifier::classify(std::span<const double> decision_values) const {
  if (!has_probabilities()) return {vote(decision_values), {}};
  return prediction_of(probabilities(decision_values));
}

ClassPrediction SupportVectorClassifier::predict(std::span<const double> x) const {
  return classify(decision_values(x));
}

std::vector<ClassPrediction> SupportVectorClassifier::predict_rows(
    tensor::MatrixView<const double> x) const {
  const tensor::Matrix<double> decision = decision_rows(x);
  std::vector<ClassPrediction> predictions;
  predictions.reserve(x.rows());
  for (std::size_t r = 0; r < x.rows(); ++r) predictions.push_back(classify(decision.row(r)));
  return predictions;
}

}  // namespace undertone::classifier
