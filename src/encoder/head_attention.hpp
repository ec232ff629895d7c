// What one head of self-attention computes from its queries, keys and values.
#pragma once

#include <cstddef>

#include "common/profile.hpp"
#include "encoder/kernels/attention_packing.hpp"
#include "encoder/kernels/kernel_table.hpp"
#include "encoder/kernels/strip_kernels.hpp"
#include "tensor/matrix.hpp"

namespace undertone::encoder {

// context = softmax(q·kᵀ)·v, the queries scaled by 1/√d already. kBf16 rounds the factors of both
// products; logits, softmax and sums are in single precision. Thread-safe.
class HeadAttention {
 public:
  // precision: kF32 or kBf16; width: of a head.
  HeadAttention(Precision precision, InstructionSet isa, std::size_t width);

  struct Head {
    tensor::MatrixView<const float> queries;  // all [frames, width]
    tensor::MatrixView<const float> keys;
    tensor::MatrixView<const float> values;
    tensor::MatrixView<float> context;  // its own memory
    // Of WavLM, or null: bias[frames - 1 + key - query] · gates[query] is added to logits.
    const float* bias = nullptr;
    const float* gates = nullptr;  // [frames]
  };

  // Floats of scratch for so many frames: a multiple of a cache line.
  std::size_t scratch_floats(std::size_t frames) const;

  // scratch: 64-byte aligned. Laps are those of the products and of the softmax between them.
  void apply(const KernelTable& kernels, const Head& head, float* scratch,
             SharedProfileSection::Laps& clock) const;

 private:
  void apply_f32(const KernelTable& kernels, const Head& head, float* scratch,
                 SharedProfileSection::Laps& clock) const;
  void apply_bf16(const KernelTable& kernels, const Head& head, float* scratch,
                  SharedProfileSection::Laps& clock) const;

  Precision precision_;
  std::size_t width_;
  StripKernels strips_;       // of kBf16
  AttentionPacking packing_;  // of kBf16
};

}  // namespace undertone::encoder
