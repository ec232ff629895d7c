// Packing matrices into the panels that KernelTable::panel_product reads.
#pragma once

#include <cstddef>

#include "encoder/kernels/kernel_table.hpp"
#include "tensor/matrix.hpp"

namespace undertone::encoder {

// Floats taken by b [k, n] in panels.
constexpr std::size_t panel_floats(std::size_t k, std::size_t n) {
  return (n + kPanelWidth - 1) / kPanelWidth * kPanelWidth * k;
}

// b [k, n] into `panels`, 64-byte aligned, panel_floats(k, n) of them.
void pack_panels(tensor::MatrixView<const float> b, float* panels);

// The same for the transpose of `b` [n, k].
void pack_transposed_panels(tensor::MatrixView<const float> b, float* panels);

}  // namespace undertone::encoder
