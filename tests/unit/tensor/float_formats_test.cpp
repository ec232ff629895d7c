#include "tensor/float_formats.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <gtest/gtest.h>
#include <limits>

namespace undertone::tensor {
namespace {

// The definition of binary16, in double precision.
double half_by_definition(std::uint16_t half) {
  const int exponent = (half >> 10) & 0x1f;
  const int mantissa = half & 0x3ff;
  const double sign = (half & 0x8000) != 0 ? -1.0 : 1.0;
  if (exponent == 0x1f) {
    return mantissa == 0 ? sign * std::numeric_limits<double>::infinity()
                         : std::numeric_limits<double>::quiet_NaN();
  }
  if (exponent == 0) return sign * std::ldexp(mantissa, -24);
  return sign * std::ldexp(1024 + mantissa, exponent - 25);
}

bool is_half_nan(std::uint16_t half) { return (half & 0x7fff) > 0x7c00; }

TEST(Half, EveryValueWidensToItsDefinition) {
  for (std::uint32_t i = 0; i <= 0xffff; ++i) {
    const auto half = static_cast<std::uint16_t>(i);
    const float value = float_from_half(half);
    const double expected = half_by_definition(half);
    if (std::isnan(expected)) {
      ASSERT_TRUE(std::isnan(value)) << i;
    } else {
      ASSERT_EQ(static_cast<double>(value), expected) << i;
      ASSERT_EQ(std::signbit(value), std::signbit(expected)) << i;
    }
  }
}

TEST(Half, EveryValueSurvivesWideningAndNarrowing) {
  for (std::uint32_t i = 0; i <= 0xffff; ++i) {
    const auto half = static_cast<std::uint16_t>(i);
    const std::uint16_t back = half_from_float(float_from_half(half));
    if (is_half_nan(half)) {
      ASSERT_TRUE(is_half_nan(back)) << i;
    } else {
      ASSERT_EQ(back, half) << i;
    }
  }
}

// Between every two neighbours: just below the middle goes down, just above goes up, the middle
// goes to the even one.
TEST(Half, RoundsToNearestTiesToEven) {
  for (std::uint32_t i = 0; i < 0x7c00; ++i) {
    const auto low = static_cast<std::uint16_t>(i);
    const auto high = static_cast<std::uint16_t>(i + 1);
    const double above = i + 1 == 0x7c00 ? 65536.0 : half_by_definition(high);
    const auto middle = static_cast<float>((half_by_definition(low) + above) / 2);
    ASSERT_EQ(half_from_float(middle), (low & 1) == 0 ? low : high) << i;
    ASSERT_EQ(half_from_float(std::nextafter(middle, 0.0f)), low) << i;
    ASSERT_EQ(half_from_float(std::nextafter(middle, 1e30f)), high) << i;
    ASSERT_EQ(half_from_float(-middle), half_from_float(middle) | 0x8000) << i;
  }
}

TEST(Half, SpecialValues) {
  EXPECT_EQ(half_from_float(0.0f), 0);
  EXPECT_EQ(half_from_float(-0.0f), 0x8000);
  EXPECT_EQ(half_from_float(std::numeric_limits<float>::infinity()), 0x7c00);
  EXPECT_EQ(half_from_float(-std::numeric_limits<float>::max()), 0xfc00);
  EXPECT_EQ(half_from_float(std::numeric_limits<float>::denorm_min()), 0);
  EXPECT_TRUE(is_half_nan(half_from_float(std::numeric_limits<float>::quiet_NaN())));
  // A NaN whose payload lies only in the bits that are cut off.
  EXPECT_TRUE(is_half_nan(half_from_float(std::bit_cast<float>(0x7f800001u))));
}

TEST(Bfloat16, EveryValueSurvivesWideningAndNarrowing) {
  for (std::uint32_t i = 0; i <= 0xffff; ++i) {
    const auto bfloat16 = static_cast<std::uint16_t>(i);
    const float value = float_from_bfloat16(bfloat16);
    ASSERT_EQ(std::bit_cast<std::uint32_t>(value), i << 16);
    if (std::isnan(value)) {
      ASSERT_TRUE(std::isnan(float_from_bfloat16(bfloat16_from_float(value)))) << i;
    } else {
      ASSERT_EQ(bfloat16_from_float(value), bfloat16) << i;
    }
  }
}

TEST(Bfloat16, RoundsToNearestTiesToEven) {
  for (std::uint32_t i = 0; i < 0x7f80; ++i) {
    const std::uint32_t middle = (i << 16) | 0x8000u;
    ASSERT_EQ(bfloat16_from_float(std::bit_cast<float>(middle)), (i & 1) == 0 ? i : i + 1) << i;
    ASSERT_EQ(bfloat16_from_float(std::bit_cast<float>(middle - 1)), i) << i;
    ASSERT_EQ(bfloat16_from_float(std::bit_cast<float>(middle + 1)), i + 1) << i;
  }
  EXPECT_TRUE(
      std::isnan(float_from_bfloat16(bfloat16_from_float(std::bit_cast<float>(0x7f800001u)))));
}

}  // namespace
}  // namespace undertone::tensor
