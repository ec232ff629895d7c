// The one place that calls oneDNN.
#pragma once

#include <memory>

#include "encoder/kernels/matrix_product.hpp"

namespace undertone::encoder {

// A packed matrix multiplied by oneDNN; see pack_transposed.
std::unique_ptr<const PackedMatrix> make_onednn_matrix(tensor::MatrixView<const float> weights,
                                                       InstructionSet isa);

}  // namespace undertone::encoder
