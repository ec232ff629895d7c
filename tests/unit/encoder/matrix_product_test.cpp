#include "encoder/kernels/matrix_product.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <random>
#include <vector>

#include "encoder/kernels/kernel_table.hpp"
#include "encoder/kernels/panels.hpp"
#include "support/expect_error.hpp"

namespace undertone::encoder {
namespace {

using tensor::Matrix;
using tensor::MatrixView;

Matrix<float> random_matrix(std::size_t rows, std::size_t cols, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  Matrix<float> matrix(rows, cols);
  for (std::size_t i = 0; i < rows * cols; ++i) matrix.data()[i] = normal(generator);
  return matrix;
}

struct Engine {
  const char* name;
  InstructionSet isa;
  ProductBackend backend;
};

class Products : public testing::TestWithParam<Engine> {
 protected:
  void SetUp() override {
    if (GetParam().isa > usable_instruction_set()) GTEST_SKIP() << "not on this processor";
    if (!has_backend(GetParam().backend)) GTEST_SKIP() << "built without it";
  }
  std::unique_ptr<const PackedMatrix> pack(const Matrix<float>& weights) const {
    return pack_transposed(weights.view(), GetParam().backend, GetParam().isa);
  }
};

struct Shape {
  std::size_t m, k, n;
};

// Around every boundary: strips of 6 and 14, panels of 16 and pairs of them, groups of 256, blocks
// of 32, 96 and 168, depths of 256, chunks of 504 rows.
constexpr Shape kShapes[] = {{1, 1, 1},      {5, 3, 2},      {6, 16, 16},   {7, 17, 15},
                             {31, 255, 17},  {33, 256, 33},  {97, 257, 48}, {12, 513, 257},
                             {100, 40, 300}, {191, 64, 272}, {510, 9, 35},  {28, 1030, 530}};

double exact_element(MatrixView<const float> a, const Matrix<float>& weights, std::size_t r,
                     std::size_t c) {
  double sum = 0.0;
  for (std::size_t k = 0; k < a.cols(); ++k) {
    sum += static_cast<double>(a(r, k)) * static_cast<double>(weights(c, k));
  }
  return sum;
}

TEST_P(Products, AgreeWithDoublePrecisionForEveryEpilogue) {
  for (const Shape& s : kShapes) {
    const Matrix<float> a = random_matrix(s.m, s.k, 1);
    const Matrix<float> weights = random_matrix(s.n, s.k, 2);
    const Matrix<float> bias = random_matrix(1, s.n, 3);
    const Matrix<float> before = random_matrix(s.m, s.n, 4);
    const auto packed = pack(weights);
    EXPECT_EQ(packed->rows(), s.k);
    EXPECT_EQ(packed->cols(), s.n);
    for (const bool with_bias : {false, true}) {
      for (const int mode : {0, 1, 2}) {
        Matrix<float> c = before.clone();
        Epilogue epilogue{.activation = mode == 1 ? Activation::kGelu : Activation::kNone,
                          .accumulate = mode == 2};
        if (with_bias) epilogue.bias = bias.row(0);
        multiply(a.view(), *packed, c.view(), epilogue, nullptr);
        const double tolerance = 3e-6 * std::sqrt(static_cast<double>(s.k)) + 2e-6;
        for (std::size_t r = 0; r < s.m; ++r) {
          for (std::size_t j = 0; j < s.n; ++j) {
            double value = exact_element(a.view(), weights, r, j);
            if (with_bias) value += static_cast<double>(bias(0, j));
            if (mode == 1) value *= 0.5 * std::erfc(-value / std::sqrt(2.0));
            if (mode == 2) value += static_cast<double>(before(r, j));
            ASSERT_NEAR(c(r, j), value, tolerance * (1.0 + std::fabs(value)))
                << s.m << "x" << s.k << "x" << s.n << " mode " << mode << " at " << r << "," << j;
          }
        }
      }
    }
  }
}

TEST_P(Products, AreTheSameToTheBitOnAnyNumberOfThreads) {
  for (const Shape& s : kShapes) {
    const Matrix<float> a = random_matrix(s.m, s.k, 5);
    const auto packed = pack(random_matrix(s.n, s.k, 6));
    Matrix<float> alone(s.m, s.n);
    multiply(a.view(), *packed, alone.view(), {}, nullptr);
    for (const unsigned threads : {2U, 3U, 7U}) {
      ThreadPool pool(threads);
      Matrix<float> shared(s.m, s.n);
      multiply(a.view(), *packed, shared.view(), {}, &pool);
      ASSERT_EQ(0, std::memcmp(alone.data(), shared.data(), s.m * s.n * sizeof(float)))
          << s.m << "x" << s.k << "x" << s.n << " on " << threads;
    }
  }
}

TEST_P(Products, ReadOverlappingRowsAndWriteOnlyTheirOwnColumns) {
  constexpr std::size_t kHop = 5;
  constexpr std::size_t kWindow = 12;
  constexpr std::size_t kCount = 40;
  const Matrix<float> signal = random_matrix(1, kHop * kCount + kWindow, 7);
  const MatrixView<const float> windows(signal.data(), kCount, kWindow, kHop);
  const Matrix<float> weights = random_matrix(10, kWindow, 8);
  Matrix<float> wide(kCount, 14);
  std::fill(wide.data(), wide.data() + kCount * 14, 7.0F);
  multiply(windows, *pack(weights), MatrixView<float>(wide.data() + 2, kCount, 10, 14), {},
           nullptr);
  for (std::size_t r = 0; r < kCount; ++r) {
    for (const std::size_t c : {0U, 1U, 12U, 13U}) EXPECT_EQ(wide(r, c), 7.0F);
    for (std::size_t c = 0; c < 10; ++c)
      EXPECT_NEAR(wide(r, c + 2), exact_element(windows, weights, r, c), 1e-5);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, Products,
    testing::Values(Engine{"baseline", InstructionSet::kBaseline, ProductBackend::kNative},
                    Engine{"avx2", InstructionSet::kAvx2, ProductBackend::kNative},
                    Engine{"avx512", InstructionSet::kAvx512, ProductBackend::kNative},
                    Engine{"onednn", InstructionSet::kBaseline, ProductBackend::kOneDnn}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Panels, BothPackingsHoldTheSameMatrix) {
  for (const Shape& s : kShapes) {
    const Matrix<float> b = random_matrix(s.k, s.n, 9);
    Matrix<float> transposed(s.n, s.k);
    for (std::size_t r = 0; r < s.k; ++r) {
      for (std::size_t c = 0; c < s.n; ++c) transposed(c, r) = b(r, c);
    }
    Matrix<float> packed(1, panel_floats(s.k, s.n));
    Matrix<float> packed_transposed(1, panel_floats(s.k, s.n));
    std::fill(packed_transposed.data(), packed_transposed.data() + packed_transposed.cols(), 9.0F);
    pack_panels(b.view(), packed.data());
    pack_transposed_panels(transposed.view(), packed_transposed.data());
    EXPECT_EQ(0,
              std::memcmp(packed.data(), packed_transposed.data(), packed.cols() * sizeof(float)));
    EXPECT_EQ(packed(0, (s.n - 1) / kPanelWidth * kPanelWidth * s.k + (s.n - 1) % kPanelWidth),
              b(0, s.n - 1));
  }
}

TEST(PreferredBackend, IsNativeFromAvx2OnAndCanBeForced) {
  EXPECT_EQ(preferred_backend(InstructionSet::kAvx2), ProductBackend::kNative);
  EXPECT_EQ(preferred_backend(InstructionSet::kAvx512), ProductBackend::kNative);
  EXPECT_EQ(preferred_backend(InstructionSet::kBaseline), has_backend(ProductBackend::kOneDnn)
                                                              ? ProductBackend::kOneDnn
                                                              : ProductBackend::kNative);
  setenv("UNDERTONE_BACKEND", "onednn", 1);
  EXPECT_EQ(preferred_backend(InstructionSet::kAvx2), ProductBackend::kOneDnn);
  setenv("UNDERTONE_BACKEND", "abacus", 1);
  EXPECT_UNDERTONE_ERROR(preferred_backend(InstructionSet::kAvx2), ErrorCode::kInvalidArgument,
                         "abacus");
  unsetenv("UNDERTONE_BACKEND");
}

}  // namespace
}  // namespace undertone::encoder
