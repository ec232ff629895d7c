#include "encoder/kernels/instruction_set.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>

#include <undertone/error.hpp>

namespace undertone::encoder {
namespace {

constexpr std::array kAll{InstructionSet::kBaseline, InstructionSet::kAvx2, InstructionSet::kAvx512,
                          InstructionSet::kAvx512Vnni, InstructionSet::kAvx512Bf16};

InstructionSet detected() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512vl");
  const bool vnni = avx512 && __builtin_cpu_supports("avx512vnni");
  if (vnni && __builtin_cpu_supports("avx512bf16")) return InstructionSet::kAvx512Bf16;
  if (vnni) return InstructionSet::kAvx512Vnni;
  if (avx512) return InstructionSet::kAvx512;
  if (avx2) return InstructionSet::kAvx2;
#endif
  return InstructionSet::kBaseline;
}

}  // namespace

std::string_view to_string(InstructionSet isa) {
  switch (isa) {
    case InstructionSet::kBaseline:
      return "baseline";
    case InstructionSet::kAvx2:
      return "avx2";
    case InstructionSet::kAvx512:
      return "avx512";
    case InstructionSet::kAvx512Vnni:
      return "avx512_vnni";
    case InstructionSet::kAvx512Bf16:
      return "avx512_bf16";
  }
  return "baseline";
}

InstructionSet usable_instruction_set() {
  const char* limit = std::getenv("UNDERTONE_MAX_ISA");
  if (limit == nullptr || *limit == '\0') return detected();
  for (const InstructionSet isa : kAll) {
    if (to_string(isa) == limit) return std::min(isa, detected());
  }
  throw Error(ErrorCode::kInvalidArgument, "UNDERTONE_MAX_ISA is '" + std::string(limit) + "'",
              "Set it to baseline, avx2, avx512, avx512_vnni or avx512_bf16, or leave it unset; "
              "this processor has " +
                  std::string(to_string(detected())) + ".");
}

}  // namespace undertone::encoder
