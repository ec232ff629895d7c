// Of which format bytes are, by their content alone.
#pragma once

#include <cstddef>
#include <span>

#include "audio/byte_source.hpp"
#include "audio/reader.hpp"

struct AVInputFormat;

namespace undertone::audio {

// Whether a Reader would take these bytes for a recording: not more than that they begin like one
// of the formats that are read. What is damaged, cut off or holds no audio stream may be recognised
// and fail later. Reads at most `limits.max_probe_bytes`, and never looks at a name. Any number of
// threads may call this at once. Throws Error(kAudioTooLarge).
bool recognised(std::span<const std::byte> bytes, const Limits& limits = {});

// The demuxer of FFmpeg that claims the content, be it one that Undertone reads or not; null if
// none does. Reads from the start; where the source is then left is unspecified. REQUIRES that the
// source can still be read from its start, and an FfmpegLogCapture on the calling thread. Throws
// what reading throws.
const AVInputFormat* probe(ByteSource& source, const Limits& limits);

// `limits.max_probe_bytes` as FFmpeg can take it.
unsigned probe_bytes(const Limits& limits);

}  // namespace undertone::audio
