// A packed matrix in any precision, multiplied by StripKernels.
#pragma once

#include <memory>

#include "encoder/kernels/matrix_product.hpp"

namespace undertone::encoder {

// See pack_transposed. Throws Error(kModelUnsupported) for more inputs than kInt8 can sum.
std::unique_ptr<const PackedMatrix> make_strip_matrix(tensor::MatrixView<const float> weights,
                                                      Precision precision, InstructionSet isa);

}  // namespace undertone::encoder
