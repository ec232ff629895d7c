// Sound that arrives piece by piece: 16-bit samples at any rate to 16 kHz.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace undertone::audio {

// The rates that speech is recorded at, Hz.
inline constexpr int kLowestPcmRate = 8000;
inline constexpr int kHighestPcmRate = 192000;

// Resamples raw PCM as it arrives. All that add() and finish() give, joined, are the samples that a
// Reader gives of a WAV file with the same bytes, to the bit and however the bytes were cut: at
// 16 kHz a sample s passes as s / 32768, any other rate goes through soxr.
//
// The filter looks ahead, so that samples come out up to an eighth of a second of sound late, but
// at their own place: the n-th is that of n / 16000 s after the start. At 16 kHz nothing is held
// back.
//
// Not thread-safe; each call may come from another thread. Movable.
class PcmStream {
 public:
  // Throws Error(kInvalidArgument) if `rate` is outside of the above.
  explicit PcmStream(int rate);
  PcmStream(PcmStream&&) noexcept;
  PcmStream& operator=(PcmStream&&) noexcept;
  ~PcmStream();

  // Appends to `out` what is ready once the signed 16-bit little-endian mono samples `pcm` are
  // there too. Throws Error(kInvalidArgument) on half a sample, with nothing taken in, and
  // Error(kInternal) if FFmpeg lacks soxr. REQUIRES that finish() was not called.
  void add(std::span<const std::byte> pcm, std::vector<float>& out);

  // Appends the rest. The stream is then at its end.
  void finish(std::vector<float>& out);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace undertone::audio
