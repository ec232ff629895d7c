// A .npz archive whose arrays are read one by one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/npy.hpp"

namespace undertone::tensor {

// Stored or deflated members, one array each, by name without ".npy". Not thread-safe. All calls
// throw Error(kDataInvalid) for what is damaged, beyond the limits, or not there.
class NpzFile {
 public:
  // Maps the file. Throws Error(kFileNotFound, kFileUnreadable, kGitLfsPointer, kDataInvalid).
  explicit NpzFile(const std::filesystem::path& path, const NpzLimits& limits = {});
  // From memory, which must outlive this; `name` is what messages call it.
  NpzFile(std::span<const std::byte> bytes, std::string name, const NpzLimits& limits = {});
  ~NpzFile();
  NpzFile(const NpzFile&) = delete;
  NpzFile& operator=(const NpzFile&) = delete;

  // As they stand in the archive.
  const std::vector<std::string>& names() const noexcept;
  bool contains(std::string_view name) const;

  // Without reading the elements.
  std::vector<std::uint64_t> shape(std::string_view name);

  NpyArray read(std::string_view name);

  // Of an array [N, L, ...] the part [:, index, ...], as an array [N, ...]. Needs memory for that
  // part alone where the array is as NumPy saves floats and integers, else for all of it.
  NpyArray read_slice(std::string_view name, std::uint64_t index);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace undertone::tensor
