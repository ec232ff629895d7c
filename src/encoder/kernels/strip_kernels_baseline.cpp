// The scalar products in every precision: the specification that the fast ones are tested against.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <type_traits>

#include "encoder/kernels/kernel_table_sets.hpp"
#include "tensor/float_formats.hpp"

namespace undertone::encoder {
namespace {

// Calls store(k, value) for each of a row's values, k rising to the end of its last lane.
template <class Value, class Convert>
void pack_row(const float* row, std::size_t k, Precision precision, const PackedRows& target,
              std::size_t index, Convert convert) {
  const std::size_t values = values_per_lane(precision);
  const std::size_t lanes = lanes_of(k, precision);
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    std::uint32_t* place = target.lanes +
                           (lane / kSliceLanes * target.capacity + index) * kSliceStride +
                           lane % kSliceLanes;
    Value parts[sizeof(std::uint32_t) / sizeof(Value)] = {};
    for (std::size_t i = 0; i < values && lane * values + i < k; ++i)
      parts[i] = convert(row[lane * values + i]);
    std::memcpy(place, parts, sizeof parts);
  }
}

void pack_f32(const RowPacking& p) {
  for (std::size_t r = 0; r < p.rows; ++r) {
    pack_row<float>(p.a + r * p.stride, p.k, Precision::kF32, p.target, r,
                    [](float value) { return value; });
  }
}

void pack_bf16(const RowPacking& p) {
  for (std::size_t r = 0; r < p.rows; ++r) {
    pack_row<std::uint16_t>(p.a + r * p.stride, p.k, Precision::kBf16, p.target, r,
                            tensor::bfloat16_from_float);
  }
}

void pack_int8(const RowPacking& p) {
  for (std::size_t r = 0; r < p.rows; ++r) {
    const float* row = p.a + r * p.stride;
    float low = 0.0F;
    float high = 0.0F;
    for (std::size_t i = 0; i < p.k; ++i) {
      low = row[i] < low ? row[i] : low;
      high = row[i] > high ? row[i] : high;
    }
    const float range = high - low;
    const float inverse = range > 0.0F ? 255.0F / range : 0.0F;
    float zero_point = std::nearbyint(-low * inverse);
    zero_point = zero_point > 0.0F ? zero_point : 0.0F;  // NaN becomes 0
    p.target.scales[r] = range / 255.0F;
    p.target.zero_points[r] = static_cast<std::int32_t>(zero_point);
    pack_row<std::uint8_t>(row, p.k, Precision::kInt8, p.target, r, [=](float value) {
      float byte = std::nearbyint(value * inverse) + zero_point;
      byte = byte > 0.0F ? byte : 0.0F;  // NaN becomes 0
      return static_cast<std::uint8_t>(byte < 255.0F ? byte : 255.0F);
    });
  }
}

// Adds the products of one lane of a and one of b.
template <Precision kPrecision, class Sum>
void add_products(std::uint32_t a, std::uint32_t b, Sum& sum) {
  if constexpr (kPrecision == Precision::kF32) {
    float x = 0.0F;
    float y = 0.0F;
    std::memcpy(&x, &a, sizeof x);
    std::memcpy(&y, &b, sizeof y);
    sum += x * y;
  } else if constexpr (kPrecision == Precision::kBf16) {
    for (const unsigned shift : {16U, 0U}) {
      sum += tensor::float_from_bfloat16(static_cast<std::uint16_t>(a >> shift)) *
             tensor::float_from_bfloat16(static_cast<std::uint16_t>(b >> shift));
    }
  } else {
    for (const unsigned shift : {0U, 8U, 16U, 24U}) {
      sum += static_cast<std::int32_t>(a >> shift & 0xFFU) *
             static_cast<std::int8_t>(b >> shift & 0xFFU);
    }
  }
}

template <Precision kPrecision>
void multiply(const StripProduct& p) {
  using Sum = std::conditional_t<kPrecision == Precision::kInt8, std::int32_t, float>;
  for (std::size_t first = 0; first < p.n; first += kPanelWidth) {
    const std::uint32_t* panel = p.panels + first * p.lanes;
    const std::size_t width = std::min(kPanelWidth, p.n - first);
    for (std::size_t r = 0; r < p.m; ++r) {
      Sum sums[kPanelWidth] = {};
      for (std::size_t lane = 0; lane < p.lanes; ++lane) {
        const std::uint32_t a =
            p.a.lanes[(lane / kSliceLanes * p.a.capacity + r) * kSliceStride + lane % kSliceLanes];
        for (std::size_t j = 0; j < kPanelWidth; ++j)
          add_products<kPrecision>(a, panel[lane * kPanelWidth + j], sums[j]);
      }
      float* c = p.c + r * p.c_stride + first;
      for (std::size_t j = 0; j < width; ++j) {
        float value = 0.0F;
        if constexpr (kPrecision == Precision::kInt8) {
          // Without sign, as no sum of a damaged file may overflow.
          const auto shift = static_cast<std::uint32_t>(p.a.zero_points[r]) *
                             static_cast<std::uint32_t>(p.column_sums[first + j]);
          value = static_cast<float>(
                      static_cast<std::int32_t>(static_cast<std::uint32_t>(sums[j]) - shift)) *
                  (p.a.scales[r] * p.column_scales[first + j]);
        } else {
          value = p.a.scales == nullptr ? sums[j] : sums[j] * p.a.scales[r];
        }
        if (p.bias != nullptr) value += p.bias[first + j];
        if (p.gelu) value = 0.5F * value * (1.0F + std::erf(value / std::numbers::sqrt2_v<float>));
        c[j] = p.accumulate ? c[j] + value : value;
      }
    }
  }
}

}  // namespace

StripKernels baseline_strip_kernels(Precision precision) {
  switch (precision) {
    case Precision::kF32:
      return {.strip_rows = 1, .pack = pack_f32, .multiply = multiply<Precision::kF32>};
    case Precision::kBf16:
      return {.strip_rows = 1, .pack = pack_bf16, .multiply = multiply<Precision::kBf16>};
    case Precision::kInt8:
      return {.strip_rows = 1, .pack = pack_int8, .multiply = multiply<Precision::kInt8>};
  }
  return {};
}

}  // namespace undertone::encoder
