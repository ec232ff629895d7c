// The kernels themselves, in the compiler's portable vectors. Included by one file per instruction
// set, each with flags of its own; calls nothing inline from elsewhere, so that no code for a newer
// processor can be picked by the linker for a function of the same name.

#include <cstddef>
#include <cstdint>

#include "classifier/kernels/vector_kernels.hpp"

namespace undertone::classifier {
namespace {

#define UNDERTONE_INLINE inline __attribute__((always_inline))

using Doubles = double __attribute__((vector_size(32)));
using Integers = std::int64_t __attribute__((vector_size(32)));
using Words = std::uint64_t __attribute__((vector_size(32)));
using Floats = float __attribute__((vector_size(16)));

constexpr std::size_t kLanes = 4;
constexpr double kInfinity = __builtin_huge_val();

UNDERTONE_INLINE void load(const double* from, Doubles& to) {
  __builtin_memcpy(&to, from, sizeof to);
}
UNDERTONE_INLINE void store(double* to, const Doubles& from) {
  __builtin_memcpy(to, &from, sizeof from);
}
UNDERTONE_INLINE void load(const float* from, Doubles& to) {
  Floats narrow;
  __builtin_memcpy(&narrow, from, sizeof narrow);
  to = __builtin_convertvector(narrow, Doubles);
}
UNDERTONE_INLINE void fill(Doubles& to, double value) { to = Doubles{value, value, value, value}; }

template <std::size_t kRows>
UNDERTONE_INLINE void dots_of_rows(const double* rows, std::size_t row_stride, const double* panel,
                                   std::size_t features, double* dots, std::size_t stride) {
  Doubles left[kRows];
  Doubles right[kRows];
  for (std::size_t r = 0; r < kRows; ++r) {
    fill(left[r], 0);
    fill(right[r], 0);
  }
  for (std::size_t d = 0; d < features; ++d) {
    Doubles panel_left;
    Doubles panel_right;
    load(panel + d * kPanelColumns, panel_left);
    load(panel + d * kPanelColumns + kLanes, panel_right);
    for (std::size_t r = 0; r < kRows; ++r) {
      Doubles x;
      fill(x, rows[r * row_stride + d]);
      left[r] += x * panel_left;
      right[r] += x * panel_right;
    }
  }
  for (std::size_t r = 0; r < kRows; ++r) {
    store(dots + r * stride, left[r]);
    store(dots + r * stride + kLanes, right[r]);
  }
}

void panel_dots(const double* rows, std::size_t row_stride, std::size_t count, const double* panel,
                std::size_t features, double* dots, std::size_t stride) {
  std::size_t r = 0;
  // Eight chains at a time cover the latency of an addition.
  for (; r + 4 <= count; r += 4) {
    dots_of_rows<4>(rows + r * row_stride, row_stride, panel, features, dots + r * stride, stride);
  }
  for (; r < count; ++r) {
    dots_of_rows<1>(rows + r * row_stride, row_stride, panel, features, dots + r * stride, stride);
  }
}

// exp(x) for x <= 0 as 2ⁿ·exp(r), |r| <= ln(2)/2, with n·ln 2 subtracted in two parts of which the
// first is exact, and Taylor's polynomial of degree 13 (remainder below 5e-18).
UNDERTONE_INLINE void exp_of_nonpositive(Doubles& x) {
  constexpr double kLog2E = 1.4426950408889634074;
  constexpr double kLn2High = 6.93147180369123816490e-01;  // 32 bits: n·this is exact
  constexpr double kLn2Low = 1.90821492927058770002e-10;
  constexpr double kToInteger = 6755399441055744.0;  // 1.5·2⁵²: adding it rounds to an integer
  constexpr double kSmallest = -708.0;
  const Integers underflow = x < Doubles{kSmallest, kSmallest, kSmallest, kSmallest};
  Doubles shift;
  fill(shift, kToInteger);
  const Doubles shifted = x * kLog2E + shift;
  const Doubles n = shifted - shift;
  const Doubles r = (x - n * kLn2High) - n * kLn2Low;
  Doubles p;
  fill(p, 1.0 / 6227020800.0);
  p = p * r + 1.0 / 479001600.0;
  p = p * r + 1.0 / 39916800.0;
  p = p * r + 1.0 / 3628800.0;
  p = p * r + 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  // 1 + (r + r²·p): the small parts first.
  p = (p * r * r + r) + 1.0;
  // Unsigned, because where x is far below the smallest the sum may wrap, and is masked away.
  const Words exponent = (reinterpret_cast<Words>(shifted) - reinterpret_cast<Words>(shift)) << 52;
  const Words bits = (reinterpret_cast<Words>(p) + exponent) & ~reinterpret_cast<Words>(underflow);
  x = reinterpret_cast<Doubles>(bits);
}

UNDERTONE_INLINE void gaussian_of(Doubles& value, const Doubles& norms, double norm, double gamma) {
  Doubles distance = (norms + norm) - 2.0 * value;
  const Doubles zero{0, 0, 0, 0};
  distance = distance > zero ? distance : zero;
  value = distance * -gamma;
  exp_of_nonpositive(value);
}

void gaussian(double* values, const double* norms, double norm, double gamma, std::size_t n) {
  std::size_t k = 0;
  Doubles value;
  Doubles norm_of;
  for (; k + kLanes <= n; k += kLanes) {
    load(values + k, value);
    load(norms + k, norm_of);
    gaussian_of(value, norm_of, norm, gamma);
    store(values + k, value);
  }
  if (k == n) return;
  double rest[2][kLanes] = {};
  for (std::size_t i = k; i < n; ++i) {
    rest[0][i - k] = values[i];
    rest[1][i - k] = norms[i];
  }
  load(rest[0], value);
  load(rest[1], norm_of);
  gaussian_of(value, norm_of, norm, gamma);
  store(rest[0], value);
  for (std::size_t i = k; i < n; ++i) values[i] = rest[0][i - k];
}

void gather(const float* row, const unsigned* index, float* out, std::size_t n) {
  // The stretches of a row are too short for the processor to see where they go on.
  constexpr std::size_t kAhead = 256;
  constexpr std::size_t kLine = 16;
  for (std::size_t k = 0; k < (n < kAhead ? n : kAhead); k += kLine)
    __builtin_prefetch(row + index[k]);
  std::size_t k = 0;
  for (; k + kAhead + kLine <= n; k += kLine) {
    __builtin_prefetch(row + index[k + kAhead]);
    for (std::size_t i = k; i < k + kLine; ++i) out[i] = row[index[i]];
  }
  for (; k < n; ++k) out[k] = row[index[k]];
}

// Maxima lane by lane; a later equal value replaces an earlier one.
class Maxima {
 public:
  Maxima() {
    fill(up_, -kInfinity);
    fill(low_, -kInfinity);
  }

  UNDERTONE_INLINE void take(const Doubles& up, const Doubles& low) {
    const Integers later = up >= up_;
    up_ = later ? up : up_;
    where_ = later ? index_ : where_;
    low_ = low > low_ ? low : low_;
    index_ += kLanes;
  }

  UNDERTONE_INLINE SweepResult reduce(std::size_t n) const {
    SweepResult result{{-kInfinity, n}, -kInfinity};
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const auto where = static_cast<std::size_t>(where_[lane]);
      if (up_[lane] > result.up.value ||
          (up_[lane] == result.up.value && up_[lane] > -kInfinity && where > result.up.index)) {
        result.up = {up_[lane], where};
      }
      if (low_[lane] > result.low) result.low = low_[lane];
    }
    return result;
  }

 private:
  Doubles up_;
  Doubles low_;
  Integers where_{0, 0, 0, 0};
  Integers index_{0, 1, 2, 3};
};

UNDERTONE_INLINE void take_one(SweepResult& result, double up, double low, std::size_t k) {
  if (up >= result.up.value && up > -kInfinity) result.up = {up, k};
  if (low > result.low) result.low = low;
}

SweepResult update(double* f, const float* row_a, double a, const float* row_b, double b,
                   const float* up, const float* low, std::size_t n) {
  Maxima maxima;
  std::size_t k = 0;
  for (; k + kLanes <= n; k += kLanes) {
    Doubles x;
    Doubles y;
    Doubles value;
    Doubles up_of;
    Doubles low_of;
    load(row_a + k, x);
    load(row_b + k, y);
    load(f + k, value);
    load(up + k, up_of);
    load(low + k, low_of);
    value += x * a + y * b;
    store(f + k, value);
    maxima.take(up_of - value, low_of + value);
  }
  SweepResult result = maxima.reduce(n);
  for (; k < n; ++k) {
    f[k] += static_cast<double>(row_a[k]) * a + static_cast<double>(row_b[k]) * b;
    take_one(result, static_cast<double>(up[k]) - f[k], static_cast<double>(low[k]) + f[k], k);
  }
  return result;
}

SweepResult sweep(const double* f, const float* up, const float* low, std::size_t n) {
  Maxima maxima;
  std::size_t k = 0;
  for (; k + kLanes <= n; k += kLanes) {
    Doubles value;
    Doubles up_of;
    Doubles low_of;
    load(f + k, value);
    load(up + k, up_of);
    load(low + k, low_of);
    maxima.take(up_of - value, low_of + value);
  }
  SweepResult result = maxima.reduce(n);
  for (; k < n; ++k) {
    take_one(result, static_cast<double>(up[k]) - f[k], static_cast<double>(low[k]) + f[k], k);
  }
  return result;
}

// g²/q of each candidate, by its definition.
struct SecondChoice {
  double best = 0;
  std::size_t index;

  UNDERTONE_INLINE void consider(const double* f, const float* row, const float* low, double g_max,
                                 std::size_t k) {
    const double g = g_max + (static_cast<double>(low[k]) + f[k]);
    if (!(g > 0)) return;
    const double curvature = 2.0 - 2.0 * static_cast<double>(row[k]);
    const double gain = g * g / (curvature > 0 ? curvature : 1e-12);
    if (gain >= best) {
      best = gain;
      index = k;
    }
  }
};

// A division costs more than all the rest, so most candidates are ruled out by a multiplication:
// g² < best·q·(1 - 1e-14) cannot win, whatever the rounding.
std::size_t second_choice(const double* f, const float* row, const float* low, double g_max,
                          std::size_t n) {
  constexpr std::size_t kBlock = 4 * kLanes;
  constexpr double kSlack = 1 - 1e-14;
  SecondChoice choice{0, n};
  const Doubles zero{0, 0, 0, 0};
  Doubles floor;
  fill(floor, 1e-12);
  std::size_t k = 0;
  for (; k + kBlock <= n; k += kBlock) {
    Integers candidates{0, 0, 0, 0};
    for (std::size_t j = k; j < k + kBlock; j += kLanes) {
      Doubles g;
      Doubles low_of;
      Doubles curvature;
      load(f + j, g);
      load(low + j, low_of);
      load(row + j, curvature);
      g = (low_of + g) + g_max;
      curvature = 2.0 - 2.0 * curvature;
      curvature = curvature > floor ? curvature : floor;
      candidates |= (g > zero) & (g * g >= curvature * (choice.best * kSlack));
    }
    if ((candidates[0] | candidates[1] | candidates[2] | candidates[3]) == 0) continue;
    for (std::size_t j = k; j < k + kBlock; ++j) choice.consider(f, row, low, g_max, j);
  }
  for (; k < n; ++k) choice.consider(f, row, low, g_max, k);
  return choice.index;
}

void add_scaled(double* f, const float* row, double a, std::size_t n) {
  std::size_t k = 0;
  for (; k + kLanes <= n; k += kLanes) {
    Doubles x;
    Doubles value;
    load(row + k, x);
    load(f + k, value);
    value += x * a;
    store(f + k, value);
  }
  for (; k < n; ++k) f[k] += static_cast<double>(row[k]) * a;
}

constexpr VectorKernels kKernels{panel_dots, gaussian,      gather,    update,
                                 sweep,      second_choice, add_scaled};

}  // namespace
}  // namespace undertone::classifier
