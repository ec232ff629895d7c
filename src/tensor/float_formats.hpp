// The sixteen-bit float formats of checkpoints: IEEE 754 binary16 ("half") and bfloat16.
//
// Widening is exact. Narrowing rounds to nearest, ties to even; what is too large becomes infinite;
// a NaN stays a NaN (made quiet). Integer arithmetic and one float addition, so that a compiler can
// vectorise loops of them; nothing here depends on the flush-to-zero mode.
#pragma once

#include <bit>
#include <cstdint>

namespace undertone::tensor {

// After F. Giesen, "half_to_float_fast": move exponent and mantissa into place, add the difference
// of the biases, then correct infinities, NaNs and subnormals.
inline float float_from_half(std::uint16_t half) {
  constexpr std::uint32_t kExponent = 0x7c00u << 13;
  std::uint32_t bits = (half & 0x7fffu) << 13;
  const std::uint32_t exponent = bits & kExponent;
  bits += (127u - 15u) << 23;
  if (exponent == kExponent) {
    bits += (128u - 16u) << 23;
  } else if (exponent == 0) {
    // A subnormal: read it as 2^-14 * 1.mantissa and take the 1 away again.
    bits = std::bit_cast<std::uint32_t>(std::bit_cast<float>(bits + (1u << 23)) -
                                        std::bit_cast<float>(113u << 23));
  }
  return std::bit_cast<float>(bits | (half & 0x8000u) << 16);
}

inline std::uint16_t half_from_float(float value) {
  const std::uint32_t all = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (all >> 16) & 0x8000u;
  std::uint32_t bits = all & 0x7fffffffu;
  std::uint32_t half = 0;
  if (bits >= (127u + 16u) << 23) {  // 2^16 and more, infinite, NaN
    half = bits > 0x7f800000u ? 0x7e00u | ((bits >> 13) & 0x3ffu) : 0x7c00u;
  } else if (bits < (127u - 14u) << 23) {  // a subnormal half
    // Adding 2^-1 aligns the mantissa so that the adder rounds at the right bit.
    constexpr std::uint32_t kMagic = ((127u - 15u) + (23u - 10u) + 1u) << 23;
    half = std::bit_cast<std::uint32_t>(std::bit_cast<float>(bits) + std::bit_cast<float>(kMagic)) -
           kMagic;
  } else {
    const std::uint32_t odd = (bits >> 13) & 1u;
    bits -= (127u - 15u) << 23;
    half = (bits + 0xfffu + odd) >> 13;
  }
  return static_cast<std::uint16_t>(half | sign);
}

inline float float_from_bfloat16(std::uint16_t bfloat16) {
  return std::bit_cast<float>(std::uint32_t{bfloat16} << 16);
}

inline std::uint16_t bfloat16_from_float(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) {
    return static_cast<std::uint16_t>((bits >> 16) | 0x40u);
  }
  return static_cast<std::uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

}  // namespace undertone::tensor
