// A packed matrix in any precision, multiplied by StripKernels.
#pragma once

#include <memory>

#include "encoder/kernels/matrix_product.hpp"

namespace undertone::encoder {

// See matrix_of.
std::unique_ptr<const PackedMatrix> make_strip_matrix(PackedPanels panels, InstructionSet isa);

}  // namespace undertone::encoder
