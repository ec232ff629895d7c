// From encoded bytes to FFmpeg's frames: containers, codecs and what can be wrong with them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "audio/byte_source.hpp"
#include "audio/containers.hpp"
#include "audio/ffmpeg_handles.hpp"
#include "audio/reader.hpp"

namespace undertone::audio {

// Decodes the best audio stream of a source. Not thread-safe; neither copyable nor movable, because
// FFmpeg holds its address. Throws what Reader says it throws. REQUIRES an FfmpegLogCapture on the
// calling thread whenever it is called.
class Decoder {
 public:
  Decoder(std::unique_ptr<ByteSource> source, std::string name, const Limits& limits);

  const SourceInfo& info() const { return info_; }

  // How much audio has been decoded, in seconds.
  double position_s() const { return position_s_; }

  // The next decoded frame, valid until the next call; null at the end. Its samples are finite and
  // its sample rate, format and channel layout are usable, but may differ from those of the last.
  const AVFrame* next();

 private:
  const AVInputFormat* recognise();
  void open_container(const AVInputFormat* demuxer);
  void choose_stream();
  void open_codec();

  void feed();
  void note_undecodable(const std::string& reason);
  void accept(const AVFrame& frame);
  void finish();

  void check_rate_and_channels(int rate, int channels) const;
  void check_duration() const;
  [[noreturn]] void fail(const std::string& what, std::string hint = {}) const;
  [[noreturn]] void fail_midway(const std::string& reason) const;
  std::string cut_short(const std::string& reason) const;
  bool misses_promised_audio() const;

  std::string name_;
  Limits limits_;
  std::unique_ptr<ByteSource> source_;
  std::unique_ptr<FfmpegInput> input_;  // outlives format_, which reads through it
  FormatContextPtr format_;
  const Container* container_ = nullptr;
  std::optional<std::uint64_t> data_bytes_;
  AVStream* stream_ = nullptr;  // belongs to format_
  const AVCodec* codec_ = nullptr;
  CodecContextPtr codec_context_;
  PacketPtr packet_;
  FramePtr frame_;
  SourceInfo info_;
  std::optional<PromisedLength> promised_;

  double position_s_ = 0.0;
  double fed_s_ = 0.0;      // as the container counts packets, padding included
  double skipped_s_ = 0.0;  // packets that are decoded but not to be heard
  bool draining_ = false;
  std::optional<std::string> undecodable_;  // why the last packet did not decode
};

}  // namespace undertone::audio
