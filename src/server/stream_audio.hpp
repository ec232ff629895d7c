// The sound of a live stream, cut into overlapping windows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "audio/pcm_stream.hpp"
#include "common/function_ref.hpp"

namespace undertone::server {

// The window of one step: samples [begin, end) of the stream at 16 kHz.
struct StreamStep {
  std::uint64_t sequence = 0;  // from 1
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

// Resamples PCM to 16 kHz and says when a step is complete: the first at the longer of a second and
// one step, and then one at each further step, over the last `window_s`. The steps and their
// samples are the same however the sound is cut into messages. Holds the last window and step and a
// second beyond, whatever comes. Not thread-safe.
class StreamAudio {
 public:
  using OnStep = FunctionRef<void(const StreamStep&)>;

  // REQUIRES a step of at most a window, and a window of at least a second. Throws as PcmStream.
  StreamAudio(int rate, double window_s, double step_s);

  // Calls `on_step` for each step that these samples complete, in order, while the step is the
  // newest. Throws as PcmStream::add().
  void add(std::span<const std::byte> pcm, OnStep on_step);

  // The same for what the resampler still holds. REQUIRES that nothing follows.
  void finish(OnStep on_step);

  // Valid until the next add() or finish(). REQUIRES that fewer than two steps have been completed
  // since this one.
  std::span<const float> window(const StreamStep& step) const;
  // The end of that window, as long as a step: what is new in it.
  std::span<const float> newest(const StreamStep& step) const;

  double received_s() const;
  std::size_t held_samples() const { return recent_.size(); }

 private:
  void take(std::span<const float> samples, OnStep on_step);

  int rate_;
  std::uint64_t window_;
  std::uint64_t step_;
  audio::PcmStream resampler_;
  std::uint64_t received_ = 0;  // samples at `rate_`
  std::vector<float> resampled_;
  std::vector<float> recent_;       // the last samples at 16 kHz ...
  std::uint64_t recent_begin_ = 0;  // ... of which this is the first
  std::uint64_t next_end_;          // of the step that comes next
  std::uint64_t next_sequence_ = 1;
};

}  // namespace undertone::server
