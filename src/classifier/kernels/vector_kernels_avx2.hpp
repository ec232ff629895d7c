// The table for AVX2, where it was compiled in. Internal to the kernels.
#pragma once

#include "classifier/kernels/vector_kernels.hpp"

namespace undertone::classifier {

const VectorKernels& avx2_vector_kernels();

}  // namespace undertone::classifier
