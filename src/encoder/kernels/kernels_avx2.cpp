// The kernels for AVX2 and FMA. Compiled alone with those flags; calls nothing inline from outside
// this file but intrinsics, so that no AVX2 code can be picked by the linker for a function of the
// same name elsewhere.

#include <cstddef>
#include <immintrin.h>

#include "encoder/kernels/kernel_table_sets.hpp"
#include "encoder/kernels/vector_math_fits.hpp"

namespace undertone::encoder {
namespace {

// ---- vector functions
// -----------------------------------------------------------------------------------------------

template <std::size_t N>
inline __m256 horner(__m256 x, const float (&coefficients)[N]) {
  __m256 value = _mm256_set1_ps(coefficients[N - 1]);
  for (std::size_t i = N - 1; i-- > 0;)
    value = _mm256_fmadd_ps(value, x, _mm256_set1_ps(coefficients[i]));
  return value;
}

// x · P(x²)/Q(x²) on [-4, 4]; outside, erf is ±1 in single precision. |error| < 4e-7.
inline __m256 erf(__m256 x) {
  const __m256 limit = _mm256_set1_ps(4.0F);
  x = _mm256_max_ps(_mm256_min_ps(x, limit), _mm256_sub_ps(_mm256_setzero_ps(), limit));
  const __m256 square = _mm256_mul_ps(x, x);
  return _mm256_mul_ps(x, _mm256_div_ps(horner(square, kErfP), horner(square, kErfQ)));
}

inline __m256 gelu(__m256 x) {
  const __m256 half = _mm256_mul_ps(x, _mm256_set1_ps(0.5F));
  return _mm256_fmadd_ps(half, erf(_mm256_mul_ps(x, _mm256_set1_ps(0.70710678118654752F))), half);
}

// exp for x <= 0, as 2^i · 2^f with |f| <= 1/2; relative error < 3e-7 down to -87, below which the
// result is 0 or subnormal and rounded to 2^-126 at most.
inline __m256 exp_of_nonpositive(__m256 x) {
  x = _mm256_max_ps(x, _mm256_set1_ps(-87.0F));
  const __m256 whole = _mm256_round_ps(_mm256_mul_ps(x, _mm256_set1_ps(1.44269504088896341F)),
                                       _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  // x - whole·ln 2 in two steps, ln 2 split so that the first is exact; then to base 2 again.
  __m256 rest = _mm256_fnmadd_ps(whole, _mm256_set1_ps(0.693359375F), x);
  rest = _mm256_fnmadd_ps(whole, _mm256_set1_ps(-2.12194440e-4F), rest);
  const __m256 fraction = horner(_mm256_mul_ps(rest, _mm256_set1_ps(1.44269504088896341F)), kExp2);
  const __m256i exponent = _mm256_slli_epi32(_mm256_cvtps_epi32(whole), 23);
  return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(fraction), exponent));
}

inline float sum_of(__m256 x) {
  __m128 half = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
  half = _mm_add_ps(half, _mm_movehl_ps(half, half));
  return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}

inline float max_of(__m256 x) {
  __m128 half = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
  half = _mm_max_ps(half, _mm_movehl_ps(half, half));
  return _mm_cvtss_f32(_mm_max_ss(half, _mm_movehdup_ps(half)));
}

// The first `count` of eight lanes, for the ends of rows.
inline __m256i lanes(std::size_t count) {
  const __m256i index = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), index);
}

// Calls body(offset, mask) for each run of eight; the mask is full but for the last.
template <class Body>
inline void for_each_eight(std::size_t n, Body body) {
  std::size_t i = 0;
  const __m256i full = _mm256_set1_epi32(-1);
  for (; i + 8 <= n; i += 8) body(i, full);
  if (i < n) body(i, lanes(n - i));
}

void gelu_row(float* x, std::size_t n) {
  for_each_eight(n, [=](std::size_t i, __m256i mask) {
    _mm256_maskstore_ps(x + i, mask, gelu(_mm256_maskload_ps(x + i, mask)));
  });
}

void softmax(float* x, std::size_t n) {
  const __m256 lowest = _mm256_set1_ps(-3.4e38F);
  __m256 largest = lowest;
  for_each_eight(n, [&](std::size_t i, __m256i mask) {
    const __m256 value =
        _mm256_blendv_ps(lowest, _mm256_maskload_ps(x + i, mask), _mm256_castsi256_ps(mask));
    largest = _mm256_max_ps(largest, value);
  });
  const __m256 shift = _mm256_set1_ps(max_of(largest));
  __m256 sums = _mm256_setzero_ps();
  for_each_eight(n, [&](std::size_t i, __m256i mask) {
    const __m256 value = exp_of_nonpositive(_mm256_sub_ps(_mm256_maskload_ps(x + i, mask), shift));
    sums = _mm256_add_ps(sums, _mm256_and_ps(value, _mm256_castsi256_ps(mask)));
    _mm256_maskstore_ps(x + i, mask, value);
  });
  const __m256 scale = _mm256_set1_ps(1.0F / sum_of(sums));
  for_each_eight(n, [&](std::size_t i, __m256i mask) {
    _mm256_maskstore_ps(x + i, mask, _mm256_mul_ps(_mm256_maskload_ps(x + i, mask), scale));
  });
}

void layer_norm(const float* x, float* y, std::size_t n, const float* weight, const float* bias,
                float eps) {
  __m256 sums = _mm256_setzero_ps();
  for_each_eight(n, [&](std::size_t i, __m256i mask) {
    sums = _mm256_add_ps(sums, _mm256_maskload_ps(x + i, mask));
  });
  const float mean_value = sum_of(sums) / static_cast<float>(n);
  const __m256 mean = _mm256_set1_ps(mean_value);
  __m256 squares = _mm256_setzero_ps();
  for_each_eight(n, [&](std::size_t i, __m256i mask) {
    const __m256 centred = _mm256_and_ps(_mm256_sub_ps(_mm256_maskload_ps(x + i, mask), mean),
                                         _mm256_castsi256_ps(mask));
    squares = _mm256_fmadd_ps(centred, centred, squares);
  });
  const float variance = sum_of(squares) / static_cast<float>(n);
  const __m256 scale =
      _mm256_set1_ps(1.0F / _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(variance + eps))));
  for_each_eight(n, [&](std::size_t i, __m256i mask) {
    const __m256 centred =
        _mm256_mul_ps(_mm256_sub_ps(_mm256_maskload_ps(x + i, mask), mean), scale);
    _mm256_maskstore_ps(y + i, mask,
                        _mm256_fmadd_ps(centred, _mm256_maskload_ps(weight + i, mask),
                                        _mm256_maskload_ps(bias + i, mask)));
  });
}

void add(float* y, const float* x, std::size_t n) {
  for_each_eight(n, [=](std::size_t i, __m256i mask) {
    _mm256_maskstore_ps(
        y + i, mask,
        _mm256_add_ps(_mm256_maskload_ps(y + i, mask), _mm256_maskload_ps(x + i, mask)));
  });
}

void add_scaled(float* y, const float* x, std::size_t n, float scale) {
  const __m256 factor = _mm256_set1_ps(scale);
  for_each_eight(n, [=](std::size_t i, __m256i mask) {
    _mm256_maskstore_ps(
        y + i, mask,
        _mm256_fmadd_ps(_mm256_maskload_ps(x + i, mask), factor, _mm256_maskload_ps(y + i, mask)));
  });
}

void scale_shift(const float* x, float* y, std::size_t n, const float* scale, const float* shift) {
  for_each_eight(n, [=](std::size_t i, __m256i mask) {
    _mm256_maskstore_ps(
        y + i, mask,
        _mm256_fmadd_ps(_mm256_maskload_ps(x + i, mask), _mm256_maskload_ps(scale + i, mask),
                        _mm256_maskload_ps(shift + i, mask)));
  });
}

// ---- matrix product
// -------------------------------------------------------------------------------------------------
//
// Six rows by one panel of sixteen columns are accumulated in twelve registers; a step over k costs
// two loads of b, six broadcasts of a and twelve multiply-adds, which keeps both FMA pipes busy. a
// is copied into strips of six rows first, kDepth columns at a time, because rows a power of two
// apart would fight for the same cache sets. A strip (6 KB) and a panel's slice (16 KB) then stay
// in the first-level cache, and the block of strips in the second.

constexpr std::size_t kStripRows = 6;
constexpr std::size_t kDepth = 256;
constexpr std::size_t kBlockRows = 96;
constexpr std::size_t kGroupColumns = 32 * kPanelWidth;

inline std::size_t least(std::size_t a, std::size_t b) { return a < b ? a : b; }

// strip: [depth][6] of kRows valid rows; panel: [depth][16]. c: 16 columns, begun at `begin` (else
// zero).
template <std::size_t kRows, bool kContinue>
inline void tile(const float* strip, const float* panel, std::size_t depth, float* c,
                 std::size_t c_stride) {
  __m256 sums[kRows][2];
#pragma GCC unroll 6
  for (std::size_t r = 0; r < kRows; ++r) {
    if constexpr (kContinue) {
      sums[r][0] = _mm256_loadu_ps(c + r * c_stride);
      sums[r][1] = _mm256_loadu_ps(c + r * c_stride + 8);
    } else {
      sums[r][0] = _mm256_setzero_ps();
      sums[r][1] = _mm256_setzero_ps();
    }
  }
  for (std::size_t k = 0; k < depth; ++k) {
    const __m256 b0 = _mm256_load_ps(panel);
    const __m256 b1 = _mm256_load_ps(panel + 8);
#pragma GCC unroll 6
    for (std::size_t r = 0; r < kRows; ++r) {
      const __m256 value = _mm256_broadcast_ss(strip + r);
      sums[r][0] = _mm256_fmadd_ps(value, b0, sums[r][0]);
      sums[r][1] = _mm256_fmadd_ps(value, b1, sums[r][1]);
    }
    strip += kStripRows;
    panel += kPanelWidth;
  }
#pragma GCC unroll 6
  for (std::size_t r = 0; r < kRows; ++r) {
    _mm256_storeu_ps(c + r * c_stride, sums[r][0]);
    _mm256_storeu_ps(c + r * c_stride + 8, sums[r][1]);
  }
}

using Tile = void (*)(const float*, const float*, std::size_t, float*, std::size_t);
constexpr Tile kTiles[2][kStripRows] = {
    {tile<1, false>, tile<2, false>, tile<3, false>, tile<4, false>, tile<5, false>,
     tile<6, false>},
    {tile<1, true>, tile<2, true>, tile<3, true>, tile<4, true>, tile<5, true>, tile<6, true>}};

// Eight columns of six rows, one register a row, to eight groups of six floats. Each store writes
// two floats more, which the next one overwrites: the target needs two floats of slack.
inline void store_transposed(const __m256 (&row)[kStripRows], float* target) {
  const __m256 zero = _mm256_setzero_ps();
  const __m256 r01_low = _mm256_unpacklo_ps(row[0], row[1]);
  const __m256 r01_high = _mm256_unpackhi_ps(row[0], row[1]);
  const __m256 r23_low = _mm256_unpacklo_ps(row[2], row[3]);
  const __m256 r23_high = _mm256_unpackhi_ps(row[2], row[3]);
  const __m256 r45_low = _mm256_unpacklo_ps(row[4], row[5]);
  const __m256 r45_high = _mm256_unpackhi_ps(row[4], row[5]);
  // Column c of the lower four stands in the lower half of front[c] and back[c], column c + 4 in
  // the upper half.
  const __m256 front[4] = {
      _mm256_shuffle_ps(r01_low, r23_low, 0x44), _mm256_shuffle_ps(r01_low, r23_low, 0xEE),
      _mm256_shuffle_ps(r01_high, r23_high, 0x44), _mm256_shuffle_ps(r01_high, r23_high, 0xEE)};
  const __m256 back[4] = {
      _mm256_shuffle_ps(r45_low, zero, 0x44), _mm256_shuffle_ps(r45_low, zero, 0xEE),
      _mm256_shuffle_ps(r45_high, zero, 0x44), _mm256_shuffle_ps(r45_high, zero, 0xEE)};
#pragma GCC unroll 4
  for (std::size_t c = 0; c < 4; ++c) {
    _mm256_storeu_ps(target + c * kStripRows, _mm256_permute2f128_ps(front[c], back[c], 0x20));
  }
#pragma GCC unroll 4
  for (std::size_t c = 0; c < 4; ++c) {
    _mm256_storeu_ps(target + (c + 4) * kStripRows,
                     _mm256_permute2f128_ps(front[c], back[c], 0x31));
  }
}

// Copies `depth` columns of rows [0, rows) of a into strips [ceil(rows / 6)][depth][6] and two
// floats of slack. What stands in for missing rows is read by no tile.
void pack_strips(const float* a, std::size_t a_stride, std::size_t rows, std::size_t depth,
                 float* strips) {
  for (std::size_t first = 0; first < rows; first += kStripRows) {
    const float* source[kStripRows];
    for (std::size_t r = 0; r < kStripRows; ++r)
      source[r] = a + least(first + r, rows - 1) * a_stride;
    std::size_t k = 0;
    for (; k + 8 <= depth; k += 8) {
      __m256 row[kStripRows];
#pragma GCC unroll 6
      for (std::size_t r = 0; r < kStripRows; ++r) row[r] = _mm256_loadu_ps(source[r] + k);
      store_transposed(row, strips + k * kStripRows);
    }
    for (; k < depth; ++k) {
      for (std::size_t r = 0; r < kStripRows; ++r) strips[k * kStripRows + r] = source[r][k];
    }
    strips += depth * kStripRows;
  }
}

// c (16 wide, possibly fewer valid columns) = bias and activation applied to the finished sums.
inline void finish_row(const float* sums, float* c, std::size_t columns, const PanelProduct& p,
                       std::size_t first) {
  for_each_eight(columns, [&](std::size_t j, __m256i mask) {
    __m256 value = _mm256_maskload_ps(sums + j, mask);
    if (p.bias != nullptr)
      value = _mm256_add_ps(value, _mm256_maskload_ps(p.bias + first + j, mask));
    if (p.gelu) value = gelu(value);
    if (p.accumulate) value = _mm256_add_ps(value, _mm256_maskload_ps(c + j, mask));
    _mm256_maskstore_ps(c + j, mask, value);
  });
}

// Asks for part `part` of `parts` of the next slice of a panel, so that it has come from memory
// when its turn comes.
inline void prefetch_part(const float* slice, std::size_t depth, std::size_t part,
                          std::size_t parts) {
  const std::size_t end = depth * (part + 1) / parts;
  for (std::size_t k = depth * part / parts; k < end; ++k) {
    _mm_prefetch(reinterpret_cast<const char*>(slice + k * kPanelWidth), _MM_HINT_T0);
  }
}

void panel_product(const PanelProduct& p) {
  // Sums of one block of rows and a group of panels at a time, until all of k has been seen.
  alignas(64) float strips[kBlockRows * kDepth + 2];
  alignas(64) float sums[kBlockRows * kGroupColumns];

  for (std::size_t row = 0; row < p.m; row += kBlockRows) {
    const std::size_t rows = least(kBlockRows, p.m - row);
    const std::size_t strip_count = (rows + kStripRows - 1) / kStripRows;
    for (std::size_t column = 0; column < p.n; column += kGroupColumns) {
      const std::size_t columns = least(kGroupColumns, p.n - column);
      for (std::size_t k = 0; k < p.k; k += kDepth) {
        const std::size_t depth = least(kDepth, p.k - k);
        pack_strips(p.a + row * p.a_stride + k, p.a_stride, rows, depth, strips);
        for (std::size_t panel = 0; panel < columns; panel += kPanelWidth) {
          const float* b = p.panels + (column + panel) * p.k + k * kPanelWidth;
          const float* next = panel + kPanelWidth < columns ? b + kPanelWidth * p.k : b;
          for (std::size_t strip = 0; strip < strip_count; ++strip) {
            prefetch_part(next, depth, strip, strip_count);
            const std::size_t r = strip * kStripRows;
            const std::size_t count = least(kStripRows, rows - r);
            kTiles[k != 0][count - 1](strips + r * depth, b, depth,
                                      sums + r * kGroupColumns + panel, kGroupColumns);
          }
        }
      }
      for (std::size_t r = 0; r < rows; ++r) {
        finish_row(sums + r * kGroupColumns, p.c + (row + r) * p.c_stride + column, columns, p,
                   column);
      }
    }
  }
}

}  // namespace

KernelTable avx2_kernels() {
  return {.instruction_set = InstructionSet::kAvx2,
          .panel_product = panel_product,
          .gelu = gelu_row,
          .softmax = softmax,
          .layer_norm = layer_norm,
          .add = add,
          .add_scaled = add_scaled,
          .scale_shift = scale_shift};
}

}  // namespace undertone::encoder
