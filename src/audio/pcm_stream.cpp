#include "audio/pcm_stream.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/format.h>
#include <new>

#include "audio/ffmpeg_log.hpp"
#include "audio/resampler.hpp"

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/samplefmt.h>
}

#include <undertone/error.hpp>

namespace undertone::audio {
namespace {

constexpr std::size_t kPiece = 4096;  // samples converted at a time

}  // namespace

class PcmStream::Impl {
 public:
  explicit Impl(int rate) : frame_(av_frame_alloc()), resampler_("stream") {
    if (!frame_) throw std::bad_alloc();
    frame_->format = AV_SAMPLE_FMT_S16;
    frame_->sample_rate = rate;
    av_channel_layout_default(&frame_->ch_layout, 1);
    // The samples stay ours: a frame without buffers frees nothing.
    frame_->data[0] = reinterpret_cast<std::uint8_t*>(samples_.data());
    frame_->extended_data = frame_->data;
  }

  void add(std::span<const std::byte> pcm, std::vector<float>& out) {
    const FfmpegLogCapture capture;
    while (!pcm.empty()) {
      const std::size_t count = std::min(pcm.size() / 2, kPiece);
      for (std::size_t i = 0; i < count; ++i) {
        samples_[i] = static_cast<std::int16_t>(std::to_integer<unsigned>(pcm[2 * i]) |
                                                std::to_integer<unsigned>(pcm[2 * i + 1]) << 8U);
      }
      frame_->nb_samples = static_cast<int>(count);
      resampler_.convert(*frame_, out);
      pcm = pcm.subspan(2 * count);
    }
  }

  void finish(std::vector<float>& out) {
    const FfmpegLogCapture capture;
    resampler_.flush(out);
  }

 private:
  std::array<std::int16_t, kPiece> samples_{};
  FramePtr frame_;
  Resampler resampler_;
};

PcmStream::PcmStream(int rate) {
  if (rate < kLowestPcmRate || rate > kHighestPcmRate) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("a rate of {} Hz; {} to {} Hz are heard",
                                                         rate, kLowestPcmRate, kHighestPcmRate));
  }
  impl_ = std::make_unique<Impl>(rate);
}

PcmStream::PcmStream(PcmStream&&) noexcept = default;
PcmStream& PcmStream::operator=(PcmStream&&) noexcept = default;
PcmStream::~PcmStream() = default;

void PcmStream::add(std::span<const std::byte> pcm, std::vector<float>& out) {
  if (pcm.size() % 2 != 0) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{} bytes are no whole number of 16-bit samples", pcm.size()));
  }
  impl_->add(pcm, out);
}

void PcmStream::finish(std::vector<float>& out) { impl_->finish(out); }

}  // namespace undertone::audio
