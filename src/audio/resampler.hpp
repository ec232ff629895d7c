// From FFmpeg's frames to 16 kHz mono.
#pragma once

#include <string>
#include <vector>

#include "audio/ffmpeg_handles.hpp"

namespace undertone::audio {

// Mixes down and resamples consecutive frames, whose format may change from one to the next.
// Channels are weighed as libswresample does (stereo: the mean), or equally where it has no rule
// for them. Resampling is soxr's, at 28 bits; what is at 16 kHz already is not resampled.
// Not thread-safe. REQUIRES an FfmpegLogCapture on the calling thread.
class Resampler {
 public:
  // `name` is used in messages.
  explicit Resampler(std::string name) : name_(std::move(name)) {}
  ~Resampler();
  Resampler(const Resampler&) = delete;
  Resampler& operator=(const Resampler&) = delete;

  // Appends what is ready to `out`, clamped to [-1, 1]. Throws Error(kAudioUnreadable), or
  // Error(kInternal) if this FFmpeg lacks soxr.
  void convert(const AVFrame& frame, std::vector<float>& out);

  // Appends what the filter still holds. A later frame begins anew.
  void flush(std::vector<float>& out);

 private:
  void configure(const AVFrame& frame);
  void pull(const AVFrame* frame, std::vector<float>& out);

  std::string name_;
  SwrContextPtr context_;  // null before the first frame and after a flush
  int rate_ = 0;
  int format_ = -1;
  AVChannelLayout layout_{};
};

}  // namespace undertone::audio
