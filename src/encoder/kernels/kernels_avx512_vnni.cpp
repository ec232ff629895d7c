// Products of bytes: AVX-512 with VNNI. Compiled alone with its flags; calls nothing inline from
// outside this file but intrinsics.

#include "encoder/kernels/avx512_strips.hpp"
#include "encoder/kernels/kernel_table_sets.hpp"

namespace undertone::encoder {
namespace {

// Four bytes a lane: those of a without sign, those of b with. The instruction does not saturate
// between the four products.
struct ByteDot : ByteSums {
  static Vector add(Vector sum, __m512i a, __m512i b) { return _mm512_dpbusd_epi32(sum, a, b); }
};

void pack_rows(const RowPacking& p) {
  for (std::size_t r = 0; r < p.rows; ++r) {
    const float* row = p.a + r * p.stride;
    __m512 low = _mm512_setzero_ps();
    __m512 high = _mm512_setzero_ps();
    for_each_sixteen(p.k, [&](std::size_t i, __mmask16 mask) {
      const __m512 value = _mm512_maskz_loadu_ps(mask, row + i);
      low = _mm512_min_ps(value, low);  // of NaN: the second
      high = _mm512_max_ps(value, high);
    });
    const float lowest = _mm512_reduce_min_ps(low);
    const float range = _mm512_reduce_max_ps(high) - lowest;
    const __m512 inverse = _mm512_set1_ps(range > 0.0F ? 255.0F / range : 0.0F);
    constexpr int kNearest = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
    const __m512 zero_point = _mm512_max_ps(
        _mm512_roundscale_ps(_mm512_mul_ps(_mm512_set1_ps(-lowest), inverse), kNearest),
        _mm512_setzero_ps());
    p.target.scales[r] = range / 255.0F;
    p.target.zero_points[r] = static_cast<std::int32_t>(_mm512_cvtss_f32(zero_point));
    constexpr std::size_t kSliceValues = 4 * kSliceLanes;
    for (std::size_t first = 0; first < p.k; first += kSliceValues) {
      auto* slice = reinterpret_cast<std::uint8_t*>(slice_of(p.target, r, first / 4));
      for_each_sixteen(least(kSliceValues, p.k - first), [&](std::size_t i, __mmask16 mask) {
        const __m512 value = _mm512_maskz_loadu_ps(mask, row + first + i);
        const __m512 byte = _mm512_add_ps(
            _mm512_roundscale_ps(_mm512_mul_ps(value, inverse), kNearest), zero_point);
        const __m512 clamped =
            _mm512_min_ps(_mm512_max_ps(byte, _mm512_setzero_ps()), _mm512_set1_ps(255.0F));
        // What is behind the row's end must be zero to the end of its last lane.
        const __m512i whole = _mm512_maskz_cvtps_epi32(mask, clamped);
        _mm_storeu_si128(reinterpret_cast<__m128i*>(slice + i), _mm512_cvtepi32_epi8(whole));
      });
    }
    clear_behind(p.target, r, (p.k + 3) / 4);
  }
}

}  // namespace

StripKernels avx512_vnni_byte_strips() {
  return {.strip_rows = kStripRows, .pack = pack_rows, .multiply = multiply_strips<ByteDot>};
}

}  // namespace undertone::encoder
