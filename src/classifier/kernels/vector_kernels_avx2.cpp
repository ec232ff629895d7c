// The kernels for AVX2. Compiled alone with that flag.

#include "classifier/kernels/vector_kernels_avx2.hpp"

#include "classifier/kernels/vector_kernels_source.hpp"

namespace undertone::classifier {

const VectorKernels& avx2_vector_kernels() { return kKernels; }

}  // namespace undertone::classifier
