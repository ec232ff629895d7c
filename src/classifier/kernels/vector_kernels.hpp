// The classifier's inner loops, compiled once per instruction set.
#pragma once

#include <cstddef>

namespace undertone::classifier {

// Columns of one panel of PackedRows (packed_rows.hpp).
inline constexpr std::size_t kPanelColumns = 8;

// A maximum over some of n values, and where it is.
struct Extremum {
  double value;       // -infinity where there is none
  std::size_t index;  // the last of equal ones; n where there is none
};

// What a sweep over the gradient finds (see smo_solver.cpp for f, up and low).
struct SweepResult {
  Extremum up;  // max of up[k] - f[k]
  double low;   // max of low[k] + f[k]
};

// The same source compiled for different instruction sets, without contraction to fused
// multiply-adds: every table gives the same bits.
struct VectorKernels {
  // dots[r * stride + c] = Σ_d rows[r * row_stride + d] · panel[d * kPanelColumns + c] for r below
  // `count` (any) and c below kPanelColumns. Each is one chain of additions over d in rising order,
  // whatever `count` is.
  void (*panel_dots)(const double* rows, std::size_t row_stride, std::size_t count,
                     const double* panel, std::size_t features, double* dots,
                     std::size_t stride) = nullptr;

  // values[k] = exp(-gamma · max(norm + norms[k] - 2·values[k], 0)): from dot products to the
  // Gaussian kernel. Relative error of the exponential at most 5e-16; zero below e⁻⁷⁰⁸.
  void (*gaussian)(double* values, const double* norms, double norm, double gamma,
                   std::size_t n) = nullptr;

  // out[k] = row[index[k]].
  void (*gather)(const float* row, const unsigned* index, float* out, std::size_t n) = nullptr;

  // f[k] += a·row_a[k] + b·row_b[k], and the maxima of the sums with `up` and `low`, which hold 0
  // or -infinity.
  SweepResult (*update)(double* f, const float* row_a, double a, const float* row_b, double b,
                        const float* up, const float* low, std::size_t n) = nullptr;
  // The maxima alone.
  SweepResult (*sweep)(const double* f, const float* up, const float* low, std::size_t n) = nullptr;

  // With g = g_max + f[k]: the last k of those with low[k] = 0 and g > 0 for which
  // g²/max(2 - 2·row[k], 1e-12) is greatest; n if there is none.
  std::size_t (*second_choice)(const double* f, const float* row, const float* low, double g_max,
                               std::size_t n) = nullptr;

  // f[k] += a·row[k].
  void (*add_scaled)(double* f, const float* row, double a, std::size_t n) = nullptr;
};

// What the compiler's target guarantees, and the best that this processor has (less where the
// environment variable UNDERTONE_MAX_ISA is "baseline").
const VectorKernels& baseline_vector_kernels();
const VectorKernels& vector_kernels();

}  // namespace undertone::classifier
