// One head of attention against double precision, in both precisions, with every kernel; the
// packing of its factors against the scalar one.
#include "encoder/head_attention.hpp"

#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <tuple>
#include <vector>

#include "encoder/kernels/kernel_table.hpp"
#include "tensor/float_formats.hpp"
#include "tensor/matrix.hpp"
#include "unit/encoder/random_matrix.hpp"

namespace undertone::encoder {
namespace {

using tensor::AlignedBuffer;
using tensor::Matrix;
using tensor::MatrixView;

// Queries, keys and values side by side, as the encoder has them.
struct Input {
  std::size_t frames;
  std::size_t width;
  Matrix<float> projected;
  Matrix<float> bias;
  Matrix<float> gates;

  Input(std::size_t frame_count, std::size_t head_width)
      : frames(frame_count),
        width(head_width),
        projected(random_matrix(frame_count, 3 * head_width, 1)),
        bias(random_matrix(1, 2 * frame_count - 1, 2)),
        gates(random_matrix(1, frame_count, 3)) {
    for (std::size_t i = 0; i < frames; ++i) {
      for (std::size_t j = 0; j < width; ++j)
        projected(i, j) /= std::sqrt(static_cast<float>(width));
    }
  }

  MatrixView<const float> part(std::size_t index) const {
    return {projected.data() + index * width, frames, width, 3 * width};
  }
  double at(std::size_t index, std::size_t frame, std::size_t i) const {
    return static_cast<double>(projected(frame, index * width + i));
  }
};

Matrix<float> context_of(const Input& input, Precision precision, InstructionSet isa, bool biased) {
  const HeadAttention attention(precision, isa, input.width);
  AlignedBuffer<float> scratch(attention.scratch_floats(input.frames));
  // What is there from before must not matter.
  for (float& value : scratch.span()) value = std::nanf("");
  Matrix<float> context(input.frames, input.width);
  SharedProfileSection untimed(nullptr);
  SharedProfileSection::Laps clock(untimed);
  attention.apply(kernels_for(isa),
                  {.queries = input.part(0),
                   .keys = input.part(1),
                   .values = input.part(2),
                   .context = context.view(),
                   .bias = biased ? input.bias.data() : nullptr,
                   .gates = biased ? input.gates.data() : nullptr},
                  scratch.data(), clock);
  return context;
}

class Attention : public testing::TestWithParam<std::tuple<Precision, InstructionSet>> {
 protected:
  void SetUp() override {
    if (isa() > usable_instruction_set()) GTEST_SKIP() << "not on this processor";
  }
  static Precision precision() { return std::get<0>(GetParam()); }
  static InstructionSet isa() { return std::get<1>(GetParam()); }
};

// Rounding a factor changes it by 2⁻⁹ of itself at most. So a logit is off by 2⁻⁸ of the sum of its
// products' sizes, a weight by what its logit and the sum over the row are off by and by its own
// rounding, and a value by its own.
TEST_P(Attention, IsSoftmaxOfQueriesTimesKeysTimesValues) {
  const double rounding = precision() == Precision::kF32 ? 0.0 : std::ldexp(1.0, -9);
  for (const std::size_t frames : {1U, 2U, 15U, 16U, 33U, 97U, 131U, 290U}) {
    for (const std::size_t width : {1U, 5U, 16U, 33U, 64U, 80U}) {
      const Input input(frames, width);
      for (const bool biased : {false, true}) {
        const Matrix<float> context = context_of(input, precision(), isa(), biased);
        for (std::size_t q = 0; q < frames; ++q) {
          std::vector<double> weights(frames);
          double largest = -1e300;
          double logit_error = 0.0;
          for (std::size_t key = 0; key < frames; ++key) {
            double size = 0.0;
            for (std::size_t i = 0; i < width; ++i) {
              const double product = input.at(0, q, i) * input.at(1, key, i);
              weights[key] += product;
              size += std::fabs(product);
            }
            if (biased) {
              weights[key] += static_cast<double>(input.bias.data()[frames - 1 + key - q]) *
                              static_cast<double>(input.gates.data()[q]);
            }
            largest = std::fmax(largest, weights[key]);
            logit_error = std::fmax(logit_error, 2.0 * rounding * size);
          }
          double sum = 0.0;
          for (double& weight : weights) {
            weight = std::exp(weight - largest);
            sum += weight;
          }
          for (std::size_t i = 0; i < width; ++i) {
            double exact = 0.0;
            double size = 0.0;
            for (std::size_t key = 0; key < frames; ++key) {
              exact += weights[key] / sum * input.at(2, key, i);
              size += weights[key] / sum * std::fabs(input.at(2, key, i));
            }
            const double bound =
                size * (std::exp(2.0 * logit_error) * (1.0 + 2.0 * rounding) - 1.0);
            ASSERT_NEAR(static_cast<double>(context(q, i)), exact, 1.02 * bound + 2e-5)
                << frames << " frames of " << width << " at " << q << "," << i
                << (biased ? " with bias" : "");
          }
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Attention,
                         testing::Values(std::tuple{Precision::kF32, InstructionSet::kBaseline},
                                         std::tuple{Precision::kF32, InstructionSet::kAvx2},
                                         std::tuple{Precision::kF32, InstructionSet::kAvx512},
                                         std::tuple{Precision::kBf16, InstructionSet::kBaseline},
                                         std::tuple{Precision::kBf16, InstructionSet::kAvx512Bf16},
                                         std::tuple{Precision::kBf16, InstructionSet::kAmx}),
                         [](const auto& test) {
                           return fmt::format("{}_{}", to_string(std::get<0>(test.param)),
                                              to_string(std::get<1>(test.param)));
                         });

TEST(AttentionFactors, ArePackedAsByTheScalarLoops) {
  const InstructionSet isa = usable_instruction_set();
  if (isa < InstructionSet::kAvx512Bf16) GTEST_SKIP() << "not on this processor";
  const AttentionPacking slow = attention_packing_for(InstructionSet::kBaseline);
  const AttentionPacking fast = attention_packing_for(isa);
  for (const std::size_t k : {1U, 2U, 15U, 31U, 32U, 33U, 64U, 257U, 300U}) {
    for (const std::size_t n : {1U, 15U, 16U, 17U, 40U}) {
      const Matrix<float> b = random_matrix(k, n, 4);
      const Matrix<float> transposed = random_matrix(n, k, 5);
      const std::size_t lanes = (n + 15) / 16 * 16 * lanes_of(k, Precision::kBf16);
      for (const bool keys : {false, true}) {
        AlignedBuffer<std::uint32_t> both[2];
        for (const int i : {0, 1}) {
          both[i].reserve_discarding(lanes);
          std::memset(both[i].data(), 0xFF, lanes * sizeof(std::uint32_t));
          const AttentionPacking& packing = i == 0 ? slow : fast;
          (keys ? packing.keys : packing.values)({.b = keys ? transposed.data() : b.data(),
                                                  .stride = keys ? k : n,
                                                  .k = k,
                                                  .n = n,
                                                  .panels = both[i].data()});
        }
        ASSERT_EQ(0, std::memcmp(both[0].data(), both[1].data(), lanes * sizeof(std::uint32_t)))
            << (keys ? "keys " : "values ") << k << "x" << n;
      }
    }
  }
  for (const std::size_t k : {1U, 2U, 15U, 33U, 255U, 257U, 1030U}) {
    const Matrix<float> logits = random_matrix(3, k, 6);
    AlignedBuffer<std::uint32_t> lanes[2];
    float scales[2][3] = {};
    for (const int i : {0, 1}) {
      lanes[i].reserve_discarding(packed_lanes(3, k, Precision::kBf16));
      (i == 0 ? slow : fast)
          .softmax({.a = logits.data(),
                    .stride = k,
                    .rows = 3,
                    .k = k,
                    .target = {.lanes = lanes[i].data(), .capacity = 3, .scales = scales[i]}});
    }
    for (std::size_t row = 0; row < 3; ++row) {
      ASSERT_NEAR(scales[0][row], scales[1][row], 1e-5F * scales[0][row]) << k;
      for (std::size_t i = 0; i < 2 * lanes_of(k, Precision::kBf16); ++i) {
        const auto value = [&](int which) {
          const std::uint32_t lane =
              lanes[which][(i / 2 / kSliceLanes * 3 + row) * kSliceStride + i / 2 % kSliceLanes];
          return tensor::float_from_bfloat16(static_cast<std::uint16_t>(lane >> 16 * (i % 2)));
        };
        // The exponentials differ in their last bits, which may decide how one is rounded.
        ASSERT_NEAR(value(0), value(1), std::ldexp(value(0), -7)) << k << " at " << i;
      }
    }
  }
}

}  // namespace
}  // namespace undertone::encoder
