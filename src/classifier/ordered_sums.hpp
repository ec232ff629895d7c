// Sums in double precision whose order never depends on alignment, threads or instruction set.
#pragma once

#include <cstddef>

namespace undertone::classifier {

namespace detail {

// Eight independent partial sums keep the processor's pipelines (or vector registers) full without
// reassociating anything; they and the tail are added in one fixed order, so equal input gives
// equal bits. Spelled out because compilers do not unroll a loop over an array of them at -O2, and
// then keep it in memory: half the speed.
template <class Term>
double ordered_sum(std::size_t n, Term term) {
  double s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    s0 += term(i);
    s1 += term(i + 1);
    s2 += term(i + 2);
    s3 += term(i + 3);
    s4 += term(i + 4);
    s5 += term(i + 5);
    s6 += term(i + 6);
    s7 += term(i + 7);
  }
  double tail = 0;
  for (; i < n; ++i) tail += term(i);
  return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7)) + tail;
}

}  // namespace detail

// Σ aᵢbᵢ; relative error at most n·2⁻⁵³ of Σ|aᵢbᵢ|.
inline double dot(const double* a, const double* b, std::size_t n) {
  return detail::ordered_sum(n, [&](std::size_t i) { return a[i] * b[i]; });
}

// The same with floats, widened.
inline double dot(const double* a, const float* b, std::size_t n) {
  return detail::ordered_sum(n, [&](std::size_t i) { return a[i] * static_cast<double>(b[i]); });
}

// Σ aᵢb[indexᵢ].
inline double dot_gathered(const double* a, const float* b, const std::size_t* index,
                           std::size_t n) {
  return detail::ordered_sum(
      n, [&](std::size_t i) { return a[i] * static_cast<double>(b[index[i]]); });
}

// Σ (aᵢ - bᵢ)².
inline double squared_distance(const double* a, const double* b, std::size_t n) {
  return detail::ordered_sum(n, [&](std::size_t i) {
    const double difference = a[i] - b[i];
    return difference * difference;
  });
}

}  // namespace undertone::classifier
