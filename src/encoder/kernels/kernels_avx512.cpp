// The kernels for AVX-512. Compiled alone with its flags; calls nothing inline from outside this
// file but intrinsics.

#include "encoder/kernels/avx512_math.hpp"
#include "encoder/kernels/avx512_strips.hpp"
#include "encoder/kernels/kernel_table_sets.hpp"

namespace undertone::encoder {
namespace {

// Rows are packed on the way, a slice of a block at a time.
void panel_product(const PanelProduct& p) {
  alignas(64) float sums[kBlockRows * kGroupColumns];
  alignas(64) std::uint32_t slice[kBlockRows * kSliceStride];
  const auto* panels = reinterpret_cast<const std::uint32_t*>(p.panels);
  for (std::size_t row = 0; row < p.m; row += kBlockRows) {
    const std::size_t rows = least(kBlockRows, p.m - row);
    for (std::size_t column = 0; column < p.n; column += kGroupColumns) {
      const std::size_t columns = least(kGroupColumns, p.n - column);
      for (std::size_t k = 0; k < p.k; k += kSliceLanes) {
        const std::size_t depth = least(kSliceLanes, p.k - k);
        if (column == 0 || p.k > kSliceLanes) {
          pack_float_rows({.a = p.a + row * p.a_stride + k,
                           .stride = p.a_stride,
                           .rows = rows,
                           .k = depth,
                           .target = {.lanes = slice, .capacity = kBlockRows}});
        }
        multiply_slice<FloatDot>(slice, rows, panels + column * p.k + k * kPanelWidth,
                                 p.k * kPanelWidth, columns, depth, k != 0, {}, sums);
      }
      const StripProduct finish{.c = p.c + row * p.c_stride,
                                .c_stride = p.c_stride,
                                .bias = p.bias,
                                .accumulate = p.accumulate,
                                .gelu = p.gelu};
      for (std::size_t r = 0; r < rows; ++r)
        finish_row<FloatDot>(sums + r * kGroupColumns, finish, r, column, columns);
    }
  }
}

}  // namespace

KernelTable avx512_kernels() {
  return {.instruction_set = InstructionSet::kAvx512,
          .panel_product = panel_product,
          .gelu = gelu_row,
          .softmax = softmax_row,
          .layer_norm = layer_norm_row,
          .add = add_row,
          .add_scaled = add_scaled_row,
          .scale_shift = scale_shift_row};
}

StripKernels avx512_float_strips() {
  return {.strip_rows = kStripRows, .pack = pack_float_rows, .multiply = multiply_strips<FloatDot>};
}

}  // namespace undertone::encoder
