// The tables that were compiled in. Internal to the kernels.
#pragma once

#include "encoder/kernels/kernel_table.hpp"

namespace undertone::encoder {

KernelTable baseline_kernels();
#if defined(UNDERTONE_HAS_AVX2_KERNELS)
KernelTable avx2_kernels();
#endif

}  // namespace undertone::encoder
