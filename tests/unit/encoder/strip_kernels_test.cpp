// Products in reduced precision: the scalar kernels against double precision, the fast ones against
// the scalar ones.
#include "encoder/kernels/strip_kernels.hpp"

#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <limits>
#include <tuple>
#include <vector>

#include "encoder/kernels/matrix_product.hpp"
#include "support/expect_error.hpp"
#include "tensor/float_formats.hpp"
#include "tensor/matrix.hpp"
#include "unit/encoder/random_matrix.hpp"

namespace undertone::encoder {
namespace {

using tensor::AlignedBuffer;
using tensor::Matrix;

struct Shape {
  std::size_t m, k, n;
};

// Around every boundary: strips of 14 and 32, tiles of 16 rows and lanes, pairs of panels of 16,
// groups of 256, blocks of 168 and 512, lanes of two and four values, slices of 128 lanes, chunks
// of 504 and 512 rows.
constexpr Shape kShapes[] = {{1, 1, 1},      {5, 3, 2},      {14, 16, 16},   {15, 17, 33},
                             {16, 32, 31},   {17, 64, 49},   {29, 255, 17},  {32, 96, 64},
                             {33, 257, 32},  {49, 128, 100}, {169, 511, 48}, {12, 513, 257},
                             {100, 64, 300}, {13, 1027, 40}, {510, 9, 35},   {525, 300, 290}};

class ReducedPrecision : public testing::TestWithParam<std::tuple<Precision, InstructionSet>> {
 protected:
  void SetUp() override {
    if (isa() > usable_instruction_set()) GTEST_SKIP() << "not on this processor";
  }
  static Precision precision() { return std::get<0>(GetParam()); }
  static InstructionSet isa() { return std::get<1>(GetParam()); }
  static Matrix<float> product(const Matrix<float>& a, const Matrix<float>& weights,
                               InstructionSet isa, const Epilogue& epilogue,
                               const Matrix<float>& before, ThreadPool* pool = nullptr) {
    Matrix<float> c = before.clone();
    multiply(a.view(), *pack_transposed(weights.view(), ProductBackend::kNative, isa, precision()),
             c.view(), epilogue, pool);
    return c;
  }
};

float rounded_to_bfloat16(float value) {
  return tensor::float_from_bfloat16(tensor::bfloat16_from_float(value));
}

TEST_P(ReducedPrecision, ProductIsThatOfRoundedFactors) {
  for (const Shape& s : kShapes) {
    const Matrix<float> a = random_matrix(s.m, s.k, 1);
    const Matrix<float> weights = random_matrix(s.n, s.k, 2);
    const Matrix<float> c = product(a, weights, isa(), {}, {s.m, s.n});
    for (std::size_t r = 0; r < s.m; ++r) {
      double low = 0.0;
      double high = 0.0;
      for (const float value : a.row(r)) {
        low = std::fmin(low, static_cast<double>(value));
        high = std::fmax(high, static_cast<double>(value));
      }
      for (std::size_t j = 0; j < s.n; ++j) {
        double largest = 0.0;
        for (const float value : weights.row(j))
          largest = std::fmax(largest, std::fabs(static_cast<double>(value)));
        double exact = 0.0;
        double bound = 0.0;
        for (std::size_t k = 0; k < s.k; ++k) {
          const auto x = static_cast<double>(a(r, k));
          const auto w = static_cast<double>(weights(j, k));
          if (precision() == Precision::kBf16) {
            exact += static_cast<double>(rounded_to_bfloat16(a(r, k))) *
                     static_cast<double>(rounded_to_bfloat16(weights(j, k)));
            bound += std::fabs(x * w) * static_cast<double>(s.k) * std::ldexp(1.0, -23);
          } else {
            // Half a step each, and half a step of the zero point.
            exact += x * w;
            const double step_a = (high - low) / 255.0;
            const double step_w = largest / 127.0;
            bound += step_a * std::fabs(w) + 0.5 * step_w * std::fabs(x) + step_a * step_w;
          }
        }
        ASSERT_NEAR(c(r, j), exact, bound * 1.01 + 1e-6)
            << s.m << "x" << s.k << "x" << s.n << " at " << r << "," << j;
      }
    }
  }
}

TEST_P(ReducedPrecision, ProductIsTheScalarOne) {
  for (const Shape& s : kShapes) {
    const Matrix<float> a = random_matrix(s.m, s.k, 3);
    const Matrix<float> weights = random_matrix(s.n, s.k, 4);
    const Matrix<float> bias = random_matrix(1, s.n, 5);
    const Matrix<float> before = random_matrix(s.m, s.n, 6);
    for (const int mode : {0, 1, 2}) {
      const Epilogue epilogue{.bias = bias.row(0),
                              .activation = mode == 1 ? Activation::kGelu : Activation::kNone,
                              .accumulate = mode == 2};
      const Matrix<float> slow = product(a, weights, InstructionSet::kBaseline, epilogue, before);
      const Matrix<float> fast = product(a, weights, isa(), epilogue, before);
      const bool exact = precision() == Precision::kInt8 && mode != 1;
      for (std::size_t i = 0; i < s.m * s.n; ++i) {
        const float tolerance =
            exact ? 0.0F
                  : 1e-6F * std::fmax(1.0F, std::fabs(slow.data()[i])) +
                        (precision() == Precision::kBf16
                             ? std::ldexp(2.0F * static_cast<float>(s.k * s.k), -23)
                             : 0.0F);
        ASSERT_LE(std::fabs(slow.data()[i] - fast.data()[i]), tolerance)
            << s.m << "x" << s.k << "x" << s.n << " mode " << mode << " at " << i;
      }
    }
  }
}

TEST_P(ReducedPrecision, PackingIsTheScalarOneToTheBit) {
  for (const std::size_t k : {1U, 2U, 3U, 15U, 17U, 255U, 257U, 511U, 513U, 1030U}) {
    Matrix<float> a = random_matrix(7, k, 8);
    for (float& value : a.row(1)) value = std::fabs(value) + 3.0F;  // a range that holds no zero
    for (float& value : a.row(2)) value = 0.0F;
    for (float& value : a.row(3)) value = -std::fabs(value);
    a(4, k / 2) = 1e6F;
    a(5, k / 2) = std::numeric_limits<float>::infinity();
    a(6, k / 2) = std::numeric_limits<float>::quiet_NaN();
    struct Packed {
      AlignedBuffer<std::uint32_t> lanes;
      std::vector<float> scales = std::vector<float>(7);
      std::vector<std::int32_t> zero_points = std::vector<std::int32_t>(7);
    };
    Packed both[2];
    for (const int i : {0, 1}) {
      Packed& packed = both[i];
      packed.lanes.reserve_discarding(packed_lanes(7, k, precision()));
      strip_kernels_for(precision(), i == 0 ? InstructionSet::kBaseline : isa())
          .pack({.a = a.data(),
                 .stride = k,
                 .rows = 7,
                 .k = k,
                 .target = {packed.lanes.data(), 7, packed.scales.data(),
                            packed.zero_points.data()}});
    }
    for (std::size_t row = 0; row < 7; ++row) {
      for (std::size_t lane = 0; lane < lanes_of(k, precision()); ++lane) {
        const std::size_t at = (lane / kSliceLanes * 7 + row) * kSliceStride + lane % kSliceLanes;
        ASSERT_EQ(both[0].lanes[at], both[1].lanes[at]) << "k " << k << " row " << row;
      }
      if (precision() == Precision::kInt8) {
        ASSERT_EQ(0, std::memcmp(&both[0].scales[row], &both[1].scales[row], sizeof(float)));
        ASSERT_EQ(both[0].zero_points[row], both[1].zero_points[row]);
      }
    }
  }
}

TEST_P(ReducedPrecision, ProductIsTheSameToTheBitOnAnyNumberOfThreadsAndForAnyRowsBeside) {
  for (const Shape& s : kShapes) {
    const Matrix<float> a = random_matrix(s.m, s.k, 9);
    const auto packed = pack_transposed(random_matrix(s.n, s.k, 10).view(), ProductBackend::kNative,
                                        isa(), precision());
    Matrix<float> alone(s.m, s.n);
    multiply(a.view(), *packed, alone.view(), {}, nullptr);
    for (const unsigned threads : {2U, 3U}) {
      ThreadPool pool(threads);
      Matrix<float> shared(s.m, s.n);
      multiply(a.view(), *packed, shared.view(), {}, &pool);
      ASSERT_EQ(0, std::memcmp(alone.data(), shared.data(), s.m * s.n * sizeof(float)));
    }
    Matrix<float> last(1, s.n);
    multiply(a.view().rows_from(s.m - 1, 1), *packed, last.view(), {}, nullptr);
    ASSERT_EQ(0, std::memcmp(alone.row(s.m - 1).data(), last.data(), s.n * sizeof(float)));
  }
}

INSTANTIATE_TEST_SUITE_P(All, ReducedPrecision,
                         testing::Values(std::tuple{Precision::kBf16, InstructionSet::kBaseline},
                                         std::tuple{Precision::kBf16, InstructionSet::kAvx512Bf16},
                                         std::tuple{Precision::kBf16, InstructionSet::kAmx},
                                         std::tuple{Precision::kInt8, InstructionSet::kBaseline},
                                         std::tuple{Precision::kInt8, InstructionSet::kAvx512Vnni},
                                         std::tuple{Precision::kInt8, InstructionSet::kAmx}),
                         [](const auto& test) {
                           return fmt::format("{}_{}", to_string(std::get<0>(test.param)),
                                              to_string(std::get<1>(test.param)));
                         });

TEST(ReducedPrecisionOfBytes, SumsAtTheirLimitDoNotOverflowAndBeyondItIsRefused) {
  Matrix<float> a(1, kLargestInt8Depth);
  Matrix<float> weights(1, kLargestInt8Depth);
  std::fill(a.data(), a.data() + kLargestInt8Depth, 1.0F);
  std::fill(weights.data(), weights.data() + kLargestInt8Depth, 1.0F);
  for (const InstructionSet isa :
       {InstructionSet::kBaseline, InstructionSet::kAvx512Vnni, InstructionSet::kAmx}) {
    if (isa > usable_instruction_set()) continue;
    Matrix<float> c(1, 1);
    multiply(a.view(),
             *pack_transposed(weights.view(), ProductBackend::kNative, isa, Precision::kInt8),
             c.view(), {}, nullptr);
    EXPECT_NEAR(c(0, 0), 65536.0F, 0.1F);
  }
  const Matrix<float> wide(1, kLargestInt8Depth + 1);
  EXPECT_UNDERTONE_ERROR(pack_transposed(wide.view(), ProductBackend::kNative,
                                         InstructionSet::kBaseline, Precision::kInt8),
                         ErrorCode::kModelUnsupported, "65537");
}

}  // namespace
}  // namespace undertone::encoder
