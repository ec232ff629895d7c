// NumPy's .npy and .npz.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace undertone::tensor {

// An array as NumPy stores it, in C order after reading (Fortran order is transposed).
struct NpyArray {
  enum class Type { kFloat32, kFloat64, kInt32, kInt64, kUint8, kBool, kUnicode };

  Type type = Type::kFloat32;
  std::vector<std::uint64_t> shape;  // empty for a scalar
  std::vector<std::byte> data;       // little-endian elements; unused for kUnicode
  std::vector<std::string> strings;  // UTF-8, one per element, for kUnicode (NumPy dtype '<U...')

  std::uint64_t element_count() const;
};

NpyArray make_array(std::span<const float> values, std::vector<std::uint64_t> shape);
NpyArray make_array(std::span<const double> values, std::vector<std::uint64_t> shape);
NpyArray make_array(std::span<const std::int64_t> values, std::vector<std::uint64_t> shape);
NpyArray make_array(
    std::vector<std::string> strings);  // one-dimensional; a scalar with make_scalar
NpyArray make_scalar(std::string text);

// Little-endian arrays of the types above; float16 is widened to float32, int8/int16/uint16/uint32
// to int64. Everything else (objects, structures, big-endian) is refused by name. Throws
// Error(kDataInvalid).
NpyArray parse_npy(std::span<const std::byte> bytes, std::string_view name);
std::vector<std::byte> serialize_npy(const NpyArray& array);

NpyArray read_npy(const std::filesystem::path& path);
void write_npy(const std::filesystem::path& path, const NpyArray& array);

// Limits against hostile archives: refused with Error(kDataInvalid) beyond.
struct NpzLimits {
  std::uint64_t max_members = 1000;
  std::uint64_t max_member_bytes = std::uint64_t{16} << 30;
};

std::map<std::string, NpyArray> read_npz(const std::filesystem::path& path,
                                         const NpzLimits& limits = {});

// Stored, not compressed, with fixed timestamps: the same arrays give the same bytes. Atomic
// replacement.
void write_npz(const std::filesystem::path& path, const std::map<std::string, NpyArray>& arrays);

}  // namespace undertone::tensor
