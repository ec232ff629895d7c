// Which of the processor's vector instructions the kernels may use.
#pragma once

#include <string_view>

namespace undertone::encoder {

// In rising order: each includes those before it.
enum class InstructionSet {
  kBaseline,  // what the compiler's target guarantees; the scalar reference of every kernel
  kAvx2,      // AVX2 and FMA
  kAvx512,    // AVX-512 F, BW, DQ and VL
};

std::string_view to_string(InstructionSet isa);

// The best this processor has, or less where the environment variable UNDERTONE_MAX_ISA
// ("baseline", "avx2", "avx512") asks for less. Throws Error(kInvalidArgument) if the variable
// holds anything else.
InstructionSet usable_instruction_set();

}  // namespace undertone::encoder
