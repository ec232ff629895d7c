#include "server/stream_audio.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "audio/reader.hpp"

namespace undertone::server {
namespace {

using audio::kSampleRate;

constexpr std::size_t kPieceBytes = 8192;  // bounds what one message resamples to

std::uint64_t to_samples(double seconds) {
  return static_cast<std::uint64_t>(std::llround(seconds * kSampleRate));
}

}  // namespace

StreamAudio::StreamAudio(int rate, double window_s, double step_s)
    : rate_(rate),
      window_(to_samples(window_s)),
      step_(to_samples(step_s)),
      resampler_(rate),
      next_end_(std::max<std::uint64_t>(step_, kSampleRate)) {
  assert(step_ > 0 && step_ <= window_ && window_ >= kSampleRate);
}

void StreamAudio::add(std::span<const std::byte> pcm, OnStep on_step) {
  while (!pcm.empty()) {
    const std::span<const std::byte> piece = pcm.first(std::min(pcm.size(), kPieceBytes));
    resampled_.clear();
    resampler_.add(piece, resampled_);
    received_ += piece.size() / 2;
    take(resampled_, on_step);
    pcm = pcm.subspan(piece.size());
  }
}

void StreamAudio::finish(OnStep on_step) {
  resampled_.clear();
  resampler_.finish(resampled_);
  take(resampled_, on_step);
}

void StreamAudio::take(std::span<const float> samples, OnStep on_step) {
  while (!samples.empty()) {
    const std::uint64_t missing = next_end_ - (recent_begin_ + recent_.size());
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(missing, samples.size()));
    recent_.insert(recent_.end(), samples.begin(),
                   samples.begin() + static_cast<std::ptrdiff_t>(count));
    samples = samples.subspan(count);
    if (count == missing) {
      const StreamStep step{next_sequence_, next_end_ - std::min(next_end_, window_), next_end_};
      ++next_sequence_;
      next_end_ += step_;
      on_step(step);
    }
    // A step may wait until the next one is complete, so that much is kept beyond the window. Only
    // whole seconds are removed, because what stays is moved each time.
    const std::uint64_t kept = window_ + step_;
    if (recent_.size() >= kept + kSampleRate) {
      const std::uint64_t excess = recent_.size() - kept;
      recent_.erase(recent_.begin(), recent_.begin() + static_cast<std::ptrdiff_t>(excess));
      recent_begin_ += excess;
    }
  }
}

std::span<const float> StreamAudio::window(const StreamStep& step) const {
  assert(step.begin >= recent_begin_ && step.end <= recent_begin_ + recent_.size());
  return std::span(recent_).subspan(static_cast<std::size_t>(step.begin - recent_begin_),
                                    static_cast<std::size_t>(step.end - step.begin));
}

std::span<const float> StreamAudio::newest(const StreamStep& step) const {
  return window(step).last(static_cast<std::size_t>(step_));
}

double StreamAudio::received_s() const { return static_cast<double>(received_) / rate_; }

}  // namespace undertone::server
