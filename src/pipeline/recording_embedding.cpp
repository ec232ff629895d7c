#include "pipeline/recording_embedding.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>

#include <undertone/error.hpp>

#include "audio/reader.hpp"
#include "encoder/pooling.hpp"

namespace undertone::pipeline {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

std::vector<float> pooled(const EmbeddingShape& shape,
                          const std::vector<encoder::FramePool>& pools) {
  std::vector<float> values(shape.size());
  const std::size_t size = encoder::pooled_size(shape.pooling, shape.dimension);
  for (std::size_t s = 0; s < shape.states; ++s) {
    pools[s].write(std::span(values).subspan(s * size, size));
  }
  return values;
}

}  // namespace

Embedding embed_recording(const std::string& name, const EmbeddingShape& shape,
                          std::size_t receptive_field, ReadSamples read, EncodeWindow encode,
                          std::size_t longest, std::optional<VisitWindow> visit_window) {
  const std::size_t shortest =
      std::max(receptive_field, static_cast<std::size_t>(kShortest * audio::kSampleRate));
  WindowRule rule;
  rule.shortest_tail = std::max(rule.shortest_tail, receptive_field);
  rule.window = std::min(std::max(rule.window, receptive_field), longest);
  rule.shortest_tail = std::min(rule.shortest_tail, rule.window / 2);
  rule.longest = longest;

  Embedding result;
  result.state_ms.assign(shape.states, 0.0);
  audio::QualityMeter meter;
  const std::vector<encoder::FramePool> no_frames(shape.states, {shape.pooling, shape.dimension});
  std::vector<encoder::FramePool> pools = no_frames;
  std::uint64_t window_begin = 0;
  const auto require_length = [&](std::size_t samples) {
    if (samples >= shortest) return;
    throw Error(ErrorCode::kAudioTooShort,
                fmt::format("{}: {:.2f} s of audio; at least {:.2f} s are needed", name,
                            static_cast<double>(samples) / audio::kSampleRate,
                            static_cast<double>(shortest) / audio::kSampleRate),
                "Record a longer clip: a few seconds of speech are best.");
  };
  const auto begin = Clock::now();
  const WindowCounts counts = for_each_window(
      rule, read, [&meter](std::span<const float> samples) { meter.add(samples); },
      [&](std::span<const float> window) {
        require_length(window.size());
        const auto encode_begin = Clock::now();
        std::vector<encoder::FramePool> own_pools;
        if (visit_window) own_pools = no_frames;
        encode(window, [&](std::size_t state, tensor::MatrixView<const float> frames) {
          pools[state].add(frames);
          if (visit_window) own_pools[state].add(frames);
          result.state_ms[state] += milliseconds_since(encode_begin);
        });
        result.encode_ms += milliseconds_since(encode_begin);
        if (visit_window) (*visit_window)(window_begin, window, pooled(shape, own_pools));
        window_begin += window.size();
      });
  require_length(counts.samples);
  result.decode_ms = milliseconds_since(begin) - result.encode_ms;
  result.windows = counts.windows;
  result.values = pooled(shape, pools);
  result.quality = meter.result();
  return result;
}

std::vector<Warning> recording_warnings(const audio::Quality& quality) {
  std::vector<Warning> warnings;
  if (quality.duration_s < kShort) {
    warnings.push_back({"short_audio", fmt::format("only {:.2f} s of audio; a few seconds give "
                                                   "a more reliable result",
                                                   quality.duration_s)});
  }
  if (quality.duration_s > kLong) {
    warnings.push_back(
        {"long_audio", fmt::format("{:.1f} s of audio were heard in windows of {:.0f} "
                                   "s and averaged; emotions that change get mixed",
                                   quality.duration_s, kLong)});
  }
  if (quality.silent()) {
    warnings.push_back(
        {"silent_audio", fmt::format("silence: the loudest moment is at {:.0f} dBFS; "
                                     "the result says nothing",
                                     quality.loudest_dbfs)});
  }
  if (quality.clipped()) {
    warnings.push_back({"clipped_audio", fmt::format("{:.1f} % of the samples are clipped; lower "
                                                     "the recording level",
                                                     100.0 * quality.clipped_fraction)});
  }
  return warnings;
}

}  // namespace undertone::pipeline
