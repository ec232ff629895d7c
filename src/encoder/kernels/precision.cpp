#include "encoder/kernels/precision.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include <undertone/error.hpp>

namespace undertone::encoder {
namespace {

constexpr std::array kAll{Precision::kF32, Precision::kBf16, Precision::kInt8};
constexpr std::string_view kAuto = "auto";

}  // namespace

std::string_view to_string(Precision precision) {
  switch (precision) {
    case Precision::kF32:
      return "f32";
    case Precision::kBf16:
      return "bf16";
    case Precision::kInt8:
      return "int8";
  }
  return "f32";
}

std::optional<Precision> find_precision(std::string_view name) {
  for (const Precision precision : kAll) {
    if (to_string(precision) == name) return precision;
  }
  return std::nullopt;
}

std::vector<Precision> fast_precisions(InstructionSet isa) {
  std::vector<Precision> result{Precision::kF32};
  if (isa >= InstructionSet::kAvx512Bf16) result.push_back(Precision::kBf16);
  if (isa >= InstructionSet::kAvx512Vnni) result.push_back(Precision::kInt8);
  return result;
}

Precision choose_precision(std::string_view name, InstructionSet isa) {
  const std::vector<Precision> supported = fast_precisions(isa);
  if (name == kAuto) {
    return bfloat16_is_fast(isa) ? Precision::kBf16 : Precision::kF32;
  }
  std::string list;
  for (const Precision precision : supported) list += fmt::format("{}, ", to_string(precision));
  const std::string hint = fmt::format("Use {}or auto.", list);
  const std::optional<Precision> precision = find_precision(name);
  if (!precision) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("the precision '{}' is not known", name),
                hint);
  }
  if (std::find(supported.begin(), supported.end(), *precision) == supported.end()) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("the precision {} needs instructions that are missing here: {} is what "
                            "this processor has, or UNDERTONE_MAX_ISA allows",
                            name, to_string(isa)),
                hint);
  }
  return *precision;
}

}  // namespace undertone::encoder
