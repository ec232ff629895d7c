// The tables that were compiled in. Internal to the kernels.
#pragma once

#include "encoder/kernels/attention_packing.hpp"
#include "encoder/kernels/kernel_table.hpp"
#include "encoder/kernels/strip_kernels.hpp"

namespace undertone::encoder {

KernelTable baseline_kernels();
StripKernels baseline_strip_kernels(Precision precision);
AttentionPacking baseline_attention_packing();
#if defined(UNDERTONE_HAS_X86_KERNELS)
KernelTable avx2_kernels();
KernelTable avx512_kernels();
StripKernels avx512_float_strips();
StripKernels avx512_vnni_byte_strips();
StripKernels avx512_bf16_strips();
AttentionPacking avx512_bf16_attention_packing();
StripKernels amx_bf16_strips();
StripKernels amx_byte_strips();
#endif

}  // namespace undertone::encoder
