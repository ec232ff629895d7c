// Where encoded bytes come from: memory, a file, or a stream that cannot be read twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "audio/reader.hpp"

struct AVIOContext;

namespace undertone::audio {

// Not thread-safe.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  // Reads at least one byte, 0 only at the end. Throws Error(kFileUnreadable) or
  // Error(kAudioTooLarge).
  virtual std::size_t read(std::span<std::byte> out) = 0;

  // Moves the next read to `position`, which may lie beyond the end. REQUIRES size(), or position 0
  // before stop_keeping().
  virtual void seek(std::uint64_t position) = 0;

  // Nothing for a stream; it can then only be read on.
  virtual std::optional<std::uint64_t> size() const = 0;

  // Until this is called a stream keeps what it has read, so that it can go back to its start once
  // its format is known.
  virtual void stop_keeping() {}
};

// `bytes` must outlive the source. Throws Error(kAudioTooLarge).
std::unique_ptr<ByteSource> memory_source(std::span<const std::byte> bytes, const std::string& name,
                                          const Limits& limits);

// An open descriptor, which stays the caller's. A regular file can be read anywhere, from its
// current position on (which does not move); anything else is a stream. Throws
// Error(kFileUnreadable) and Error(kAudioTooLarge).
std::unique_ptr<ByteSource> descriptor_source(int descriptor, std::string name,
                                              const Limits& limits);

// A file, or whatever else the path names: a named pipe is a stream. Throws as
// require_regular_file and descriptor_source do.
std::unique_ptr<ByteSource> file_source(const std::filesystem::path& path, const Limits& limits);

// Copies all of `stream` to a nameless temporary file: for formats that keep their index at the
// end. Throws Error(kFileUnwritable) and what reading throws.
std::unique_ptr<ByteSource> spool(ByteSource& stream, const std::string& name,
                                  const Limits& limits);

// Presents a ByteSource to FFmpeg, which must not see exceptions: the first one is kept and thrown
// by rethrow(). Holds a reference to the source.
class FfmpegInput {
 public:
  explicit FfmpegInput(ByteSource& source);
  ~FfmpegInput();
  FfmpegInput(const FfmpegInput&) = delete;
  FfmpegInput& operator=(const FfmpegInput&) = delete;

  AVIOContext* get() const { return context_; }
  void rethrow() const;

 private:
  static int read_packet(void* self, std::uint8_t* buffer, int size) noexcept;
  static std::int64_t seek(void* self, std::int64_t offset, int whence) noexcept;

  ByteSource& source_;
  AVIOContext* context_ = nullptr;
  std::uint64_t position_ = 0;
  std::exception_ptr failure_;
};

}  // namespace undertone::audio
