#include "classifier/linear_algebra.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>

#include "support/expect_error.hpp"

namespace undertone::classifier {
namespace {

tensor::Matrix<double> random_matrix(std::size_t rows, std::size_t cols, unsigned seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  tensor::Matrix<double> x(rows, cols);
  for (std::size_t i = 0; i < rows * cols; ++i) x.data()[i] = normal(random);
  return x;
}

// Either side of one tile, and a tile that is not full.
TEST(LinearAlgebra, ScatterIsTheSumOfProducts) {
  for (const std::size_t features : {1U, 40U, 256U, 300U}) {
    const auto x = random_matrix(30, features, 1);
    const auto lower = scatter(x.view(), nullptr);
    for (std::size_t i = 0; i < features; ++i) {
      for (std::size_t j = 0; j < features; ++j) {
        double sum = 0;
        for (std::size_t r = 0; r < 30 && j <= i; ++r) sum += x(r, i) * x(r, j);
        ASSERT_NEAR(lower(i, j), sum, 1e-12) << i << ' ' << j;
      }
    }
  }
}

TEST(LinearAlgebra, ScatterHasTheSameBitsOnAnyNumberOfThreads) {
  const auto x = random_matrix(700, 530, 2);
  ThreadPool threads(3);
  const auto alone = scatter(x.view(), nullptr);
  const auto together = scatter(x.view(), &threads);
  EXPECT_TRUE(std::equal(alone.data(), alone.data() + 530 * 530, together.data()));
}

// A matrix with known eigenvalues, most of them equal or zero, large enough for blocked code.
TEST(LinearAlgebra, EigenvectorsAreOrthonormalAndWhatTheyShouldBe) {
  constexpr std::size_t kSize = 150;
  const auto x = random_matrix(kSize, kSize, 3);
  const auto q = SymmetricEigen(scatter(x.view(), nullptr)).vectors(kSize);  // any orthonormal one
  std::vector<double> values(kSize, 0.0);
  for (std::size_t k = 0; k < 100; ++k) values[k] = k < 60 ? 200.0 - static_cast<double>(k) : 2.0;
  tensor::Matrix<double> a(kSize, kSize);
  for (std::size_t i = 0; i < kSize; ++i) {
    for (std::size_t j = 0; j < kSize; ++j) {
      for (std::size_t k = 0; k < kSize; ++k) a(i, j) += q(k, i) * values[k] * q(k, j);
    }
  }
  for (const std::size_t count : {std::size_t{1}, std::size_t{7}, std::size_t{80}, kSize}) {
    SCOPED_TRACE(count);
    const SymmetricEigen eigen(a.clone());
    const auto found = eigen.values(count);
    const auto vectors = eigen.vectors(count);
    ASSERT_EQ(found.size(), count);
    ASSERT_EQ(vectors.rows(), count);
    for (std::size_t r = 0; r < count; ++r) {
      EXPECT_NEAR(found[r], values[r], 1e-10);
      double residual = 0;
      for (std::size_t i = 0; i < kSize; ++i) {
        double product = -found[r] * vectors(r, i);
        for (std::size_t j = 0; j < kSize; ++j) product += a(i, j) * vectors(r, j);
        residual = std::max(residual, std::abs(product));
      }
      EXPECT_LT(residual, 1e-10) << r;
      for (std::size_t s = 0; s <= r; ++s) {
        double dot = r == s ? -1 : 0;
        for (std::size_t i = 0; i < kSize; ++i) dot += vectors(r, i) * vectors(s, i);
        EXPECT_LT(std::abs(dot), 1e-12) << r << ' ' << s;
      }
    }
  }
}

TEST(LinearAlgebra, RefusesWhatIsNotFinite) {
  tensor::Matrix<double> a(4, 4);
  a(2, 1) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_UNDERTONE_ERROR(SymmetricEigen(std::move(a)).values(2), ErrorCode::kDataInvalid,
                         "principal components");
}

}  // namespace
}  // namespace undertone::classifier
