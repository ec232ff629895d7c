// Products of bfloat16: AVX-512 with BF16. Compiled alone with its flags; calls nothing inline from
// outside this file but intrinsics.

#include "encoder/kernels/avx512_strips.hpp"
#include "encoder/kernels/kernel_table_sets.hpp"

namespace undertone::encoder {
namespace {

// Two bfloat16 a lane.
struct Bfloat16Dot : FloatSums {
  static Vector add(Vector sum, __m512i a, __m512i b) {
    return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(a), reinterpret_cast<__m512bh>(b));
  }
};

void pack_rows(const RowPacking& p) {
  constexpr std::size_t kSliceValues = 2 * kSliceLanes;
  for (std::size_t r = 0; r < p.rows; ++r) {
    const float* row = p.a + r * p.stride;
    for (std::size_t first = 0; first < p.k; first += kSliceValues) {
      auto* slice = reinterpret_cast<std::uint16_t*>(slice_of(p.target, r, first / 2));
      // What is behind the row's end must be zero to the end of its last lane.
      for_each_sixteen(least(kSliceValues, p.k - first), [&](std::size_t i, __mmask16 mask) {
        const __m512 value = _mm512_maskz_loadu_ps(mask, row + first + i);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(slice + i),
                            reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(value)));
      });
    }
    clear_behind(p.target, r, (p.k + 1) / 2);
  }
}

void pack_softmax(const RowPacking& p) {
  constexpr std::size_t kSliceValues = 2 * kSliceLanes;
  for (std::size_t r = 0; r < p.rows; ++r) {
    const float* row = p.a + r * p.stride;
    const __m512 shift = _mm512_set1_ps(largest_of(row, p.k));
    __m512 sums = _mm512_setzero_ps();
    for (std::size_t first = 0; first < p.k; first += kSliceValues) {
      auto* slice = reinterpret_cast<std::uint16_t*>(slice_of(p.target, r, first / 2));
      for_each_sixteen(least(kSliceValues, p.k - first), [&](std::size_t i, __mmask16 mask) {
        const __m512 logit = _mm512_maskz_loadu_ps(mask, row + first + i);
        const __m512 value =
            _mm512_maskz_mov_ps(mask, exp_of_nonpositive(_mm512_sub_ps(logit, shift)));
        sums = _mm512_add_ps(sums, value);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(slice + i),
                            reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(value)));
      });
    }
    clear_behind(p.target, r, (p.k + 1) / 2);
    p.target.scales[r] = 1.0F / _mm512_reduce_add_ps(sums);
  }
}

// The first sixteen values of 32 bits of each of sixteen registers become those of one register.
void transpose(__m512i (&row)[kWidth]) {
  __m512i by_two[kWidth];
#pragma GCC unroll 8
  for (std::size_t i = 0; i < kWidth; i += 2) {
    by_two[i] = _mm512_unpacklo_epi32(row[i], row[i + 1]);
    by_two[i + 1] = _mm512_unpackhi_epi32(row[i], row[i + 1]);
  }
  // Register 4 i + j: values j, j + 4, j + 8 and j + 12 of rows 4 i to 4 i + 3.
  __m512i by_four[kWidth];
#pragma GCC unroll 4
  for (std::size_t i = 0; i < kWidth; i += 4) {
    by_four[i] = _mm512_unpacklo_epi64(by_two[i], by_two[i + 2]);
    by_four[i + 1] = _mm512_unpackhi_epi64(by_two[i], by_two[i + 2]);
    by_four[i + 2] = _mm512_unpacklo_epi64(by_two[i + 1], by_two[i + 3]);
    by_four[i + 3] = _mm512_unpackhi_epi64(by_two[i + 1], by_two[i + 3]);
  }
#pragma GCC unroll 4
  for (std::size_t j = 0; j < 4; ++j) {
    const __m512i low_even = _mm512_shuffle_i32x4(by_four[j], by_four[4 + j], 0x88);
    const __m512i low_odd = _mm512_shuffle_i32x4(by_four[j], by_four[4 + j], 0xDD);
    const __m512i high_even = _mm512_shuffle_i32x4(by_four[8 + j], by_four[12 + j], 0x88);
    const __m512i high_odd = _mm512_shuffle_i32x4(by_four[8 + j], by_four[12 + j], 0xDD);
    row[j] = _mm512_shuffle_i32x4(low_even, high_even, 0x88);
    row[4 + j] = _mm512_shuffle_i32x4(low_odd, high_odd, 0x88);
    row[8 + j] = _mm512_shuffle_i32x4(low_even, high_even, 0xDD);
    row[12 + j] = _mm512_shuffle_i32x4(low_odd, high_odd, 0xDD);
  }
}

void pack_transposed(const PanelPacking& p) {
  const std::size_t depth = (p.k + 1) / 2;
  for (std::size_t first = 0; first < p.n; first += kPanelWidth) {
    std::uint32_t* panel = p.panels + first * depth;
    const std::size_t width = least(kPanelWidth, p.n - first);
    for (std::size_t lane = 0; lane < depth; lane += kWidth) {
      const std::size_t left = p.k - 2 * lane;
      const __mmask16 low = lanes(left);
      const __mmask16 high = left > kWidth ? lanes(left - kWidth) : lanes(0);
      __m512i row[kWidth];
#pragma GCC unroll 16
      for (std::size_t j = 0; j < kWidth; ++j) {
        const float* values = p.b + (first + least(j, width - 1)) * p.stride + 2 * lane;
        const bool there = j < width;
        row[j] = reinterpret_cast<__m512i>(
            _mm512_cvtne2ps_pbh(_mm512_maskz_loadu_ps(there ? high : lanes(0), values + kWidth),
                                _mm512_maskz_loadu_ps(there ? low : lanes(0), values)));
      }
      transpose(row);
      const std::size_t count = least(kWidth, depth - lane);
      for (std::size_t i = 0; i < count; ++i)
        _mm512_store_si512(panel + (lane + i) * kPanelWidth, row[i]);
    }
  }
}

void pack_panels(const PanelPacking& p) {
  const std::size_t depth = (p.k + 1) / 2;
  // Two rows of sixteen values, one behind the other, to pairs.
  alignas(64) std::uint16_t order[2 * kWidth];
  for (std::size_t i = 0; i < kWidth; ++i) {
    order[2 * i] = static_cast<std::uint16_t>(i);
    order[2 * i + 1] = static_cast<std::uint16_t>(kWidth + i);
  }
  const __m512i pairs = _mm512_load_si512(order);
  for (std::size_t lane = 0; lane < depth; ++lane) {
    const float* row = p.b + 2 * lane * p.stride;
    const bool two = 2 * lane + 1 < p.k;
    for_each_sixteen(p.n, [&](std::size_t column, __mmask16 mask) {
      const __m512 first = _mm512_maskz_loadu_ps(mask, row + column);
      const __m512 second =
          two ? _mm512_maskz_loadu_ps(mask, row + p.stride + column) : _mm512_setzero_ps();
      const auto both = reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(second, first));
      _mm512_store_si512(p.panels + column * depth + lane * kPanelWidth,
                         _mm512_permutexvar_epi16(pairs, both));
    });
  }
}

}  // namespace

StripKernels avx512_bf16_strips() {
  return {.strip_rows = kStripRows, .pack = pack_rows, .multiply = multiply_strips<Bfloat16Dot>};
}

AttentionPacking avx512_bf16_attention_packing() {
  return {.keys = pack_transposed, .values = pack_panels, .softmax = pack_softmax};
}

}  // namespace undertone::encoder
