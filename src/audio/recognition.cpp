#include "audio/recognition.hpp"

#include <algorithm>
#include <climits>
#include <cstdint>

#include "audio/containers.hpp"
#include "audio/ffmpeg_log.hpp"

extern "C" {
#include <libavformat/avformat.h>
}

namespace undertone::audio {

unsigned probe_bytes(const Limits& limits) {
  return static_cast<unsigned>(
      std::clamp<std::uint64_t>(limits.max_probe_bytes, 2048, INT_MAX / 2));
}

const AVInputFormat* probe(ByteSource& source, const Limits& limits) {
  source.seek(0);
  // The name takes no part, so that the same bytes mean the same from a file, memory or a pipe.
  const AVInputFormat* demuxer = nullptr;
  const FfmpegInput input(source);
  const int result =
      av_probe_input_buffer2(input.get(), &demuxer, "", nullptr, 0, probe_bytes(limits));
  input.rethrow();
  return result < 0 ? nullptr : demuxer;
}

bool recognised(std::span<const std::byte> bytes, const Limits& limits) {
  if (bytes.empty()) return false;
  const FfmpegLogCapture capture;
  const auto source = memory_source(bytes, "the recording", limits);
  const AVInputFormat* demuxer = probe(*source, limits);
  return demuxer != nullptr && find_container(demuxer->name) != nullptr;
}

}  // namespace undertone::audio
