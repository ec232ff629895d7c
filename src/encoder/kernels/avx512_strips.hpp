// The product of packed rows and panels on AVX-512, for any instruction that multiplies lanes. Only
// for files that are compiled with its flags; everything here is local to the file that includes
// it.
//
// Fourteen rows by two panels of sixteen columns are accumulated in 28 registers; a step over the
// lanes costs two loads of b, fourteen broadcasts of a and 28 multiplying instructions, which keeps
// both pipes busy. Slices of 128 lanes: those of two panels (16 KB) stay in the first-level cache
// while the block's rows pass by, and the block's slice (90 KB) and sums (170 KB) in the second.
#pragma once

#include <cstddef>
#include <immintrin.h>

#include "encoder/kernels/avx512_math.hpp"
#include "encoder/kernels/kernel_table.hpp"
#include "encoder/kernels/strip_kernels.hpp"

namespace undertone::encoder {
namespace {

constexpr std::size_t kStripRows = 14;
constexpr std::size_t kBlockRows = 12 * kStripRows;
constexpr std::size_t kGroupColumns = 16 * kPanelWidth;
static_assert(kPanelWidth == kWidth);

// With more strips than these to a block, the panels that come next are asked for into the
// first-level cache. With fewer they come in too quick a succession for its few open requests,
// which the multiplying loads then wait for: the second-level cache has more.
constexpr std::size_t kStripsToHideMemory = 8;

// Bytes of a block's rows that stay in a second-level cache of 1 MB beside the sums, from one group
// of columns to the next. What is more is asked for a slice ahead.
constexpr std::size_t kNearBytes = std::size_t{768} << 10;

inline std::size_t least(std::size_t a, std::size_t b) { return a < b ? a : b; }

// `Sums` is what a lane's products are added up in:
//   Value                              of a sum: float or int
//   Vector                             sixteen sums
//   static Vector zero(), load(const Value*)
//   static void store(Value*, Vector)
//   static __m512 result(Vector sum, const StripProduct&, row, column, mask)
// `Dot` is that and what multiplies lanes:
//   static Vector add(Vector sum, a, b) with a, b as __m512i: sum + a·b

struct FloatSums {
  using Value = float;
  using Vector = __m512;
  static Vector zero() { return _mm512_setzero_ps(); }
  static Vector load(const float* from) { return _mm512_load_ps(from); }
  static void store(float* to, Vector sum) { _mm512_store_ps(to, sum); }
  static __m512 result(Vector sum, const StripProduct& p, std::size_t row, std::size_t, __mmask16) {
    return p.a.scales == nullptr ? sum : _mm512_mul_ps(sum, _mm512_set1_ps(p.a.scales[row]));
  }
};

struct ByteSums {
  using Value = std::int32_t;
  using Vector = __m512i;
  static Vector zero() { return _mm512_setzero_si512(); }
  static Vector load(const std::int32_t* from) { return _mm512_load_si512(from); }
  static void store(std::int32_t* to, Vector sum) { _mm512_store_si512(to, sum); }
  static __m512 result(Vector sum, const StripProduct& p, std::size_t row, std::size_t column,
                       __mmask16 mask) {
    const __m512i offset =
        _mm512_mullo_epi32(_mm512_set1_epi32(p.a.zero_points[row]),
                           _mm512_maskz_loadu_epi32(mask, p.column_sums + column));
    const __m512 scale = _mm512_mul_ps(_mm512_set1_ps(p.a.scales[row]),
                                       _mm512_maskz_loadu_ps(mask, p.column_scales + column));
    return _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_sub_epi32(sum, offset)), scale);
  }
};

// rows: kRows rows, kSliceStride apart; panel: of the first panel, the next one is panel_stride
// behind it. sums: rows kGroupColumns apart, begun already (kContinue) or not.
template <class Dot, std::size_t kRows, std::size_t kPanels, bool kContinue>
void tile(const std::uint32_t* rows, const std::uint32_t* panel, std::size_t panel_stride,
          std::size_t depth, typename Dot::Value* sums) {
  typename Dot::Vector sum[kRows][kPanels];
#pragma GCC unroll 14
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (std::size_t p = 0; p < kPanels; ++p) {
      if constexpr (kContinue) {
        sum[r][p] = Dot::load(sums + r * kGroupColumns + p * kPanelWidth);
      } else {
        sum[r][p] = Dot::zero();
      }
    }
  }
  const std::uint32_t* next_panel = panel + panel_stride;
  for (std::size_t lane = 0; lane < depth; ++lane) {
    __m512i b[kPanels];
    b[0] = _mm512_load_si512(panel + lane * kPanelWidth);
    if constexpr (kPanels == 2) b[1] = _mm512_load_si512(next_panel + lane * kPanelWidth);
#pragma GCC unroll 14
    for (std::size_t r = 0; r < kRows; ++r) {
      const __m512i a = _mm512_set1_epi32(static_cast<int>(rows[r * kSliceStride + lane]));
#pragma GCC unroll 2
      for (std::size_t p = 0; p < kPanels; ++p) sum[r][p] = Dot::add(sum[r][p], a, b[p]);
    }
  }
#pragma GCC unroll 14
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (std::size_t p = 0; p < kPanels; ++p)
      Dot::store(sums + r * kGroupColumns + p * kPanelWidth, sum[r][p]);
  }
}

template <class Dot>
using Tile = void (*)(const std::uint32_t*, const std::uint32_t*, std::size_t, std::size_t,
                      typename Dot::Value*);

// By the number of rows, less one.
template <class Dot, std::size_t kPanels, bool kContinue>
constexpr Tile<Dot> kTiles[kStripRows] = {
    tile<Dot, 1, kPanels, kContinue>,  tile<Dot, 2, kPanels, kContinue>,
    tile<Dot, 3, kPanels, kContinue>,  tile<Dot, 4, kPanels, kContinue>,
    tile<Dot, 5, kPanels, kContinue>,  tile<Dot, 6, kPanels, kContinue>,
    tile<Dot, 7, kPanels, kContinue>,  tile<Dot, 8, kPanels, kContinue>,
    tile<Dot, 9, kPanels, kContinue>,  tile<Dot, 10, kPanels, kContinue>,
    tile<Dot, 11, kPanels, kContinue>, tile<Dot, 12, kPanels, kContinue>,
    tile<Dot, 13, kPanels, kContinue>, tile<Dot, 14, kPanels, kContinue>};

// The slices of two panels (or of one, twice), or nothing: depth 0.
struct PanelSlices {
  const std::uint32_t* first = nullptr;
  const std::uint32_t* second = nullptr;
  std::size_t depth = 0;
};

inline PanelSlices panel_slices(const std::uint32_t* panel, std::size_t panel_stride,
                                std::size_t columns, std::size_t depth) {
  return {panel, columns > kPanelWidth ? panel + panel_stride : panel, depth};
}

// Asks for part `part` of `parts`, so that it has come from memory when its turn comes.
template <auto kHint>
void prefetch_panels(const PanelSlices& slices, std::size_t part, std::size_t parts) {
  const std::size_t end = slices.depth * (part + 1) / parts;
  for (std::size_t lane = slices.depth * part / parts; lane < end; ++lane) {
    _mm_prefetch(reinterpret_cast<const char*>(slices.first + lane * kPanelWidth), kHint);
    _mm_prefetch(reinterpret_cast<const char*>(slices.second + lane * kPanelWidth), kHint);
  }
}

template <class Sums>
void finish_row(const typename Sums::Value* sums, const StripProduct& p, std::size_t row,
                std::size_t first_column, std::size_t columns) {
  float* c = p.c + row * p.c_stride + first_column;
  for_each_sixteen(columns, [&](std::size_t j, __mmask16 mask) {
    __m512 value = Sums::result(Sums::load(sums + j), p, row, first_column + j, mask);
    if (p.bias != nullptr) {
      value = _mm512_add_ps(value, _mm512_maskz_loadu_ps(mask, p.bias + first_column + j));
    }
    if (p.gelu) value = gelu(value);
    if (p.accumulate) value = _mm512_add_ps(_mm512_maskz_loadu_ps(mask, c + j), value);
    _mm512_mask_storeu_ps(c + j, mask, value);
  });
}

// Asks for part `part` of `parts` of packed rows that come later: the second-level cache is near
// enough.
inline void prefetch_rows(const std::uint32_t* rows, std::size_t count, std::size_t part,
                          std::size_t parts) {
  const std::size_t lines = count * kSliceStride / kWidth;
  for (std::size_t line = lines * part / parts; line < lines * (part + 1) / parts; ++line)
    _mm_prefetch(reinterpret_cast<const char*>(rows + line * kWidth), _MM_HINT_T1);
}

// What will be read after a slice.
struct Upcoming {
  PanelSlices panels{};
  const std::uint32_t* rows = nullptr;  // the same rows' slice, or null if it is near already
};

// Adds to the sums of a block what one slice of lanes contributes. slice: [rows], kSliceStride
// apart; panels: of the slice's first lane in the group's first panel.
template <class Dot>
void multiply_slice(const std::uint32_t* slice, std::size_t rows, const std::uint32_t* panels,
                    std::size_t panel_stride, std::size_t columns, std::size_t depth, bool begun,
                    const Upcoming& next, typename Dot::Value* sums) {
  constexpr std::size_t kStep = 2 * kPanelWidth;
  const std::size_t strips = (rows + kStripRows - 1) / kStripRows;
  const std::size_t steps = (columns + kStep - 1) / kStep;
  for (std::size_t column = 0; column < columns; column += kStep) {
    const std::uint32_t* panel = panels + column / kPanelWidth * panel_stride;
    const bool pair = column + kPanelWidth < columns;
    const PanelSlices upcoming =
        column + kStep < columns
            ? panel_slices(panel + 2 * panel_stride, panel_stride, columns - column - kStep, depth)
            : next.panels;
    const Tile<Dot>* tiles = begun ? (pair ? kTiles<Dot, 2, true> : kTiles<Dot, 1, true>)
                                   : (pair ? kTiles<Dot, 2, false> : kTiles<Dot, 1, false>);
    for (std::size_t strip = 0; strip < strips; ++strip) {
      if (strips > kStripsToHideMemory) {
        prefetch_panels<_MM_HINT_T0>(upcoming, strip, strips);
      } else {
        prefetch_panels<_MM_HINT_T1>(upcoming, strip, strips);
      }
      const std::size_t r = strip * kStripRows;
      const std::size_t height = least(kStripRows, rows - r);
      if (next.rows != nullptr)
        prefetch_rows(next.rows + r * kSliceStride, height, column / kStep, steps);
      tiles[height - 1](slice + r * kSliceStride, panel, panel_stride, depth,
                        sums + r * kGroupColumns + column);
    }
  }
}

// The row's part of slice `lane / kSliceLanes`.
inline std::uint32_t* slice_of(const PackedRows& packed, std::size_t row, std::size_t lane) {
  return packed.lanes + (lane / kSliceLanes * packed.capacity + row) * kSliceStride;
}

template <class Dot>
void multiply_strips(const StripProduct& p) {
  alignas(64) typename Dot::Value sums[kBlockRows * kGroupColumns];
  const std::size_t panel_stride = p.lanes * kPanelWidth;
  for (std::size_t row = 0; row < p.m; row += kBlockRows) {
    const std::size_t rows = least(kBlockRows, p.m - row);
    const bool far = rows * p.lanes * sizeof(std::uint32_t) > kNearBytes;
    for (std::size_t column = 0; column < p.n; column += kGroupColumns) {
      const std::uint32_t* group = p.panels + column * p.lanes;
      const std::size_t columns = least(kGroupColumns, p.n - column);
      for (std::size_t lane = 0; lane < p.lanes; lane += kSliceLanes) {
        const std::size_t next_lane = lane + kSliceLanes;
        Upcoming next;
        if (next_lane < p.lanes) {
          next.panels = panel_slices(group + next_lane * kPanelWidth, panel_stride, columns,
                                     least(kSliceLanes, p.lanes - next_lane));
          if (far) next.rows = slice_of(p.a, row, next_lane);
        } else if (column + kGroupColumns < p.n) {
          next.panels = panel_slices(group + kGroupColumns * p.lanes, panel_stride,
                                     p.n - column - kGroupColumns, least(kSliceLanes, p.lanes));
          if (far) next.rows = slice_of(p.a, row, 0);
        }
        multiply_slice<Dot>(slice_of(p.a, row, lane), rows, group + lane * kPanelWidth,
                            panel_stride, columns, least(kSliceLanes, p.lanes - lane), lane != 0,
                            next, sums);
      }
      for (std::size_t r = 0; r < rows; ++r)
        finish_row<Dot>(sums + r * kGroupColumns, p, row + r, column, columns);
    }
  }
}

// One float a lane.
struct FloatDot : FloatSums {
  static Vector add(Vector sum, __m512i a, __m512i b) {
    return _mm512_fmadd_ps(_mm512_castsi512_ps(a), _mm512_castsi512_ps(b), sum);
  }
};

// Clears what is left of the line of sixteen lanes in which a packed row ends: tiles read whole
// ones.
inline void clear_behind(const PackedRows& target, std::size_t row, std::size_t lanes_used) {
  const std::size_t used = lanes_used % kWidth;
  if (used == 0) return;
  std::uint32_t* line = slice_of(target, row, lanes_used) + lanes_used % kSliceLanes - used;
  _mm512_mask_storeu_epi32(line, static_cast<__mmask16>(0xFFFFU << used), _mm512_setzero_si512());
}

inline void pack_float_rows(const RowPacking& p) {
  for (std::size_t r = 0; r < p.rows; ++r) {
    const float* row = p.a + r * p.stride;
    for (std::size_t lane = 0; lane < p.k; lane += kSliceLanes) {
      auto* slice = reinterpret_cast<float*>(slice_of(p.target, r, lane));
      for_each_sixteen(least(kSliceLanes, p.k - lane), [&](std::size_t i, __mmask16 mask) {
        _mm512_storeu_ps(slice + i, _mm512_maskz_loadu_ps(mask, row + lane + i));
      });
    }
  }
}

}  // namespace
}  // namespace undertone::encoder
