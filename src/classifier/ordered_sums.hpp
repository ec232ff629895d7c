// Sums in double precision whose order never depends on alignment, threads or instruction set.
#pragma once

#include <array>
#include <cstddef>

namespace undertone::classifier {

namespace detail {

// Eight partial sums let the compiler use vector registers without reassociating anything; they and
// the tail are added in one fixed order, so equal input gives equal bits.
template <class Term>
double ordered_sum(std::size_t n, Term term) {
  constexpr std::size_t kLanes = 8;
  std::array<double, kLanes> lane{};
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) lane[k] += term(i + k);
  }
  double tail = 0;
  for (; i < n; ++i) tail += term(i);
  return ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7])) +
         tail;
}

}  // namespace detail

// Σ aᵢbᵢ; relative error at most n·2⁻⁵³ of Σ|aᵢbᵢ|.
inline double dot(const double* a, const double* b, std::size_t n) {
  return detail::ordered_sum(n, [&](std::size_t i) { return a[i] * b[i]; });
}

// Σ aᵢ(bᵢ - cᵢ).
inline double dot_centred(const double* a, const double* b, const double* c, std::size_t n) {
  return detail::ordered_sum(n, [&](std::size_t i) { return a[i] * (b[i] - c[i]); });
}

// Σ (aᵢ - bᵢ)².
inline double squared_distance(const double* a, const double* b, std::size_t n) {
  return detail::ordered_sum(n, [&](std::size_t i) {
    const double difference = a[i] - b[i];
    return difference * difference;
  });
}

}  // namespace undertone::classifier
