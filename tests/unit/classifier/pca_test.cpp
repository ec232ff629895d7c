#include "classifier/pca.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>

#include "golden.hpp"
#include "support/expect_error.hpp"

namespace undertone::classifier {
namespace {

using test::read_golden;
using test::to_matrix;
using test::to_vector;

PcaSize to_size(const nlohmann::json& size) {
  if (size.is_number_integer()) return size.get<std::size_t>();
  return size.get<double>();
}

tensor::Matrix<double> random_matrix(std::size_t rows, std::size_t cols, unsigned seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  tensor::Matrix<double> x(rows, cols);
  for (std::size_t i = 0; i < rows * cols; ++i) x.data()[i] = normal(random);
  return x;
}

// |C Cᵀ - 1|, at most.
double distance_from_orthonormal(const Pca& pca) {
  double worst = 0;
  const auto c = pca.components();
  for (std::size_t i = 0; i < c.rows(); ++i) {
    for (std::size_t j = 0; j < c.rows(); ++j) {
      double dot = i == j ? -1 : 0;
      for (std::size_t f = 0; f < c.cols(); ++f) dot += c(i, f) * c(j, f);
      worst = std::max(worst, std::abs(dot));
    }
  }
  return worst;
}

TEST(Pca, EqualsScikitLearn) {
  const auto file = read_golden("pca");
  for (const auto& golden : file["cases"]) {
    SCOPED_TRACE(golden["name"].get<std::string>());
    const auto x = to_matrix(golden["x"]);
    const auto pca = Pca::fit(x.view(), to_size(golden["size"]));
    ASSERT_EQ(pca.components_count(), golden["components_count"].get<std::size_t>());
    const auto mean = to_vector(golden["mean"]);
    for (std::size_t f = 0; f < mean.size(); ++f) EXPECT_NEAR(pca.mean()[f], mean[f], 1e-13);
    const auto variance = to_vector(golden["explained_variance"]);
    for (std::size_t k = 0; k < variance.size(); ++k) {
      // Relative where there is variance, else zero to rounding.
      EXPECT_NEAR(pca.explained_variance()[k], variance[k],
                  1e-9 * variance[k] + 1e-13 * variance[0]);
    }
    // Beyond the rank directions are arbitrary: the golden stops there.
    const auto components = to_matrix(golden["components"]);
    for (std::size_t k = 0; k < components.rows(); ++k) {
      for (std::size_t f = 0; f < components.cols(); ++f) {
        EXPECT_NEAR(pca.components()(k, f), components(k, f), 1e-9) << k << ' ' << f;
      }
    }
    const auto transformed = to_matrix(golden["transformed"]);
    std::vector<double> y(pca.components_count());
    for (std::size_t r = 0; r < x.rows(); ++r) {
      pca.transform(x.row(r), y);
      for (std::size_t k = 0; k < transformed.cols(); ++k) {
        EXPECT_NEAR(y[k], transformed(r, k), 1e-8 * std::sqrt(variance[0])) << r << ' ' << k;
      }
    }
    EXPECT_LT(distance_from_orthonormal(pca), 1e-12);
  }
}

// On data from the same generator as in tools/make_classifier_goldens.py.
TEST(Pca, KeepsAsManyComponentsAsScikitLearnForAFraction) {
  const auto file = read_golden("pca_counts");
  for (const auto& golden : file["cases"]) {
    SCOPED_TRACE(golden.dump());
    tensor::Matrix<double> x(golden["samples"].get<std::size_t>(),
                             golden["features"].get<std::size_t>());
    std::uint64_t state = 12345;
    for (std::size_t r = 0; r < x.rows(); ++r) {
      for (std::size_t c = 0; c < x.cols(); ++c) {
        state = (1103515245 * state + 12345) % (std::uint64_t{1} << 31);
        x(r, c) = (static_cast<double>(state / 65536 % 2001) - 1000) /
                  std::sqrt(static_cast<double>(c + 1));
      }
    }
    const auto pca = Pca::fit(x.view(), golden["fraction"].get<double>());
    EXPECT_EQ(pca.components_count(), golden["components_count"].get<std::size_t>());
    const auto variance = pca.explained_variance();
    const auto expected = to_vector(golden["explained_variance"]);
    EXPECT_NEAR(variance.front(), expected.front(), 1e-11 * expected.front());
    EXPECT_NEAR(variance.back(), expected.back(), 1e-11 * expected.front());
    EXPECT_LT(distance_from_orthonormal(pca), 1e-12);
  }
}

TEST(Pca, IsOrthonormalAndKeepsAllVariance) {
  for (const auto& [rows, cols] : {std::pair{50, 20}, {20, 50}, {30, 30}, {2, 40}, {40, 1}}) {
    SCOPED_TRACE(std::to_string(rows) + " x " + std::to_string(cols));
    const auto x = random_matrix(static_cast<std::size_t>(rows), static_cast<std::size_t>(cols), 3);
    const auto pca = Pca::fit(x.view(), std::min(x.rows(), x.cols()));
    EXPECT_LT(distance_from_orthonormal(pca), 1e-12);
    double kept = 0;
    for (std::size_t k = 0; k < pca.components_count(); ++k) {
      kept += pca.explained_variance()[k];
      EXPECT_GE(pca.explained_variance()[k], 0);
      EXPECT_LE(pca.explained_variance()[k], pca.explained_variance()[k == 0 ? 0 : k - 1]);
    }
    double total = 0;
    for (std::size_t r = 0; r < x.rows(); ++r) {
      for (std::size_t f = 0; f < x.cols(); ++f) total += std::pow(x(r, f) - pca.mean()[f], 2);
    }
    EXPECT_NEAR(kept, total / static_cast<double>(x.rows() - 1), 1e-10 * total);
  }
}

TEST(Pca, TransformedDataHaveTheExplainedVariance) {
  const auto x = random_matrix(60, 10, 4);
  const auto pca = Pca::fit(x.view(), std::size_t{4});
  std::vector<double> y(4);
  std::vector<double> squares(4);
  for (std::size_t r = 0; r < x.rows(); ++r) {
    pca.transform(x.row(r), y);
    for (std::size_t k = 0; k < 4; ++k) squares[k] += y[k] * y[k];
  }
  for (std::size_t k = 0; k < 4; ++k) {
    EXPECT_NEAR(squares[k] / 59, pca.explained_variance()[k], 1e-12);
  }
}

TEST(Pca, LargestEntryOfEachComponentIsPositive) {
  const auto pca = Pca::fit(random_matrix(30, 12, 5).view(), std::size_t{12});
  for (std::size_t k = 0; k < 12; ++k) {
    double largest = 0;
    for (const double v : pca.components().row(k)) {
      if (std::abs(v) > std::abs(largest)) largest = v;
    }
    EXPECT_GT(largest, 0);
  }
}

TEST(Pca, ConstantDataHaveDirectionsWithoutVariance) {
  tensor::Matrix<double> x(5, 3);
  std::fill_n(x.data(), 15, 7.5);
  const auto pca = Pca::fit(x.view(), std::size_t{2});
  EXPECT_EQ(pca.explained_variance()[0], 0);
  EXPECT_LT(distance_from_orthonormal(pca), 1e-12);
  EXPECT_EQ(Pca::fit(x.view(), 0.5).components_count(), 1U);
}

TEST(Pca, RefusesSizesThatCannotBe) {
  const auto x = random_matrix(5, 8, 6);
  EXPECT_UNDERTONE_ERROR(Pca::fit(x.view(), std::size_t{6}), ErrorCode::kDataInvalid, "at most 5");
  EXPECT_UNDERTONE_ERROR(Pca::fit(x.view(), std::size_t{0}), ErrorCode::kInvalidArgument,
                         "at least one component");
  for (const double bad : {0.0, 1.0, -0.5, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_UNDERTONE_ERROR(Pca::fit(x.view(), bad), ErrorCode::kInvalidArgument, "fraction");
  }
  EXPECT_UNDERTONE_ERROR(Pca::fit(x.view().rows_from(0, 1), std::size_t{1}),
                         ErrorCode::kDataInvalid, "two samples");
}

TEST(Pca, RefusesDataThatAreNotFinite) {
  auto x = random_matrix(5, 8, 7);
  x(2, 3) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_UNDERTONE_ERROR(Pca::fit(x.view(), std::size_t{2}), ErrorCode::kDataInvalid, "finite");
}

TEST(Pca, RefusesCorruptParameters) {
  const auto components = [](double a, double b) {
    tensor::Matrix<double> c(1, 2);
    c(0, 0) = a;
    c(0, 1) = b;
    return c;
  };
  EXPECT_NO_THROW(Pca({0, 0}, components(0.6, 0.8), {1}));
  EXPECT_UNDERTONE_ERROR(Pca({0}, components(0.6, 0.8), {1}), ErrorCode::kModelCorrupt, "[1, 2]");
  EXPECT_UNDERTONE_ERROR(Pca({0, 0}, components(0.6, 0.8), {1, 1}), ErrorCode::kModelCorrupt,
                         "2 variances");
  EXPECT_UNDERTONE_ERROR(Pca({0, 0}, components(0.6, 0.9), {1}), ErrorCode::kModelCorrupt,
                         "length");
  EXPECT_UNDERTONE_ERROR(Pca({0, 0}, components(std::nan(""), 1), {1}), ErrorCode::kModelCorrupt,
                         "length");
  EXPECT_UNDERTONE_ERROR(Pca({0, 0}, components(0.6, 0.8), {-1}), ErrorCode::kModelCorrupt,
                         "variance");
  EXPECT_UNDERTONE_ERROR(Pca({0, std::nan("")}, components(0.6, 0.8), {1}),
                         ErrorCode::kModelCorrupt, "mean");
  EXPECT_UNDERTONE_ERROR(Pca({}, tensor::Matrix<double>(), {}), ErrorCode::kModelCorrupt, "0");
}

TEST(Pca, RefusesAnotherNumberOfFeatures) {
  const auto pca = Pca::fit(random_matrix(5, 3, 8).view(), std::size_t{2});
  std::vector<double> x(4);
  std::vector<double> y(2);
  EXPECT_UNDERTONE_ERROR(pca.transform(x, y), ErrorCode::kDataInvalid, "3 features");
}

}  // namespace
}  // namespace undertone::classifier
