// A file's bytes as memory.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace undertone::tensor {

// A read-only private mapping of a whole file, closed by the destructor. Const calls are
// thread-safe. Nothing can protect against a file that another program cuts short while it is
// mapped: the system then ends the process (SIGBUS). Replace such files by renaming, which leaves
// the mapped one whole.
class MappedFile {
 public:
  // Throws Error(kFileNotFound, kFileUnreadable, kGitLfsPointer).
  explicit MappedFile(std::filesystem::path path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const noexcept { return bytes_; }
  const std::filesystem::path& path() const noexcept { return path_; }

  // Tells the system that the pages that hold `part` need not stay in this process's memory. All
  // bytes stay valid, those beside it on the same pages too: a later look brings the pages back.
  void release(std::span<const std::byte> part) const noexcept;

 private:
  std::filesystem::path path_;
  std::span<const std::byte> bytes_;
};

}  // namespace undertone::tensor
