#include "classifier/logistic_regression.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>
#include <utility>

#include <undertone/error.hpp>

#include "classifier/lbfgs.hpp"
#include "classifier/ordered_sums.hpp"
#include "classifier/training_data.hpp"

namespace undertone::classifier {
namespace {

constexpr std::size_t kMaxClasses = 1000;

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ErrorCode::kModelCorrupt, "the logistic regression " + message);
}

void require_magnitudes(std::span<const double> values, std::string_view name) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!(std::abs(values[i]) <= kMaxMagnitude)) {
      refuse(fmt::format("has {} as value {} of its {}", values[i], i, name));
    }
  }
}

// Logits to probabilities; returns log Σ exp(logit).
double softmax(std::span<double> values) {
  const double most = *std::max_element(values.begin(), values.end());
  double sum = 0;
  for (double& value : values) sum += value = std::exp(value - most);
  for (double& value : values) value /= sum;
  return most + std::log(sum);
}

// The mean loss and its gradient. A point is W by rows, then the intercepts.
class MeanLoss {
 public:
  MeanLoss(tensor::MatrixView<const double> x, std::span<const int> labels, std::size_t classes,
           const LogisticOptions& options, ThreadPool* threads)
      : x_(x),
        labels_(labels),
        classes_(classes),
        weights_(class_weights(labels, classes, options.class_weight)),
        threads_(threads),
        rows_each_(std::max<std::size_t>(64, (x.rows() + 63) / 64)),
        pieces_((x.rows() + rows_each_ - 1) / rows_each_) {
    for (const int label : labels) total_ += weights_[static_cast<std::size_t>(label)];
    penalty_ = (classes == 2 ? 2 : 1) / (options.c * total_);
  }

  std::size_t size() const { return classes_ * (x_.cols() + 1); }

  double operator()(std::span<const double> point, std::span<double> gradient) {
    for (Piece& piece : pieces_) {
      piece.gradient.assign(size(), 0.0);
      piece.loss = 0;
    }
    const auto run = [&](std::size_t p) { add_piece(p, point); };
    if (threads_ != nullptr) {
      threads_->parallel_for(pieces_.size(), run);
    } else {
      for (std::size_t p = 0; p < pieces_.size(); ++p) run(p);
    }
    double loss = 0;
    std::fill(gradient.begin(), gradient.end(), 0.0);
    for (const Piece& piece : pieces_) {
      loss += piece.loss;
      for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] += piece.gradient[i];
    }
    for (double& entry : gradient) entry /= total_;
    const std::size_t coefficients = classes_ * x_.cols();
    for (std::size_t i = 0; i < coefficients; ++i) gradient[i] += penalty_ * point[i];
    return loss / total_ + penalty_ / 2 * dot(point.data(), point.data(), coefficients);
  }

 private:
  struct Piece {
    std::vector<double> gradient;
    double loss = 0;
  };

  void add_piece(std::size_t p, std::span<const double> point) {
    Piece& piece = pieces_[p];
    const std::size_t cols = x_.cols();
    const double* intercepts = point.data() + classes_ * cols;
    double* intercept_gradient = piece.gradient.data() + classes_ * cols;
    std::vector<double> scores(classes_);
    const std::size_t end = std::min(x_.rows(), (p + 1) * rows_each_);
    for (std::size_t i = p * rows_each_; i < end; ++i) {
      const double* row = x_.row_data(i);
      for (std::size_t c = 0; c < classes_; ++c) {
        scores[c] = intercepts[c] + dot(point.data() + c * cols, row, cols);
      }
      const auto label = static_cast<std::size_t>(labels_[i]);
      const double of_label = scores[label];
      const double weight = weights_[label];
      piece.loss += weight * (softmax(scores) - of_label);
      for (std::size_t c = 0; c < classes_; ++c) {
        const double residual = weight * (scores[c] - (c == label ? 1.0 : 0.0));
        intercept_gradient[c] += residual;
        double* gradient = piece.gradient.data() + c * cols;
        for (std::size_t f = 0; f < cols; ++f) gradient[f] += residual * row[f];
      }
    }
  }

  tensor::MatrixView<const double> x_;
  std::span<const int> labels_;
  std::size_t classes_;
  std::vector<double> weights_;
  ThreadPool* threads_;
  std::size_t rows_each_;
  std::vector<Piece> pieces_;
  double total_ = 0;
  double penalty_ = 0;
};

}  // namespace

void validate(const LogisticOptions& options) {
  constexpr double kMaxC = 1e30;
  constexpr double kMaxTolerance = 0.1;
  constexpr std::size_t kMaxIterations = 1'000'000;
  const auto refuse_option = [](const std::string& message) {
    throw Error(ErrorCode::kInvalidArgument, message);
  };
  if (!(options.c > 0 && options.c <= kMaxC)) {
    refuse_option(fmt::format("C must be positive (and at most {:g}), not {}", kMaxC, options.c));
  }
  if (!(options.tolerance > 0 && options.tolerance <= kMaxTolerance)) {
    refuse_option(fmt::format("the tolerance must be positive and at most {:g}, not {}",
                              kMaxTolerance, options.tolerance));
  }
  if (options.max_iterations < 1 || options.max_iterations > kMaxIterations) {
    refuse_option(fmt::format("there must be between 1 and {} iterations, not {}", kMaxIterations,
                              options.max_iterations));
  }
}

LogisticRegression LogisticRegression::fit(tensor::MatrixView<const double> x,
                                           std::span<const int> labels,
                                           std::span<const std::string> class_names,
                                           const LogisticOptions& options, ThreadPool* threads) {
  validate(options);
  require_trainable(x, labels, class_names);
  const std::size_t classes = class_names.size();
  MeanLoss loss(x, labels, classes, options, threads);
  std::vector<double> point(loss.size(), 0.0);
  minimize(point, {options.tolerance, options.max_iterations}, loss);
  LogisticParameters parameters;
  parameters.coefficients = tensor::Matrix<double>(classes, x.cols());
  const auto intercepts = point.begin() + static_cast<std::ptrdiff_t>(classes * x.cols());
  std::copy(point.begin(), intercepts, parameters.coefficients.data());
  parameters.intercepts.assign(intercepts, point.end());
  // Adding a number to all of them changes no probability; rounding may have.
  const double mean = std::accumulate(intercepts, point.end(), 0.0) / static_cast<double>(classes);
  for (double& intercept : parameters.intercepts) intercept -= mean;
  return LogisticRegression(std::move(parameters));
}

LogisticRegression::LogisticRegression(LogisticParameters parameters)
    : parameters_(std::move(parameters)) {
  const auto& coefficients = parameters_.coefficients;
  if (classes() < 2 || classes() > kMaxClasses) {
    refuse(fmt::format("has {} classes; there must be between 2 and {}", classes(), kMaxClasses));
  }
  if (coefficients.rows() != classes() || features() == 0) {
    refuse(fmt::format("has coefficients of shape [{}, {}] for {} classes", coefficients.rows(),
                       features(), classes()));
  }
  require_magnitudes({coefficients.data(), classes() * features()}, "coefficients");
  require_magnitudes(parameters_.intercepts, "intercepts");
}

ClassPrediction LogisticRegression::predict(std::span<const double> x) const {
  if (x.size() != features()) {
    throw Error(
        ErrorCode::kDataInvalid,
        fmt::format("the logistic regression takes {} features, not {}", features(), x.size()));
  }
  std::vector<double> scores(classes());
  for (std::size_t c = 0; c < classes(); ++c) {
    scores[c] = parameters_.intercepts[c] +
                dot(parameters_.coefficients.row(c).data(), x.data(), features());
  }
  softmax(scores);
  return prediction_of(std::move(scores));
}

std::vector<ClassPrediction> LogisticRegression::predict_rows(
    tensor::MatrixView<const double> x) const {
  std::vector<ClassPrediction> predictions;
  predictions.reserve(x.rows());
  for (std::size_t r = 0; r < x.rows(); ++r) predictions.push_back(predict(x.row(r)));
  return predictions;
}

}  // namespace undertone::classifier
