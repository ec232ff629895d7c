#include "encoder/packing.hpp"

#include <algorithm>
#include <bit>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <fmt/format.h>
#include <map>

#include <undertone/error.hpp>

#include "tensor/safetensors.hpp"

namespace undertone::encoder {
namespace {

using tensor::DType;

constexpr std::size_t kMostDoubt = 1024;
constexpr std::size_t kDigest = 64;  // digits

bool is_digests(std::string_view text) {
  return text.size() % kDigest == 0 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace

std::optional<Packing> packing_of(const tensor::TensorArchive& archive) {
  const auto* file = dynamic_cast<const tensor::SafetensorsFile*>(&archive);
  if (file == nullptr) return std::nullopt;
  const std::map<std::string, std::string>& metadata = file->metadata();
  const auto layout = metadata.find(kLayoutKey);
  if (layout == metadata.end()) return std::nullopt;
  if (layout->second != std::to_string(kPanelLayout)) {
    throw Error(ErrorCode::kModelUnsupported,
                fmt::format("{}: packed in the layout '{}'; this version reads {}",
                            file->path().string(), layout->second, kPanelLayout),
                "Pack the encoder that it was made from again, with `undertone models pack`.");
  }
  const auto text = [&](const char* key) {
    const auto found = metadata.find(key);
    return found == metadata.end() ? std::string() : found->second;
  };
  Packing packing;
  const std::optional<Precision> precision = find_precision(text(kPrecisionKey));
  packing.digests = text(kDigestsKey);
  packing.doubt = text(kDoubtKey);
  if (!precision || packing.digests.empty() || !is_digests(packing.digests) ||
      packing.doubt.size() > kMostDoubt) {
    throw Error(
        ErrorCode::kModelCorrupt,
        fmt::format("{}: its metadata are not those of a packed encoder", file->path().string()),
        "Pack the encoder that it was made from again, with `undertone models pack`.");
  }
  packing.precision = *precision;
  return packing;
}

std::optional<Packing> packing_in(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kPackedFile;
  if (!std::filesystem::exists(path)) return std::nullopt;
  return packing_of(tensor::SafetensorsFile(path));
}

DType panel_type(Precision precision) {
  switch (precision) {
    case Precision::kF32:
      return DType::kF32;
    case Precision::kBf16:
      return DType::kBF16;
    case Precision::kInt8:
      return DType::kI8;
  }
  return DType::kF32;
}

std::optional<Precision> panel_precision(DType type) {
  for (const Precision precision : {Precision::kF32, Precision::kBf16, Precision::kInt8}) {
    if (panel_type(precision) == type) return precision;
  }
  return std::nullopt;
}

void require_finite_panels(const tensor::TensorArchive& archive) {
  const auto* file = dynamic_cast<const tensor::SafetensorsFile*>(&archive);
  if (file == nullptr) return;
  for (const tensor::TensorInfo& info : file->tensors()) {
    if (!info.name.ends_with(kPanelsEnding)) continue;
    const std::span<const std::byte> bytes = file->bytes(info);
    // All bits of the exponent set: infinite, or no number.
    bool finite = true;
    if (info.dtype == DType::kF32) {
      for (std::size_t i = 0; i < bytes.size(); i += sizeof(std::uint32_t)) {
        std::uint32_t bits = 0;
        std::memcpy(&bits, bytes.data() + i, sizeof bits);
        finite &= (bits & 0x7F800000U) != 0x7F800000U;
      }
    } else if (info.dtype == DType::kBF16) {
      for (std::size_t i = 0; i < bytes.size(); i += sizeof(std::uint16_t)) {
        std::uint16_t bits = 0;
        std::memcpy(&bits, bytes.data() + i, sizeof bits);
        finite &= (bits & 0x7F80U) != 0x7F80U;
      }
    }
    file->release(info, bytes);
    if (!finite) {
      throw Error(ErrorCode::kModelCorrupt,
                  fmt::format("{}: '{}' holds a value that is not a number", file->path().string(),
                              info.name));
    }
  }
}

}  // namespace undertone::encoder
