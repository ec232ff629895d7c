// The containers and codecs that are read, and what each container's header can be held to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct AVFormatContext;
struct AVStream;

namespace undertone::audio {

// What is known of one of FFmpeg's demuxers.
struct Container {
  std::string_view demuxer;  // FFmpeg's name

  // Whether its header states how much audio follows. Elsewhere FFmpeg's duration is an estimate
  // from the bit rate, or spans other streams too, and says nothing about a missing end.
  bool states_length = false;

  // Whether packets are marked off by the container. Otherwise the decoder's own sync words (or
  // plain sample counts) divide the stream, and whatever trails the audio, a tag or half a frame,
  // may come out as one last packet that does not decode.
  bool frames_packets = false;

  // Whether it may keep what is needed first, an index say, at its end, or FFmpeg reads it
  // differently (MP3: padding is not trimmed; WavPack: fails at the end) when it cannot seek.
  bool needs_seeking = false;
};

// Null unless the demuxer is one that Undertone reads. Playlists, scripts, image sequences and the
// like, which can name other files, are not.
const Container* find_container(std::string_view demuxer);

// FFmpeg's lists, separated by commas, of what may be opened.
const std::string& demuxer_whitelist();
const char* decoder_whitelist();

// How much audio the header promises and by how much the data may fall short of it, in seconds.
struct PromisedLength {
  double duration_s;
  double tolerance_s;
};

// Nothing where the header makes no promise: unknown length, a placeholder from a program that
// wrote to a pipe, or an estimate. `data_bytes` is what declared_data_bytes() found.
std::optional<PromisedLength> promised_length(const Container& container,
                                              const AVFormatContext& format, const AVStream& stream,
                                              std::optional<std::uint64_t> data_bytes);

}  // namespace undertone::audio
