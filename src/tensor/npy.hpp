// NumPy's .npy and .npz.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
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
// to int64, bytes ('|S...', must be UTF-8) become texts. Everything else (objects, structures,
// big-endian) is refused by name. `name` is what messages call it. Throws Error(kDataInvalid).
NpyArray parse_npy(std::span<const std::byte> bytes, std::string_view name);

// The bytes that NumPy's save() writes for the array. Throws Error(kInvalidArgument) if shape and
// data disagree, or a text is not UTF-8 or ends in a zero character (which NumPy cannot keep).
std::vector<std::byte> serialize_npy(const NpyArray& array);

// Throws Error(kFileNotFound, kFileUnreadable, kGitLfsPointer, kDataInvalid).
NpyArray read_npy(const std::filesystem::path& path);
// Atomic replacement. Throws Error(kInvalidArgument, kFileUnwritable).
void write_npy(const std::filesystem::path& path, const NpyArray& array);

// Limits against hostile archives: refused with Error(kDataInvalid) beyond.
struct NpzLimits {
  std::uint64_t max_members = 1000;
  std::uint64_t max_member_bytes = std::uint64_t{16} << 30;
  // All members together may be at most this many times the size of the archive, or
  // always_allowed_bytes if that is more.
  std::uint64_t max_ratio = 200;
  std::uint64_t always_allowed_bytes = std::uint64_t{64} << 20;
};

// Stored or deflated members; one array each, by name without ".npy". Throws what read_npy throws.
std::map<std::string, NpyArray> read_npz(const std::filesystem::path& path,
                                         const NpzLimits& limits = {});
// The same from memory; `name` is what messages call it.
std::map<std::string, NpyArray> parse_npz(std::span<const std::byte> bytes, std::string_view name,
                                          const NpzLimits& limits = {});

// An array whose elements are made while it is written, so that it never stands in memory.
struct NpyStream {
  NpyArray::Type type = NpyArray::Type::kFloat32;  // not kUnicode
  std::vector<std::uint64_t> shape;
  // Called again and again for the next bytes of the elements, in C order, until all are there;
  // fills the whole span. What it throws ends the writing and comes out of write_npz.
  std::function<void(std::span<std::byte>)> fill;
};

struct NpzOptions {
  // The folder to work in, on the same file system, made and removed; what a killed run left in it
  // is removed first, so no other run may use it at the same time. Empty: one of a new name beside
  // the output.
  std::filesystem::path work_folder{};
};

// Stored, not compressed, with fixed timestamps: the same arrays give the same bytes, whether
// streamed or not. Atomic replacement. The arrays are not copied. Throws Error(kInvalidArgument,
// kFileUnwritable).
void write_npz(const std::filesystem::path& path, const std::map<std::string, NpyArray>& arrays,
               const std::map<std::string, NpyStream>& streams = {},
               const NpzOptions& options = {});

}  // namespace undertone::tensor
