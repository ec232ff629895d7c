// The kernels for what the compiler's target guarantees.

#include "classifier/kernels/vector_kernels_source.hpp"

namespace undertone::classifier {

const VectorKernels& baseline_vector_kernels() { return kKernels; }

}  // namespace undertone::classifier
