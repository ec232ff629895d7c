// The kernels that exist once per instruction set, behind plain pointers so that files compiled
// with special flags share no inline code with the rest of the program.
#pragma once

#include <cstddef>

#include "encoder/kernels/instruction_set.hpp"

namespace undertone::encoder {

// Columns of b in one panel of a packed matrix.
inline constexpr std::size_t kPanelWidth = 16;

// b [k, n] in panels: panel p holds columns 16p .. 16p + 15 as k rows of 16, the missing columns of
// the last one zero. That makes ceil(n / 16) · k · 16 floats.
struct PanelProduct {
  const float* a = nullptr;  // [m, k], row i at a + i * a_stride
  std::size_t a_stride = 0;
  const float* panels = nullptr;
  float* c = nullptr;  // [m, n], row i at c + i * c_stride
  std::size_t c_stride = 0;
  std::size_t m = 0;
  std::size_t k = 0;
  std::size_t n = 0;
  const float* bias = nullptr;  // [n], or null
  bool accumulate = false;      // c += a·b + bias
  bool gelu = false;            // c = gelu(a·b + bias); not with accumulate
};

struct KernelTable {
  InstructionSet instruction_set = InstructionSet::kBaseline;

  // The product described above. Each element is one chain of multiply-adds over k in rising order,
  // in single precision, so its bits depend on nothing but its row of a and its column of b. Writes
  // columns 0 .. n - 1 only.
  void (*panel_product)(const PanelProduct& product) = nullptr;

  // x[i] = x[i]/2 · (1 + erf(x[i]/√2)), within 1e-6 · max(1, |x|) of the exact value.
  void (*gelu)(float* x, std::size_t n) = nullptr;

  // x[i] = exp(x[i] - max) / Σ exp(x - max); relative error of each below 1e-5 for n up to 10⁵.
  void (*softmax)(float* x, std::size_t n) = nullptr;

  // y = (x - mean) / √(variance + eps) · weight + bias over n values, population variance in two
  // passes.
  void (*layer_norm)(const float* x, float* y, std::size_t n, const float* weight,
                     const float* bias, float eps) = nullptr;

  // y[i] += x[i].
  void (*add)(float* y, const float* x, std::size_t n) = nullptr;

  // y[i] += x[i] · scale.
  void (*add_scaled)(float* y, const float* x, std::size_t n, float scale) = nullptr;

  // y[i] = x[i] · scale[i] + shift[i].
  void (*scale_shift)(const float* x, float* y, std::size_t n, const float* scale,
                      const float* shift) = nullptr;
};

// The table for an instruction set; for one that has no table of its own, the next lower one's.
const KernelTable& kernels_for(InstructionSet isa);

}  // namespace undertone::encoder
