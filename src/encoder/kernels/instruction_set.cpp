#include "encoder/kernels/instruction_set.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>

#if defined(__x86_64__)
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#endif

#include <undertone/error.hpp>

namespace undertone::encoder {
namespace {

constexpr std::array kAll{InstructionSet::kBaseline,   InstructionSet::kAvx2,
                          InstructionSet::kAvx512,     InstructionSet::kAvx512Vnni,
                          InstructionSet::kAvx512Bf16, InstructionSet::kAmx};

#if defined(__x86_64__)
// Tiles make the state of a thread 8 KB larger, so Linux saves them for processes alone that asked.
bool ask_for_tiles() {
#if defined(__linux__)
  constexpr long kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM
  constexpr long kTileData = 18;               // XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}

bool has_amx() {
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) == 0) return false;
  constexpr unsigned kBf16 = 1U << 22U;
  constexpr unsigned kTile = 1U << 24U;
  constexpr unsigned kInt8 = 1U << 25U;
  constexpr unsigned kNeeded = kBf16 | kTile | kInt8;
  return (edx & kNeeded) == kNeeded && ask_for_tiles();
}
#endif

// What this processor has, of those up to `most`.
InstructionSet detected(InstructionSet most) {
  InstructionSet best = InstructionSet::kBaseline;
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512vl");
  const bool vnni = avx512 && __builtin_cpu_supports("avx512vnni");
  const bool bf16 = vnni && __builtin_cpu_supports("avx512bf16");
  if (avx2) best = InstructionSet::kAvx2;
  if (avx512) best = InstructionSet::kAvx512;
  if (vnni) best = InstructionSet::kAvx512Vnni;
  if (bf16) best = InstructionSet::kAvx512Bf16;
  if (bf16 && most >= InstructionSet::kAmx) {
    static const bool amx = has_amx();
    if (amx) best = InstructionSet::kAmx;
  }
#endif
  return std::min(best, most);
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
    case InstructionSet::kAmx:
      return "amx";
  }
  return "baseline";
}

InstructionSet usable_instruction_set() {
  const char* limit = std::getenv("UNDERTONE_MAX_ISA");
  if (limit == nullptr || *limit == '\0') return detected(kAll.back());
  for (const InstructionSet isa : kAll) {
    if (to_string(isa) == limit) return detected(isa);
  }
  throw Error(ErrorCode::kInvalidArgument, "UNDERTONE_MAX_ISA is '" + std::string(limit) + "'",
              "Set it to baseline, avx2, avx512, avx512_vnni, avx512_bf16 or amx, or leave it "
              "unset; "
              "this processor has " +
                  std::string(to_string(detected(kAll.back()))) + ".");
}

bool bfloat16_is_fast(InstructionSet isa) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (isa == InstructionSet::kAvx512Bf16) return __builtin_cpu_is("intel") == 0;
#endif
  return isa >= InstructionSet::kAmx;
}

}  // namespace undertone::encoder
