// Decoding: any format FFmpeg reads to 16 kHz mono samples, pulled piece by piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
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
// with length. 16 kHz mono passes through exactly, a 16-bit sample s as s / 32768. Louder samples
// of float files are clamped. Not thread-safe, but any number may run in parallel; movable.
//
// Whatever the bytes are, the worst that happens is an Error: kAudioUnreadable with FFmpeg's reason
// and the position in seconds (also where a header promises more audio than there is, or a float
// sample is not finite), or one of the limits above; kInternal if FFmpeg lacks soxr. No network
// protocol and no other file can be reached through a crafted source. The same bytes give the same
// samples from a file, from memory and from a descriptor. A reader that has thrown throws the same
// again.
//
// FFmpeg's log callback and its largest allocation are set for the process by the first reader; see
// docs/audio.md.
class Reader {
 public:
  // Also of a named pipe or device, which is read as by open_descriptor(). Throws also
  // Error(kFileNotFound), Error(kFileUnreadable) and Error(kGitLfsPointer).
  static Reader open_file(const std::filesystem::path& path, const Limits& limits = {});

  // `bytes` must outlive the reader. `name` is used in messages.
  static Reader open_memory(std::span<const std::byte> bytes, std::string name,
                            const Limits& limits = {});

  // Reads an open descriptor (standard input, a pipe) to its end and does not close it. A regular
  // file is read from its current position, which does not move. Formats that must be seekable
  // (AIFF, CAF, MP3, MP4, WavPack) are first copied from a pipe to a nameless temporary file:
  // throws also Error(kFileUnwritable).
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
