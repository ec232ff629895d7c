// Named tensors in a file, whatever the file's format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace undertone::tensor {

enum class DType { kF64, kF32, kF16, kBF16, kI64, kI32, kI16, kI8, kU8, kBool };

std::size_t size_of(DType dtype);
std::string_view to_string(DType dtype);  // "F32", as safetensors spells it

// What is known of a tensor without reading it.
struct TensorInfo {
  std::string name;
  DType dtype = DType::kF32;
  std::vector<std::uint64_t> shape;  // empty for a scalar

  std::uint64_t element_count() const;  // validated on opening: the product does not overflow
};

// A read-only collection of tensors. Const calls are thread-safe.
class TensorArchive {
 public:
  virtual ~TensorArchive() = default;

  // Sorted by name.
  virtual std::span<const TensorInfo> tensors() const = 0;

  // The elements of one tensor, converted to float (from F64, F32, F16, BF16 and the integers),
  // row-major, into `out`, whose size must be the element count. The file's pages are given back
  // to the system after they were copied. Throws Error(kInvalidArgument) if the size is another or
  // the archive has no tensor of that name.
  virtual void read_floats(const TensorInfo& tensor, std::span<float> out) const = 0;

  // The same in double precision.
  virtual void read_doubles(const TensorInfo& tensor, std::span<double> out) const = 0;

  // The elements where they stand in a mapped file, row-major, if they are floats there and at an
  // address that floats may have; else nothing: read_floats() has them always. Valid as long as
  // this object. Throws Error(kInvalidArgument) if the archive has no tensor of that name.
  virtual std::span<const float> mapped_floats(const TensorInfo& tensor) const;

  // Tells the system that mapped pages with `part` of this tensor are not needed for now (they are
  // read again if they are).
  virtual void release(const TensorInfo& tensor, std::span<const std::byte> part) const;

  // The file or folder, for messages.
  virtual const std::filesystem::path& path() const = 0;

  // nullptr if there is none of that name.
  const TensorInfo* find(std::string_view name) const;
};

// Opens a checkpoint by its content: safetensors, a PyTorch zip checkpoint, or a `*.index.json`
// that names the shards of either. Throws Error(kFileNotFound, kFileUnreadable, kGitLfsPointer,
// kModelCorrupt, kModelUnsupported). Files stay mapped while the archive lives: replace them by
// renaming, never shorten them in place (see MappedFile).
std::unique_ptr<TensorArchive> open_archive(const std::filesystem::path& path);

}  // namespace undertone::tensor
