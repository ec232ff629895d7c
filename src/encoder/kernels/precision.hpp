// In which arithmetic an encoder's large products are computed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "encoder/kernels/instruction_set.hpp"

namespace undertone::encoder {

//   kF32   single precision throughout
//   kBf16  both factors rounded to bfloat16 (8 bits of significand), sums in single precision;
//          attention's products too
//   kInt8  weights in 8 bits, one scale per output; activations in 8 bits, one scale and zero point
//          per row, chosen as the row is seen; sums exact in 32 bits. What is sensitive to that
//          stays in bf16 or f32: see LayerSource.
// Norms, softmax, activations and residuals are in single precision always.
enum class Precision { kF32, kBf16, kInt8 };

std::string_view to_string(Precision precision);  // "f32", "bf16", "int8"
std::optional<Precision> find_precision(std::string_view name);

// Those that the instruction set has products for, the fastest last. The others can be computed
// too, by loops that are the specification and much slower than f32.
std::vector<Precision> fast_precisions(InstructionSet isa);

// `name` as a user gives it: "f32", "bf16", "int8", or "auto" for the fastest that
// docs/decisions/0006-reduced-precision.md found to keep its promises. Throws
// Error(kInvalidArgument), with what is supported, for another name and for a precision that the
// instruction set has no products for.
Precision choose_precision(std::string_view name, InstructionSet isa);

}  // namespace undertone::encoder
