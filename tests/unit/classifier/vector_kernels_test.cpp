#include "classifier/kernels/vector_kernels.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>
#include <vector>

#include "classifier/packed_rows.hpp"
#include "tensor/matrix.hpp"

namespace undertone::classifier {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr float kNever = -std::numeric_limits<float>::infinity();

// The best table of this machine and the one that every machine has.
std::vector<const VectorKernels*> tables() {
  return {&baseline_vector_kernels(), &vector_kernels()};
}

template <class T = double>
std::vector<T> random_values(std::size_t n, unsigned seed, double low = -1, double high = 1) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform(low, high);
  std::vector<T> values(n);
  for (T& value : values) value = static_cast<T>(uniform(random));
  return values;
}

std::vector<float> random_mask(std::size_t n, unsigned seed) {
  std::mt19937_64 random(seed);
  std::vector<float> mask(n);
  for (float& value : mask) value = random() % 3 == 0 ? kNever : 0.0F;
  return mask;
}

tensor::Matrix<double> random_matrix(std::size_t rows, std::size_t cols, unsigned seed) {
  tensor::Matrix<double> matrix(rows, cols);
  const auto values = random_values(rows * cols, seed);
  std::copy(values.begin(), values.end(), matrix.data());
  return matrix;
}

TEST(VectorKernels, ExponentialIsRightToTheLastBits) {
  for (const VectorKernels* kernels : tables()) {
    auto x = random_values(20001, 1, 0, 708);
    const auto small = random_values(5000, 2, 0, 1e-3);
    x.insert(x.end(), small.begin(), small.end());
    x.insert(x.end(), {0.0, 1e-300, 0.34657, 0.34658, 1.0, 707.99});
    // With gamma = 1/2 and no norms: exp(dot).
    auto values = x;
    for (double& value : values) value = -value;
    const std::vector<double> norms(x.size(), 0.0);
    kernels->gaussian(values.data(), norms.data(), 0, 0.5, x.size());
    for (std::size_t k = 0; k < x.size(); ++k) {
      EXPECT_NEAR(values[k], std::exp(-x[k]), 5e-16 * std::exp(-x[k])) << x[k];
    }
  }
}

TEST(VectorKernels, GaussianIsOneForEqualsAndZeroForTheFar) {
  for (const VectorKernels* kernels : tables()) {
    std::vector<double> values{2.0, 2.0 + 1e-15, -1e9, -1e250, -400.0};
    const std::vector<double> norms{2, 2, 2, 1e250, 0};
    kernels->gaussian(values.data(), norms.data(), 2, 1, values.size());
    EXPECT_EQ(values[0], 1);
    EXPECT_EQ(values[1], 1);  // rounding made the distance negative
    EXPECT_EQ(values[2], 0);
    EXPECT_EQ(values[3], 0);
    EXPECT_EQ(values[4], 0);  // below the smallest normal double's logarithm
  }
}

TEST(VectorKernels, UpdateAndSweepFindTheLastOfTheGreatest) {
  for (const std::size_t n : {1U, 3U, 4U, 7U, 64U, 101U}) {
    for (unsigned seed = 0; seed < 20; ++seed) {
      const auto a = random_values<float>(n, seed);
      const auto b = random_values<float>(n, seed + 100);
      auto start = random_values(n, seed + 200);
      if (seed % 2 == 0) std::fill(start.begin(), start.end(), 0.25);  // nothing but ties
      const double step = seed % 2 == 0 ? 0 : 0.5;
      const auto up = random_mask(n, seed + 300);
      const auto low = random_mask(n, seed + 400);
      std::vector<double> expected = start;
      SweepResult best{{-kInfinity, n}, -kInfinity};
      for (std::size_t k = 0; k < n; ++k) {
        expected[k] += static_cast<double>(a[k]) * step + static_cast<double>(b[k]) * -step;
        if (up[k] == 0 && -expected[k] >= best.up.value) best.up = {-expected[k], k};
        if (low[k] == 0) best.low = std::max(best.low, expected[k]);
      }
      for (const VectorKernels* kernels : tables()) {
        auto f = start;
        const auto updated =
            kernels->update(f.data(), a.data(), step, b.data(), -step, up.data(), low.data(), n);
        EXPECT_EQ(f, expected);
        const auto swept = kernels->sweep(f.data(), up.data(), low.data(), n);
        for (const SweepResult& found : {updated, swept}) {
          EXPECT_EQ(found.up.value, best.up.value);
          EXPECT_EQ(found.up.index, best.up.index) << n << ' ' << seed;
          EXPECT_EQ(found.low, best.low);
        }
      }
    }
  }
}

TEST(VectorKernels, SecondChoiceIsTheLastOfTheBest) {
  for (const std::size_t n : {1U, 5U, 16U, 37U, 200U}) {
    for (unsigned seed = 0; seed < 40; ++seed) {
      auto f = random_values(n, seed);
      auto row = random_values<float>(n, seed + 100, 0, 1);
      if (seed % 4 == 0) std::fill(row.begin(), row.end(), 1.0F);  // no curvature
      if (seed % 4 == 1) {                                         // ties
        for (std::size_t k = 0; k < n; ++k) f[k] = k % 2 == 0 ? 0.5 : -0.5, row[k] = 0.25F;
      }
      const auto low = random_mask(n, seed + 200);
      const double g_max = seed % 5 == 0 ? -2.0 : 0.125;  // -2: nothing to gain
      std::size_t expected = n;
      double best = -1;
      for (std::size_t k = 0; k < n; ++k) {
        const double g = g_max + f[k];
        if (low[k] != 0 || g <= 0) continue;
        const double curvature = 2.0 - 2.0 * static_cast<double>(row[k]);
        const double gain = g * g / (curvature > 0 ? curvature : 1e-12);
        if (gain >= best) best = gain, expected = k;
      }
      for (const VectorKernels* kernels : tables()) {
        EXPECT_EQ(kernels->second_choice(f.data(), row.data(), low.data(), g_max, n), expected);
      }
    }
  }
}

TEST(VectorKernels, AddsAndGathers) {
  for (const std::size_t n : {1U, 6U, 33U}) {
    const auto row = random_values<float>(n, 3);
    std::vector<unsigned> index(n);
    for (std::size_t k = 0; k < n; ++k) index[k] = static_cast<unsigned>((k * 5 + 2) % n);
    for (const VectorKernels* kernels : tables()) {
      auto f = random_values(n, 4);
      const auto before = f;
      std::vector<float> out(n);
      kernels->add_scaled(f.data(), row.data(), 0.7, n);
      kernels->gather(row.data(), index.data(), out.data(), n);
      for (std::size_t k = 0; k < n; ++k) {
        EXPECT_EQ(f[k], before[k] + static_cast<double>(row[k]) * 0.7);
        EXPECT_EQ(out[k], row[index[k]]);
      }
    }
  }
}

// The bits of a product depend on its two rows, not on what is computed beside them.
TEST(PackedRows, ProductsAreChainsOverTheFeatures) {
  for (const std::size_t count : {1U, 7U, 8U, 19U}) {
    const auto rows = random_matrix(count, 37, 5);
    const auto x = random_matrix(11, 37, 6);
    const PackedRows packed(rows.view());
    const std::size_t stride = packed.padded_count();
    std::vector<double> dots(11 * stride);
    packed.multiply(x.view(), dots.data(), stride);
    std::vector<double> one(stride);
    for (std::size_t r = 0; r < 11; ++r) {
      packed.multiply(x.view().rows_from(r, 1), one.data(), stride);
      for (std::size_t c = 0; c < count; ++c) {
        double sum = 0;
        for (std::size_t d = 0; d < 37; ++d) sum += x(r, d) * rows(c, d);
        EXPECT_EQ(dots[r * stride + c], sum) << r << ' ' << c;
        EXPECT_EQ(one[c], sum);
      }
      for (std::size_t c = count; c < stride; ++c) EXPECT_EQ(dots[r * stride + c], 0);
      EXPECT_EQ(squared_norm(x.row(r)), [&] {
        const PackedRows itself(x.view().rows_from(r, 1));
        std::vector<double> square(itself.padded_count());
        itself.multiply(x.view().rows_from(r, 1), square.data(), square.size());
        return square[0];
      }());
    }
  }
}

TEST(VectorKernels, AllTablesGiveTheSameBits) {
  const auto rows = random_matrix(9, 50, 7);
  const auto panel = random_values(50 * kPanelColumns, 8);
  std::vector<std::vector<double>> results;
  for (const VectorKernels* kernels : tables()) {
    std::vector<double> dots(9 * kPanelColumns);
    kernels->panel_dots(rows.data(), 50, 9, panel.data(), 50, dots.data(), kPanelColumns);
    const std::vector<double> norms(dots.size(), 40.0);
    kernels->gaussian(dots.data(), norms.data(), 30, 0.05, dots.size() - 1);
    results.push_back(dots);
  }
  EXPECT_EQ(results[0], results[1]);
}

}  // namespace
}  // namespace undertone::classifier
