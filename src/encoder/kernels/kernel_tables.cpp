// Which kernels an instruction set has.

#include "encoder/kernels/kernel_table_sets.hpp"

namespace undertone::encoder {

const KernelTable& kernels_for(InstructionSet isa) {
  static const KernelTable baseline = baseline_kernels();
#if defined(UNDERTONE_HAS_X86_KERNELS)
  static const KernelTable avx2 = avx2_kernels();
  static const KernelTable avx512 = avx512_kernels();
  if (isa >= InstructionSet::kAvx512) return avx512;
  if (isa == InstructionSet::kAvx2) return avx2;
#endif
  static_cast<void>(isa);
  return baseline;
}

AttentionPacking attention_packing_for(InstructionSet isa) {
#if defined(UNDERTONE_HAS_X86_KERNELS)
  if (isa >= InstructionSet::kAvx512Bf16) return avx512_bf16_attention_packing();
#endif
  static_cast<void>(isa);
  return baseline_attention_packing();
}

StripKernels strip_kernels_for(Precision precision, InstructionSet isa) {
#if defined(UNDERTONE_HAS_X86_KERNELS)
  switch (precision) {
    case Precision::kF32:
      if (isa >= InstructionSet::kAvx512) return avx512_float_strips();
      break;
    case Precision::kBf16:
      if (isa >= InstructionSet::kAmx) return amx_bf16_strips();
      if (isa >= InstructionSet::kAvx512Bf16) return avx512_bf16_strips();
      break;
    case Precision::kInt8:
      if (isa >= InstructionSet::kAmx) return amx_byte_strips();
      if (isa >= InstructionSet::kAvx512Vnni) return avx512_vnni_byte_strips();
      break;
  }
#endif
  static_cast<void>(isa);
  return baseline_strip_kernels(precision);
}

}  // namespace undertone::encoder
