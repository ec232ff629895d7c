// The header of a safetensors file, read and checked without touching the data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/tensor_archive.hpp"

namespace undertone::tensor {

inline constexpr std::uint64_t kMaxSafetensorsHeader = 100'000'000;  // the reference's limit
inline constexpr std::size_t kMaxRank = 64;

struct SafetensorsHeader {
  // Where a tensor's bytes are, counted from the beginning of the file.
  struct Extent {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
  };

  std::vector<TensorInfo> tensors;  // sorted by name
  std::vector<Extent> extents;      // one per tensor
  std::map<std::string, std::string> metadata;
};

// `file` is the whole file, `name` is what messages call it. Throws Error(kModelCorrupt) where the
// header contradicts itself, the format or the file's size, and Error(kModelUnsupported) for a
// dtype that this version does not read.
SafetensorsHeader parse_safetensors_header(std::span<const std::byte> file, std::string_view name);

}  // namespace undertone::tensor
