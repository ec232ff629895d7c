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
  kAmx,         // and AMX's of both, which the operating system must permit
};

std::string_view to_string(InstructionSet isa);

// The best this processor has, or less where the environment variable UNDERTONE_MAX_ISA
// (one of to_string's names) asks for less. Throws Error(kInvalidArgument), with what is supported,
// if the variable holds anything else. Asks the system for AMX where it could be the answer; the
// permission is the process's, for all its threads and for good.
InstructionSet usable_instruction_set();

// Whether products of bfloat16 outrun those of floats with it, here. Intel's processors with AMX
// have AVX-512's instruction too, and take several times as long for it as for a multiply-add.
bool bfloat16_is_fast(InstructionSet isa);

}  // namespace undertone::encoder
