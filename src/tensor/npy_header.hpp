// The header of a .npy file: magic, version, and a Python dictionary in text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace undertone::tensor {

// The longest dictionary that is read.
inline constexpr std::size_t kMaxNpyHeader = 64 * 1024;

struct NpyHeader {
  std::string descr;  // NumPy's type string, e.g. "<f4"
  bool fortran_order = false;
  std::vector<std::uint64_t> shape;
  std::size_t size = 0;  // of the header itself: where the data begin
};

// Versions 1.0, 2.0 and 3.0. The dictionary must hold exactly descr, fortran_order and shape.
// Throws Error(kDataInvalid).
NpyHeader parse_npy_header(std::span<const std::byte> bytes, std::string_view name);

// Everything before the data, padded to 64 bytes as NumPy does.
std::string format_npy_header(std::string_view descr, std::span<const std::uint64_t> shape);

}  // namespace undertone::tensor
