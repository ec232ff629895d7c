// Attention's factors as bfloat16: packing keys, values and weights, which are all computed on the
// way, for StripKernels of kBf16.
#pragma once

#include <cstddef>
#include <cstdint>

#include "encoder/kernels/instruction_set.hpp"
#include "encoder/kernels/strip_kernels.hpp"

namespace undertone::encoder {

struct PanelPacking {
  const float* b = nullptr;  // row i at b + i * stride
  std::size_t stride = 0;
  std::size_t k = 0;
  std::size_t n = 0;
  std::uint32_t* panels = nullptr;  // as StripProduct reads them; 64-byte aligned
};

struct AttentionPacking {
  // The transpose of b [n, k]: of the keys, in products with queries.
  void (*keys)(const PanelPacking& packing) = nullptr;

  // b [k, n]: the values.
  void (*values)(const PanelPacking& packing) = nullptr;

  // Rows of exp(x - max) as bfloat16, and their scales: 1 / Σ exp(x - max), of which the terms are
  // not rounded. So a row's softmax is scale · bfloat16.
  void (*softmax)(const RowPacking& packing) = nullptr;
};

// The fastest that the instruction set can run.
AttentionPacking attention_packing_for(InstructionSet isa);

}  // namespace undertone::encoder
