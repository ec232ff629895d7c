// Products of bfloat16: AVX-512 with BF16. Compiled alone with its flags; calls nothing inline from
// outside this file but intrinsics.

#include "encoder/kernels/avx512_strips.hpp"
#include "encoder/kernels/kernel_table_sets.hpp"

namespace undertone::encoder {
namespace {

// Two bfloat16 a lane.
struct Bfloat16Dot {
  using Value = float;
  using Vector = __m512;
  static Vector zero() { return _mm512_setzero_ps(); }
  static Vector load(const float* from) { return _mm512_load_ps(from); }
  static void store(float* to, Vector sum) { _mm512_store_ps(to, sum); }
  static Vector add(Vector sum, __m512i a, __m512i b) {
    return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(a), reinterpret_cast<__m512bh>(b));
  }
  static __m512 result(Vector sum, const StripProduct&, std::size_t, std::size_t, __mmask16) {
    return sum;
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
  }
}

}  // namespace

StripKernels avx512_bf16_strips() {
  return {.strip_rows = kStripRows, .pack = pack_rows, .multiply = multiply_strips<Bfloat16Dot>};
}

}  // namespace undertone::encoder
