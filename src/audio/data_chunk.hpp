// What WAV, Wave64 and CAF headers say of the length of their sample data. FFmpeg drops that figure
// when the file ends before it, which is exactly when it matters.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "audio/byte_source.hpp"

namespace undertone::audio {

// The size of the data chunk in bytes, for the FFmpeg demuxers "wav" (RIFF, RIFX, RF64, BW64),
// "w64" and "caf". Nothing for other demuxers, for a size that the header leaves open, or if the
// chunk does not begin within the first `limit` bytes. Moves the source to its start. REQUIRES that
// the source can still be read from its start. Throws what reading throws.
std::optional<std::uint64_t> declared_data_bytes(ByteSource& source, std::string_view demuxer,
                                                 std::uint64_t limit);

}  // namespace undertone::audio
