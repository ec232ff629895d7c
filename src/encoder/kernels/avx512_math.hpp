// Vector functions for AVX-512. Only for files that are compiled with its flags: everything here is
// local to the file that includes it, so that the linker cannot pick this code for a function of
// the same name elsewhere.
#pragma once

#include <cstddef>
#include <immintrin.h>

#include "encoder/kernels/vector_math_fits.hpp"

namespace undertone::encoder {
namespace {

constexpr std::size_t kWidth = 16;

// The first `count` of sixteen lanes.
inline __mmask16 lanes(std::size_t count) {
  return static_cast<__mmask16>(count >= kWidth ? 0xFFFFU : (1U << count) - 1U);
}

// Calls body(offset, mask) for each run of sixteen; the mask is full but for the last.
template <class Body>
inline void for_each_sixteen(std::size_t n, Body body) {
  std::size_t i = 0;
  for (; i + kWidth <= n; i += kWidth) body(i, static_cast<__mmask16>(0xFFFFU));
  if (i < n) body(i, lanes(n - i));
}

template <std::size_t N>
inline __m512 horner(__m512 x, const float (&coefficients)[N]) {
  __m512 value = _mm512_set1_ps(coefficients[N - 1]);
  for (std::size_t i = N - 1; i-- > 0;)
    value = _mm512_fmadd_ps(value, x, _mm512_set1_ps(coefficients[i]));
  return value;
}

// x · P(x²)/Q(x²) on [-4, 4]; outside, erf is ±1 in single precision. |error| < 4e-7.
inline __m512 erf(__m512 x) {
  const __m512 limit = _mm512_set1_ps(4.0F);
  x = _mm512_max_ps(_mm512_min_ps(x, limit), _mm512_sub_ps(_mm512_setzero_ps(), limit));
  const __m512 square = _mm512_mul_ps(x, x);
  return _mm512_mul_ps(x, _mm512_div_ps(horner(square, kErfP), horner(square, kErfQ)));
}

inline __m512 gelu(__m512 x) {
  const __m512 half = _mm512_mul_ps(x, _mm512_set1_ps(0.5F));
  return _mm512_fmadd_ps(half, erf(_mm512_mul_ps(x, _mm512_set1_ps(0.70710678118654752F))), half);
}

// exp for x <= 0, as 2^i · 2^f with |f| <= 1/2; relative error < 3e-7 down to -87, below which the
// result is that of -87.
inline __m512 exp_of_nonpositive(__m512 x) {
  x = _mm512_max_ps(x, _mm512_set1_ps(-87.0F));
  const __m512 whole = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(1.44269504088896341F)),
                                            _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  // x - whole·ln 2 in two steps, ln 2 split so that the first is exact; then to base 2 again.
  __m512 rest = _mm512_fnmadd_ps(whole, _mm512_set1_ps(0.693359375F), x);
  rest = _mm512_fnmadd_ps(whole, _mm512_set1_ps(-2.12194440e-4F), rest);
  const __m512 fraction = horner(_mm512_mul_ps(rest, _mm512_set1_ps(1.44269504088896341F)), kExp2);
  return _mm512_scalef_ps(fraction, whole);
}

// Row functions: see KernelTable for what they compute.

inline void gelu_row(float* x, std::size_t n) {
  for_each_sixteen(n, [=](std::size_t i, __mmask16 mask) {
    _mm512_mask_storeu_ps(x + i, mask, gelu(_mm512_maskz_loadu_ps(mask, x + i)));
  });
}

inline float largest_of(const float* x, std::size_t n) {
  const __m512 lowest = _mm512_set1_ps(-3.4e38F);
  __m512 largest = lowest;
  for_each_sixteen(n, [&](std::size_t i, __mmask16 mask) {
    largest = _mm512_max_ps(largest, _mm512_mask_loadu_ps(lowest, mask, x + i));
  });
  return _mm512_reduce_max_ps(largest);
}

inline void softmax_row(float* x, std::size_t n) {
  const __m512 shift = _mm512_set1_ps(largest_of(x, n));
  __m512 sums = _mm512_setzero_ps();
  for_each_sixteen(n, [&](std::size_t i, __mmask16 mask) {
    const __m512 value =
        exp_of_nonpositive(_mm512_sub_ps(_mm512_maskz_loadu_ps(mask, x + i), shift));
    sums = _mm512_mask_add_ps(sums, mask, sums, value);
    _mm512_mask_storeu_ps(x + i, mask, value);
  });
  const __m512 scale = _mm512_set1_ps(1.0F / _mm512_reduce_add_ps(sums));
  for_each_sixteen(n, [&](std::size_t i, __mmask16 mask) {
    _mm512_mask_storeu_ps(x + i, mask, _mm512_mul_ps(_mm512_maskz_loadu_ps(mask, x + i), scale));
  });
}

inline void layer_norm_row(const float* x, float* y, std::size_t n, const float* weight,
                           const float* bias, float eps) {
  __m512 sums = _mm512_setzero_ps();
  for_each_sixteen(n, [&](std::size_t i, __mmask16 mask) {
    sums = _mm512_add_ps(sums, _mm512_maskz_loadu_ps(mask, x + i));
  });
  const __m512 mean = _mm512_set1_ps(_mm512_reduce_add_ps(sums) / static_cast<float>(n));
  __m512 squares = _mm512_setzero_ps();
  for_each_sixteen(n, [&](std::size_t i, __mmask16 mask) {
    const __m512 centred = _mm512_maskz_sub_ps(mask, _mm512_maskz_loadu_ps(mask, x + i), mean);
    squares = _mm512_fmadd_ps(centred, centred, squares);
  });
  const float variance = _mm512_reduce_add_ps(squares) / static_cast<float>(n);
  const __m512 scale =
      _mm512_set1_ps(1.0F / _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(variance + eps))));
  for_each_sixteen(n, [&](std::size_t i, __mmask16 mask) {
    const __m512 centred =
        _mm512_mul_ps(_mm512_sub_ps(_mm512_maskz_loadu_ps(mask, x + i), mean), scale);
    _mm512_mask_storeu_ps(y + i, mask,
                          _mm512_fmadd_ps(centred, _mm512_maskz_loadu_ps(mask, weight + i),
                                          _mm512_maskz_loadu_ps(mask, bias + i)));
  });
}

inline void add_row(float* y, const float* x, std::size_t n) {
  for_each_sixteen(n, [=](std::size_t i, __mmask16 mask) {
    _mm512_mask_storeu_ps(
        y + i, mask,
        _mm512_add_ps(_mm512_maskz_loadu_ps(mask, y + i), _mm512_maskz_loadu_ps(mask, x + i)));
  });
}

inline void add_scaled_row(float* y, const float* x, std::size_t n, float scale) {
  const __m512 factor = _mm512_set1_ps(scale);
  for_each_sixteen(n, [=](std::size_t i, __mmask16 mask) {
    _mm512_mask_storeu_ps(y + i, mask,
                          _mm512_fmadd_ps(_mm512_maskz_loadu_ps(mask, x + i), factor,
                                          _mm512_maskz_loadu_ps(mask, y + i)));
  });
}

inline void scale_shift_row(const float* x, float* y, std::size_t n, const float* scale,
                            const float* shift) {
  for_each_sixteen(n, [=](std::size_t i, __mmask16 mask) {
    _mm512_mask_storeu_ps(
        y + i, mask,
        _mm512_fmadd_ps(_mm512_maskz_loadu_ps(mask, x + i), _mm512_maskz_loadu_ps(mask, scale + i),
                        _mm512_maskz_loadu_ps(mask, shift + i)));
  });
}

}  // namespace
}  // namespace undertone::encoder
