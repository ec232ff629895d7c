// Products of rows and a matrix that are both in the order in which the multiplying instructions
// read them, in one of three precisions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "encoder/kernels/precision.hpp"

namespace undertone::encoder {

// The factors are made of lanes of 32 bits, each of so many values that follow one another along k:
// one float, two bfloat16, or four bytes. What is missing at the end of k is zero.
constexpr std::size_t values_per_lane(Precision precision) {
  return precision == Precision::kF32 ? 1 : precision == Precision::kBf16 ? 2 : 4;
}
constexpr std::size_t lanes_of(std::size_t k, Precision precision) {
  const std::size_t values = values_per_lane(precision);
  return (k + values - 1) / values;
}

// Rows are cut into slices of so many lanes, and each row of a slice takes so much room: the
// cache line between keeps rows off each other's cache sets.
inline constexpr std::size_t kSliceLanes = 128;
inline constexpr std::size_t kSliceStride = kSliceLanes + 16;

// The largest k whose sum of 8-bit products cannot leave 32 bits: 65,536 · 255 · 127 < 2³¹.
inline constexpr std::size_t kLargestInt8Depth = 65536;

// Rows of a [rows, k]. Row r of slice s begins at lanes + (s · capacity + r) · kSliceStride.
struct PackedRows {
  std::uint32_t* lanes = nullptr;  // 64-byte aligned, packed_lanes(capacity, k, precision) of them
  std::size_t capacity = 0;
  // [capacity] each. Of kInt8: value = scale · (byte - zero_point), bytes without sign. Of the
  // others: value = scale · what the lanes say, or no scales.
  float* scales = nullptr;
  std::int32_t* zero_points = nullptr;

  PackedRows from(std::size_t row) const {
    return {lanes + row * kSliceStride, capacity, scales == nullptr ? nullptr : scales + row,
            zero_points == nullptr ? nullptr : zero_points + row};
  }
};

// Rows and lanes that do not fill a tile are read with it, so behind the last row there is room for
// fifteen more.
constexpr std::size_t packed_lanes(std::size_t rows, std::size_t k, Precision precision) {
  const std::size_t slices = (lanes_of(k, precision) + kSliceLanes - 1) / kSliceLanes;
  return (slices * rows + 15) * kSliceStride;
}

struct RowPacking {
  const float* a = nullptr;  // [rows, k], row i at a + i * stride
  std::size_t stride = 0;
  std::size_t rows = 0;
  std::size_t k = 0;
  PackedRows target{};
};

struct StripProduct {
  PackedRows a{};  // as packed by the same kernels
  // b [k, n] in panels of sixteen columns: panel p holds columns 16p .. 16p + 15 as `lanes` rows of
  // sixteen lanes, the missing columns of the last one zero.
  const std::uint32_t* panels = nullptr;
  std::size_t m = 0;
  std::size_t n = 0;
  std::size_t lanes = 0;  // lanes_of(k)
  // Of kInt8, [n] each: b = scale · byte, bytes with sign; and the sum of a column's bytes.
  const float* column_scales = nullptr;
  const std::int32_t* column_sums = nullptr;
  float* c = nullptr;  // [m, n], row i at c + i * c_stride
  std::size_t c_stride = 0;
  const float* bias = nullptr;  // [n], or null
  bool accumulate = false;      // c += a·b + bias
  bool gelu = false;            // c = gelu(a·b + bias); not with accumulate
};

// The two steps of a product in one precision.
//
// kF32: a·b is one chain of multiply-adds over k in rising order.
//
// kBf16: values are rounded to the nearest bfloat16, ties to even. Products of two are exact in
// single precision; in which order and how they are added is the instruction's affair. For sums of
// k terms the result lies within k · 2⁻²³ · Σ|a·b| of the exact sum of the rounded values, apart
// from values and products below 2⁻¹²⁶, which the instructions take for zero.
//
// kInt8: a row's range, widened to hold 0, is mapped on 0 .. 255 (round to nearest, ties to even),
// and a·b = float(Σ bytes·bytes - zero_point · column_sum) · (row scale · column scale): every
// instruction set gives the same bits.
//
// Each element's bits depend on nothing but its row of a and its column of b.
struct StripKernels {
  // Rows that are multiplied together: m of a product is best a multiple.
  std::size_t strip_rows = 1;
  void (*pack)(const RowPacking& packing) = nullptr;
  void (*multiply)(const StripProduct& product) = nullptr;
};

// The fastest that the instruction set can run: those of an instruction, or the baseline's.
StripKernels strip_kernels_for(Precision precision, InstructionSet isa);

}  // namespace undertone::encoder
