// The safetensors format: u64 header length, JSON header, raw little-endian data.
// https://github.com/huggingface/safetensors
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/tensor_archive.hpp"

namespace undertone::tensor {

// A memory-mapped safetensors file. The header is validated in full when it is opened: offsets
// within the file and contiguous, sizes that agree with dtype and shape, no duplicate name, header
// at most 100 MB. Const calls are thread-safe.
class SafetensorsFile final : public TensorArchive {
 public:
  // Throws Error(kFileNotFound, kFileUnreadable, kGitLfsPointer, kModelCorrupt,
  // kModelUnsupported).
  explicit SafetensorsFile(const std::filesystem::path& path);
  ~SafetensorsFile() override;

  std::span<const TensorInfo> tensors() const override;
  void read_floats(const TensorInfo& tensor, std::span<float> out) const override;
  void read_doubles(const TensorInfo& tensor, std::span<double> out) const override;
  std::span<const float> mapped_floats(const TensorInfo& tensor) const override;
  void release(const TensorInfo& tensor, std::span<const std::byte> part) const override;
  const std::filesystem::path& path() const override;

  // The "__metadata__" strings.
  const std::map<std::string, std::string>& metadata() const;

  // The raw bytes of a tensor in the mapped file; valid as long as this object. Mapped pages that
  // are no longer needed can be given back with release().
  std::span<const std::byte> bytes(const TensorInfo& tensor) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Collects tensors and writes them with atomic replacement. The bytes of the result depend only on
// what was added, and are those that the reference library writes (wide types first, then by name;
// the header padded to 8 bytes; metadata sorted by key). Not thread-safe.
class SafetensorsWriter {
 public:
  // Throws Error(kInvalidArgument) on text that is not UTF-8.
  void set_metadata(std::string key, std::string value);
  // `bytes` are borrowed until write(). Throws Error(kInvalidArgument) on a duplicate name,
  // a name that is not UTF-8, or if size and shape disagree.
  void add(std::string name, DType dtype, std::vector<std::uint64_t> shape,
           std::span<const std::byte> bytes);
  // Throws Error(kFileUnwritable).
  void write(const std::filesystem::path& path) const;

 private:
  struct Entry {
    DType dtype;
    std::vector<std::uint64_t> shape;
    std::span<const std::byte> bytes;
  };
  std::map<std::string, std::string> metadata_;
  std::map<std::string, Entry> entries_;
};

}  // namespace undertone::tensor
