// Decoding: any format FFmpeg reads to 16 kHz mono samples, pulled piece by piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace undertone::audio {

// Every encoder of the family hears 16 kHz.
inline constexpr int kSampleRate = 16000;

// What a source may cost before it is refused. Exceeding a limit throws; nothing is silently cut.
struct Limits {
  std::uint64_t max_bytes = std::uint64_t{4} << 30;  // of the encoded source: Error(kAudioTooLarge)
  double max_duration_s = 6.0 * 3600.0;              // of decoded audio: Error(kAudioTooLong)
  unsigned max_streams = 64;                         // in the container: Error(kAudioUnreadable)
  std::uint64_t max_probe_bytes = std::uint64_t{5} << 20;  // read to recognise format and streams
};

// What the source says of itself.
struct SourceInfo {
  std::string container;  // FFmpeg's name, e.g. "flac", "matroska,webm"
  std::string codec;      // FFmpeg's name, e.g. "opus"
  int sample_rate = 0;    // Hz, before resampling
  int channels = 0;       // before the mixdown
};

// A source of 16 kHz mono samples in [-1, 1]: decoded, mixed down (mean of the channels as
// libswresample weighs them) and resampled (soxr) as they are asked for, so memory does not grow
// with length. Not thread-safe; movable.
//
// Whatever the bytes are, the worst that happens is an Error: kAudioUnreadable with FFmpeg's reason
// and the position in seconds, or one of the limits above. No network protocol and no other file
// can be reached through a crafted source.
class Reader {
 public:
  // Throws also Error(kFileNotFound), Error(kFileUnreadable) and Error(kGitLfsPointer).
  static Reader open_file(const std::filesystem::path& path, const Limits& limits = {});

  // `bytes` must outlive the reader. `name` is used in messages.
  static Reader open_memory(std::span<const std::byte> bytes, std::string name,
                            const Limits& limits = {});

  // Reads an open descriptor (standard input, a pipe) to its end without seeking; does not close
  // it.
  static Reader open_descriptor(int descriptor, std::string name, const Limits& limits = {});

  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;
  ~Reader();

  // Fills `out` from its start and returns how many samples were written: fewer than asked for only
  // at the end of the source, 0 once it is exhausted. Throws as described above.
  std::size_t read(std::span<float> out);

  const SourceInfo& source() const;

 private:
  class Impl;
  explicit Reader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// All that is left in the reader.
std::vector<float> read_all(Reader& reader);

}  // namespace undertone::audio
