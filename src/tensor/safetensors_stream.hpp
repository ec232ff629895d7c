// Writing a safetensors file of any size in bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "common/atomic_file.hpp"
#include "tensor/tensor_archive.hpp"

namespace undertone::tensor {

// What comes first in a file.
enum class FileOrder {
  kReference,  // that of the reference implementation: wide types first, then by name
  // Tensors whose size is a multiple of kAlignment, then the others, each in the reference's order,
  // and the header padded to such a multiple too: the former stand at aligned addresses when the
  // file is mapped.
  kAligned,
};

// Writes the header at once, takes the data in pieces, and replaces the file atomically on
// commit(); without it whatever stood there stays. Not thread-safe.
class SafetensorsStream {
 public:
  // Throws Error(kInvalidArgument) on a duplicate or impossible name, on a size that overflows or
  // on a header above the format's limit, and Error(kFileUnwritable).
  SafetensorsStream(const std::filesystem::path& path, std::vector<TensorInfo> tensors,
                    const std::map<std::string, std::string>& metadata = {},
                    FileOrder order = FileOrder::kReference);

  // In the order in which their data must be written.
  std::span<const TensorInfo> tensors() const noexcept { return tensors_; }

  // The next bytes, in pieces of any size. Throws Error(kInvalidArgument) beyond what the tensors
  // need, and Error(kFileUnwritable).
  void write(std::span<const std::byte> bytes);

  // Throws Error(kInvalidArgument) if data are missing, and Error(kFileUnwritable).
  void commit();

 private:
  std::vector<TensorInfo> tensors_;
  AtomicFile file_;
  std::uint64_t missing_ = 0;  // bytes
};

}  // namespace undertone::tensor
