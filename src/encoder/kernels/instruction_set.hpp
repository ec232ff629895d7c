// Which of the processor's vector instructions the kernels may use.
#pragma once

#include <string_view>

namespace undertone::encoder {

// In rising order: each includes those before it.
enum class InstructionSet {
  kBaseline,    // what the compiler's target guarantees; the scalar reference of every kernel
  kAvx2,        // AVX2 and FMA
  kAvx512,      // AVX-512 F, BW, DQ and VL
  kAvx512Vnni,  // and its products of bytes
  kAvx512Bf16,  // and its products of bfloat16
};

std::string_view to_string(InstructionSet isa);

// The best this processor has, or less where the environment variable UNDERTONE_MAX_ISA
// (one of to_string's names) asks for less. Throws Error(kInvalidArgument), with what is supported,
// if the variable holds anything else.
InstructionSet usable_instruction_set();

}  // namespace undertone::encoder
