#include "audio/containers.hpp"

#include <algorithm>
#include <array>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

namespace undertone::audio {
namespace {

// clang-format off
constexpr std::array kContainers = {
    //         demuxer                    states_length frames_packets needs_seeking
    Container{"aac",                      false,        false,         false},
    Container{"aiff",                     true,         false,         true},
    Container{"amr",                      false,        false,         false},
    Container{"asf",                      false,        true,          false},
    Container{"au",                       true,         false,         false},
    Container{"caf",                      true,         false,         true},
    Container{"flac",                     true,         false,         false},
    Container{"matroska,webm",            true,         true,          false},
    Container{"mov,mp4,m4a,3gp,3g2,mj2",  true,         true,          true},
    Container{"mp3",                      true,         false,         true},
    Container{"nistsphere",               true,         false,         false},
    Container{"ogg",                      true,         true,          false},
    Container{"w64",                      true,         false,         false},
    Container{"wav",                      true,         false,         false},
    Container{"wv",                       true,         false,         true},
};
// clang-format on

}  // namespace

const Container* find_container(std::string_view demuxer) {
  const auto* found = std::find_if(kContainers.begin(), kContainers.end(),
                                   [&](const Container& c) { return c.demuxer == demuxer; });
  return found == kContainers.end() ? nullptr : found;
}

const std::string& demuxer_whitelist() {
  static const std::string list = [] {
    std::string names;
    for (const Container& container : kContainers) {
      if (!names.empty()) names += ',';
      names += container.demuxer;
    }
    return names;
  }();
  return list;
}

const char* decoder_whitelist() {
  // FFmpeg's own decoders where it has one; libopus, libvorbis and the OpenCORE pair serve builds
  // that lack it.
  return "aac,aac_latm,alac,flac,mp1,mp1float,mp2,mp2float,mp3,mp3float,opus,libopus,vorbis,"
         "libvorbis,wavpack,wmav1,wmav2,wmapro,wmavoice,wmalossless,amrnb,amrwb,"
         "libopencore_amrnb,libopencore_amrwb,gsm,gsm_ms,adpcm_ima_qt,adpcm_ima_wav,adpcm_ms,"
         "adpcm_g722,g722,adpcm_g726,adpcm_g726le,pcm_alaw,pcm_mulaw,pcm_f32be,pcm_f32le,pcm_f64be,"
         "pcm_f64le,pcm_s8,pcm_s8_planar,pcm_u8,pcm_s16be,pcm_s16be_planar,pcm_s16le,"
         "pcm_s16le_planar,pcm_u16be,pcm_u16le,pcm_s24be,pcm_s24le,pcm_s24le_planar,pcm_u24be,"
         "pcm_u24le,pcm_s32be,pcm_s32le,pcm_s32le_planar,pcm_u32be,pcm_u32le,pcm_s64be,pcm_s64le";
}

std::optional<PromisedLength> promised_length(const Container& container,
                                              const AVFormatContext& format, const AVStream& stream,
                                              std::optional<std::uint64_t> data_bytes) {
  if (!container.states_length) return std::nullopt;

  if (container.demuxer == "matroska,webm") {
    // One duration for all streams. Pages that record in a browser add it afterwards from the clock
    // on the wall, hence the width.
    if (format.nb_streams != 1 || format.duration <= 0 ||
        format.duration_estimation_method == AVFMT_DURATION_FROM_BITRATE) {
      return std::nullopt;
    }
    const double duration_s = static_cast<double>(format.duration) / AV_TIME_BASE;
    return PromisedLength{duration_s, 0.5 + 0.01 * duration_s};
  }

  // PCM and the companded 8-bit codecs: bytes are seconds.
  constexpr double kTolerance_s = 0.1;
  const int bits = av_get_bits_per_sample(stream.codecpar->codec_id);
  const double bytes_per_second = static_cast<double>(stream.codecpar->sample_rate) * bits / 8.0 *
                                  std::max(stream.codecpar->ch_layout.nb_channels, 1);
  const bool bytes_are_seconds = bits > 0 && bytes_per_second > 0.0;
  if (bytes_are_seconds && data_bytes) {
    return PromisedLength{static_cast<double>(*data_bytes) / bytes_per_second, kTolerance_s};
  }
  if (container.demuxer == "wav" || container.demuxer == "w64") {
    if (bytes_are_seconds) return std::nullopt;
  }

  if (stream.duration == AV_NOPTS_VALUE || stream.duration <= 0) return std::nullopt;
  if (format.duration_estimation_method == AVFMT_DURATION_FROM_BITRATE) return std::nullopt;
  const double duration_s = static_cast<double>(stream.duration) * av_q2d(stream.time_base);

  // SoX writes this size into an AIFF header when its output is a pipe. AU has a proper mark for
  // the unknown, which FFmpeg heeds.
  constexpr double kSoxPlaceholderBytes = 0x7F000000;
  if (container.demuxer == "aiff" && bytes_are_seconds &&
      duration_s * bytes_per_second >= kSoxPlaceholderBytes) {
    return std::nullopt;
  }
  return PromisedLength{duration_s, kTolerance_s};
}

}  // namespace undertone::audio
