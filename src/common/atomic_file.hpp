// Output files that appear whole or not at all.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace undertone {

// Writes to a temporary file beside `path` and renames it into place on commit(). Without commit
// the temporary file is removed by the destructor and whatever stood at `path` stays as it was. Not
// thread-safe.
class AtomicFile {
 public:
  // Throws Error(kFileUnwritable) if the temporary file cannot be created.
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  // Both throw Error(kFileUnwritable), with the system's reason (a full disk, say).
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);

  // Flushes to the device and renames. Throws Error(kFileUnwritable).
  void commit();

 private:
  [[noreturn]] void fail(std::string_view doing) const;

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;
};

}  // namespace undertone
