#include "audio/resampler.hpp"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <new>
#include <vector>

#include "audio/ffmpeg_log.hpp"
#include "audio/reader.hpp"

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <libavutil/samplefmt.h>
}

#include <undertone/error.hpp>

namespace undertone::audio {
namespace {

// `weights` are those of the mixdown, or empty for libswresample's own. Null, and a negative
// `result`, on failure.
SwrContextPtr make_context(const AVChannelLayout& layout, int format, int rate,
                           const std::vector<double>& weights, int& result) {
  AVChannelLayout mono{};
  av_channel_layout_default(&mono, 1);
  SwrContext* raw = nullptr;
  // FFmpeg 5 takes layouts that it only reads without const.
  result = swr_alloc_set_opts2(&raw, &mono, AV_SAMPLE_FMT_FLT, kSampleRate,
                               const_cast<AVChannelLayout*>(&layout),
                               static_cast<AVSampleFormat>(format), rate, 0, nullptr);
  SwrContextPtr context(raw);
  if (result < 0) return nullptr;
  av_opt_set_sample_fmt(raw, "internal_sample_fmt", AV_SAMPLE_FMT_FLTP, 0);
  // The weights of a mixdown add up to 1. Left alone, float output is mixed at unchanged power, and
  // speech that is alike in both channels would exceed full scale.
  av_opt_set_double(raw, "rematrix_maxval", 1.0, 0);
  if (rate != kSampleRate) {
    av_opt_set_int(raw, "resampler", SWR_ENGINE_SOXR, 0);
    av_opt_set_double(raw, "precision", 28.0, 0);
  }
  if (!weights.empty()) {
    result = swr_set_matrix(raw, weights.data(), static_cast<int>(weights.size()));
    if (result < 0) return nullptr;
  }
  result = swr_init(raw);
  if (result < 0) return nullptr;
  return context;
}

bool soxr_is_available() {
  AVChannelLayout mono{};
  av_channel_layout_default(&mono, 1);
  int result = 0;
  return make_context(mono, AV_SAMPLE_FMT_FLT, 3 * kSampleRate, {}, result) != nullptr;
}

}  // namespace

Resampler::~Resampler() { av_channel_layout_uninit(&layout_); }

void Resampler::convert(const AVFrame& frame, std::vector<float>& out) {
  if (context_ && (frame.sample_rate != rate_ || frame.format != format_ ||
                   av_channel_layout_compare(&frame.ch_layout, &layout_) != 0)) {
    flush(out);
  }
  if (!context_) configure(frame);
  pull(&frame, out);
}

void Resampler::flush(std::vector<float>& out) {
  if (!context_) return;
  pull(nullptr, out);
  context_.reset();
}

void Resampler::configure(const AVFrame& frame) {
  rate_ = frame.sample_rate;
  format_ = frame.format;
  if (av_channel_layout_copy(&layout_, &frame.ch_layout) < 0) throw std::bad_alloc();

  // One channel is mono whatever it is called: a lone left or bass channel is not to be weighed.
  const int channels = layout_.nb_channels;
  AVChannelLayout native{};
  if (channels == 1 || layout_.order == AV_CHANNEL_ORDER_UNSPEC) {
    av_channel_layout_default(&native, channels);
  } else {
    native = layout_;  // read only, and no longer than this call
  }
  int result = -1;
  FfmpegLogCapture::clear();
  if (native.order == AV_CHANNEL_ORDER_NATIVE) {
    context_ = make_context(native, format_, rate_, {}, result);
  }
  if (!context_ && channels > 1) {
    // Any layout of as many channels will do, since the weights are given.
    const std::uint64_t lowest = ~std::uint64_t{0} >> (64 - channels);
    AVChannelLayout stand_in{};
    av_channel_layout_from_mask(&stand_in, lowest);
    const std::vector<double> equal(static_cast<std::size_t>(channels), 1.0 / channels);
    context_ = make_context(stand_in, format_, rate_, equal, result);
  }
  if (context_) return;
  const std::string reason = FfmpegLogCapture::reason(result);
  if (rate_ != kSampleRate && !soxr_is_available()) {
    throw Error(ErrorCode::kInternal,
                "FFmpeg's libswresample was built without soxr, which Undertone resamples with",
                "Install an FFmpeg built with --enable-libsoxr, as distributions do.");
  }
  throw Error(ErrorCode::kAudioUnreadable,
              fmt::format("{}: {} channels at {} Hz cannot be converted to 16 kHz mono: {}", name_,
                          channels, rate_, reason));
}

void Resampler::pull(const AVFrame* frame, std::vector<float>& out) {
  const int fed = frame != nullptr ? frame->nb_samples : 0;
  const auto* const* planes =
      frame != nullptr ? const_cast<const std::uint8_t* const*>(frame->extended_data) : nullptr;
  for (;;) {
    FfmpegLogCapture::clear();
    const std::size_t begin = out.size();
    const int room = std::max(swr_get_out_samples(context_.get(), fed), 0) + 256;
    out.resize(begin + static_cast<std::size_t>(room));
    auto* target = reinterpret_cast<std::uint8_t*>(out.data() + begin);
    // libswresample declares its input differently from version to version.
    const int count =
        swr_convert(context_.get(), &target, room, const_cast<const std::uint8_t**>(planes), fed);
    if (count < 0) {
      throw Error(ErrorCode::kAudioUnreadable,
                  fmt::format("{}: cannot be converted to 16 kHz mono: {}", name_,
                              FfmpegLogCapture::reason(count)));
    }
    out.resize(begin + static_cast<std::size_t>(count));
    std::transform(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(),
                   out.begin() + static_cast<std::ptrdiff_t>(begin),
                   [](float sample) { return std::clamp(sample, -1.0F, 1.0F); });
    if (frame != nullptr || count == 0) return;
  }
}

}  // namespace undertone::audio
