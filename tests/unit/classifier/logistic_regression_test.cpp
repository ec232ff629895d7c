#include "classifier/logistic_regression.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <utility>

#include "classifier/lbfgs.hpp"
#include "classifier/training_data.hpp"
#include "golden.hpp"
#include "random_clusters.hpp"
#include "support/expect_error.hpp"

namespace undertone::classifier {
namespace {

using test::names;
using test::random_clusters;

LogisticOptions to_options(const nlohmann::json& golden) {
  LogisticOptions options;
  options.c = golden["C"].get<double>();
  if (golden["class_weight"] == "balanced") options.class_weight = ClassWeight::kBalanced;
  options.tolerance = 1e-9;
  return options;
}

// Both were solved to 1e-9 in the gradient; the penalty bounds how far apart they can be. The
// reference's own default stops earlier.
TEST(LogisticRegression, EqualsScikitLearns) {
  const auto golden = test::read_golden("logistic");
  for (const auto& item : golden["cases"]) {
    SCOPED_TRACE(item["name"].get<std::string>());
    const auto x = test::to_matrix(item["x"]);
    const auto labels = test::to_vector<int>(item["y"]);
    const auto coefficients = test::to_matrix(item["coefficients"]);
    const auto intercepts = test::to_vector(item["intercepts"]);
    const auto by_default = test::to_matrix(item["lbfgs_coefficients"]);
    const std::size_t classes = std::max<std::size_t>(2, intercepts.size());
    const auto fitted =
        LogisticRegression::fit(x.view(), labels, names(classes), to_options(item["options"]));
    const LogisticParameters& found = fitted.parameters();
    for (std::size_t c = 0; c < classes; ++c) {
      // scikit-learn keeps the one vector of two classes, for the second against the first.
      const bool pair = classes == 2;
      const double share = pair ? (c == 0 ? -0.5 : 0.5) : 1.0;
      const std::size_t row = pair ? 0 : c;
      EXPECT_NEAR(found.intercepts[c], share * intercepts[row], 1e-6);
      for (std::size_t f = 0; f < x.cols(); ++f) {
        EXPECT_NEAR(found.coefficients(c, f), share * coefficients(row, f), 1e-6);
        EXPECT_NEAR(found.coefficients(c, f), share * by_default(row, f), 1e-5);
      }
    }
    const auto x_test = test::to_matrix(item["x_test"]);
    const auto probabilities = test::to_matrix(item["probabilities"]);
    const auto votes = test::to_vector<std::size_t>(item["label"]);
    for (std::size_t r = 0; r < x_test.rows(); ++r) {
      const auto prediction = fitted.predict(x_test.row(r));
      EXPECT_EQ(prediction.label, votes[r]);
      for (std::size_t c = 0; c < classes; ++c) {
        EXPECT_NEAR(prediction.probabilities[c], probabilities(r, c), 1e-6);
      }
    }
  }
}

// The gradient of the objective, by its definition, is zero where the training ended.
TEST(LogisticRegression, EndsWhereTheGradientVanishes) {
  const auto data = random_clusters(3, 500, 5, 12, 0.5);
  for (const ClassWeight weight : {ClassWeight::kNone, ClassWeight::kBalanced}) {
    LogisticOptions options;
    options.c = 0.7;
    options.class_weight = weight;
    const auto fitted = LogisticRegression::fit(data.x.view(), data.labels, names(5), options);
    const auto weights = class_weights(data.labels, 5, weight);
    double total = 0;
    for (const int label : data.labels) total += weights[static_cast<std::size_t>(label)];
    for (std::size_t c = 0; c < 5; ++c) {
      std::vector<double> gradient(13, 0.0);
      for (std::size_t i = 0; i < data.x.rows(); ++i) {
        const auto label = static_cast<std::size_t>(data.labels[i]);
        const double residual =
            weights[label] *
            (fitted.predict(data.x.row(i)).probabilities[c] - (label == c ? 1.0 : 0.0)) / total;
        for (std::size_t f = 0; f < 12; ++f) gradient[f] += residual * data.x(i, f);
        gradient[12] += residual;
      }
      for (std::size_t f = 0; f < 12; ++f) {
        gradient[f] += fitted.parameters().coefficients(c, f) / (options.c * total);
      }
      for (const double entry : gradient) EXPECT_NEAR(entry, 0, 1.01 * options.tolerance);
    }
  }
}

TEST(LogisticRegression, StaysFiniteOnDataThatAreFarApart) {
  tensor::Matrix<double> x(8, 2);
  std::vector<int> labels(8);
  for (std::size_t i = 0; i < 8; ++i) {
    labels[i] = static_cast<int>(i % 2);
    x(i, 0) = i % 2 == 0 ? -1e60 : 1e60;
    x(i, 1) = static_cast<double>(i);
  }
  const auto fitted = LogisticRegression::fit(x.view(), labels, names(2), {});
  for (std::size_t i = 0; i < 8; ++i) {
    const auto p = fitted.predict(x.row(i)).probabilities;
    EXPECT_NEAR(p[0] + p[1], 1, 1e-12);
  }
}

TEST(LogisticRegression, RefusesParametersThatCannotBe) {
  const auto refuses = [](auto change, const char* part) {
    LogisticParameters parameters{tensor::Matrix<double>(3, 2), {0, 0, 0}};
    change(parameters);
    EXPECT_UNDERTONE_ERROR(LogisticRegression(std::move(parameters)), ErrorCode::kModelCorrupt,
                           part);
  };
  refuses([](LogisticParameters& p) { p.intercepts.pop_back(); }, "shape [3, 2] for 2 classes");
  refuses([](LogisticParameters& p) { p.intercepts = {0}; }, "1 classes");
  refuses([](LogisticParameters& p) { p.intercepts[1] = 1e101; }, "intercepts");
  refuses([](LogisticParameters& p) { p.coefficients(2, 1) = std::nan(""); }, "value 5");
  refuses([](LogisticParameters& p) { p.coefficients = tensor::Matrix<double>(3, 0); }, "[3, 0]");
}

TEST(LogisticRegression, RefusesOptionsThatCannotBe) {
  const auto refuses = [](auto change, const char* part) {
    LogisticOptions options;
    change(options);
    EXPECT_UNDERTONE_ERROR(validate(options), ErrorCode::kInvalidArgument, part);
  };
  for (const double bad : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    refuses([&](LogisticOptions& o) { o.c = bad; }, "C must be positive");
    refuses([&](LogisticOptions& o) { o.tolerance = bad; }, "tolerance");
  }
  refuses([](LogisticOptions& o) { o.max_iterations = 0; }, "iterations");
}

TEST(Lbfgs, FindsTheMinimumOfAnIllConditionedQuadratic) {
  // f = ½ Σ λᵢ(xᵢ - i)², λ from 1 to 1e6.
  std::vector<double> x(20, 0.0);
  const auto evaluate = [](std::span<const double> at, std::span<double> gradient) {
    double value = 0;
    for (std::size_t i = 0; i < at.size(); ++i) {
      const double curvature = std::pow(10.0, 6.0 * static_cast<double>(i) / 19.0);
      const double away = at[i] - static_cast<double>(i);
      gradient[i] = curvature * away;
      value += curvature * away * away / 2;
    }
    return value;
  };
  const LbfgsOutcome outcome = minimize(x, {.tolerance = 1e-8, .max_iterations = 10000}, evaluate);
  EXPECT_LE(outcome.gradient, 1e-8);
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], static_cast<double>(i), 1e-8);
}

TEST(Lbfgs, StopsAtTheGreatestNumberOfIterations) {
  std::vector<double> x = {5, 5};
  const auto evaluate = [](std::span<const double> at, std::span<double> gradient) {
    gradient[0] = std::sinh(at[0]);
    gradient[1] = 1000 * std::sinh(at[1]);
    return std::cosh(at[0]) + 1000 * std::cosh(at[1]);
  };
  EXPECT_EQ(minimize(x, {.tolerance = 1e-12, .max_iterations = 2}, evaluate).iterations, 2U);
}

}  // namespace
}  // namespace undertone::classifier
