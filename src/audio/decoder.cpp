#include "audio/decoder.hpp"

#include <algorithm>
#include <array>
#include <cfloat>
#include <climits>
#include <cmath>
#include <fmt/format.h>
#include <new>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "audio/data_chunk.hpp"
#include "audio/ffmpeg_log.hpp"
#include "audio/recognition.hpp"
#include "common/file_checks.hpp"

extern "C" {
#include <libavutil/avstring.h>
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <libavutil/samplefmt.h>
}

#include <undertone/error.hpp>

namespace undertone::audio {
namespace {

// Beyond these a header is damaged or malicious. They also bound the memory of the resampler: a
// frame at the lowest rate grows sixteenfold.
constexpr int kLowestRate = 1000;
constexpr int kHighestRate = 768000;
constexpr int kMostChannels = 64;
constexpr int kMostSamplesPerFrame = 1 << 18;

// Full scale is 1. Larger float samples occur and are clamped later; such as these are data of
// another kind taken for sound.
constexpr double kLargestSample = 1e6;

constexpr const char* kFormatsHint =
    "Undertone reads WAV, FLAC, MP3, Ogg (Opus, Vorbis), WebM, M4A/MP4, AAC, AIFF, AU, CAF, AMR, "
    "WMA, WavPack and NIST SPHERE.";

int refuse_to_open(AVFormatContext*, AVIOContext** context, const char* url, int, AVDictionary**) {
  *context = nullptr;
  av_log(nullptr, AV_LOG_ERROR, "refused to open '%.100s', which the source refers to", url);
  return AVERROR(EACCES);
}

template <class Sample>
bool all_sound(const AVFrame& frame) {
  const int channels = frame.ch_layout.nb_channels;
  const bool planar = av_sample_fmt_is_planar(static_cast<AVSampleFormat>(frame.format)) != 0;
  const std::size_t planes = planar ? static_cast<std::size_t>(channels) : 1;
  const std::size_t length = static_cast<std::size_t>(frame.nb_samples) *
                             (planar ? 1 : static_cast<std::size_t>(channels));
  for (std::size_t plane = 0; plane < planes; ++plane) {
    const std::span samples(reinterpret_cast<const Sample*>(frame.extended_data[plane]), length);
    for (const Sample sample : samples) {
      if (!(std::abs(static_cast<double>(sample)) <= kLargestSample)) return false;  // NaN too
    }
  }
  return true;
}

bool is_sound(const AVFrame& frame) {
  switch (frame.format) {
    case AV_SAMPLE_FMT_FLT:
    case AV_SAMPLE_FMT_FLTP:
      return all_sound<float>(frame);
    case AV_SAMPLE_FMT_DBL:
    case AV_SAMPLE_FMT_DBLP:
      return all_sound<double>(frame);
    default:
      return true;  // integers
  }
}

// Files joined end to end hold tags and headers between their parts, which FFmpeg takes for
// packets of audio. No packet of audio begins like these: MP3 and ADTS begin with a sync word, and
// eight letters in Opus are no chance.
bool is_metadata(std::string_view demuxer, const AVPacket& packet) {
  const std::string_view data(reinterpret_cast<const char*>(packet.data),
                              static_cast<std::size_t>(packet.size));
  if (demuxer == "ogg") return data.starts_with("OpusHead") || data.starts_with("OpusTags");
  if (demuxer == "mp3" || demuxer == "aac") {
    return data.starts_with("ID3") || data.starts_with("TAG") || data.starts_with("APETAGEX");
  }
  return false;
}

}  // namespace

Decoder::Decoder(std::unique_ptr<ByteSource> source, std::string name, const Limits& limits)
    : name_(std::move(name)),
      limits_(limits),
      source_(std::move(source)),
      packet_(av_packet_alloc()),
      frame_(av_frame_alloc()) {
  if (!packet_ || !frame_) throw std::bad_alloc();
  open_container(recognise());
  choose_stream();
  open_codec();
}

const AVInputFormat* Decoder::recognise() {
  std::array<std::byte, 64> head{};
  std::size_t length = 0;
  while (length < head.size()) {
    const std::size_t count = source_->read(std::span(head).subspan(length));
    if (count == 0) break;
    length += count;
  }
  if (length == 0) fail("is empty");
  if (is_git_lfs_pointer(std::span(head).first(length))) {
    throw Error(ErrorCode::kGitLfsPointer,
                name_ + ": is a Git LFS pointer, a small text file in place of the real one",
                "Install git-lfs and run 'git lfs pull' in the repository it came from.");
  }
  const AVInputFormat* demuxer = probe(*source_, limits_);
  if (demuxer == nullptr) fail("is not audio that FFmpeg recognises", kFormatsHint);
  container_ = find_container(demuxer->name);
  if (container_ == nullptr) {
    fail(fmt::format("looks like '{}' ({}), which Undertone does not read", demuxer->name,
                     demuxer->long_name != nullptr ? demuxer->long_name : demuxer->name),
         kFormatsHint);
  }
  data_bytes_ = declared_data_bytes(*source_, container_->demuxer, probe_bytes(limits_));
  source_->stop_keeping();
  if (container_->needs_seeking && !source_->size()) source_ = spool(*source_, name_, limits_);
  return demuxer;
}

void Decoder::open_container(const AVInputFormat* demuxer) {
  input_ = std::make_unique<FfmpegInput>(*source_);
  AVFormatContext* format = avformat_alloc_context();
  if (format == nullptr) throw std::bad_alloc();
  format->pb = input_->get();
  format->flags |= AVFMT_FLAG_CUSTOM_IO;
  format->io_open = refuse_to_open;

  Dictionary options;
  options.set("protocol_whitelist", "none");
  options.set("format_whitelist", demuxer_whitelist().c_str());
  options.set("codec_whitelist", decoder_whitelist());
  options.set("max_streams",
              std::to_string(std::min<unsigned>(limits_.max_streams, INT_MAX)).c_str());
  options.set("probesize", std::to_string(probe_bytes(limits_)).c_str());
  FfmpegLogCapture::clear();
  // On failure this frees the context.
  int result = avformat_open_input(&format, "", demuxer, options.address());
  if (result >= 0) format_.reset(format);
  input_->rethrow();
  if (result < 0) {
    fail(fmt::format("cannot be opened as '{}': {}", demuxer->name,
                     FfmpegLogCapture::reason(result)),
         "The file is damaged or cut short; copy or record it again.");
  }
  if (format_->nb_streams > limits_.max_streams) {
    fail(
        fmt::format("holds {} streams; the limit is {}", format_->nb_streams, limits_.max_streams));
  }
  for (const AVStream* stream : std::span(format_->streams, format_->nb_streams)) {
    if (stream->codecpar->codec_type != AVMEDIA_TYPE_AUDIO) {
      format_->streams[stream->index]->discard = AVDISCARD_ALL;
    }
  }
  FfmpegLogCapture::clear();
  result = avformat_find_stream_info(format_.get(), nullptr);
  input_->rethrow();
  if (result < 0) {
    fail(
        fmt::format("cannot be read as '{}': {}", demuxer->name, FfmpegLogCapture::reason(result)));
  }
}

void Decoder::choose_stream() {
  const int index = av_find_best_stream(format_.get(), AVMEDIA_TYPE_AUDIO, -1, -1, &codec_, 0);
  const std::span streams(format_->streams, format_->nb_streams);
  if (index < 0) {
    for (const AVStream* stream : streams) {
      if (stream->codecpar->codec_type == AVMEDIA_TYPE_AUDIO) {
        fail(fmt::format("its audio is coded as '{}', which cannot be decoded here",
                         avcodec_get_name(stream->codecpar->codec_id)),
             kFormatsHint);
      }
    }
    std::string kinds;
    for (const AVStream* stream : streams) {
      const char* kind = av_get_media_type_string(stream->codecpar->codec_type);
      kinds += fmt::format("{}{}", kinds.empty() ? "" : ", ", kind != nullptr ? kind : "unknown");
    }
    fail(fmt::format("has no audio stream (its streams: {})", kinds.empty() ? "none" : kinds));
  }
  for (AVStream* stream : streams) {
    if (stream->index == index) {
      stream_ = stream;
    } else {
      stream->discard = AVDISCARD_ALL;
    }
  }
}

void Decoder::open_codec() {
  const AVCodecParameters& parameters = *stream_->codecpar;
  if (av_match_list(codec_->name, decoder_whitelist(), ',') <= 0) {
    fail(fmt::format("its audio is coded as '{}', which Undertone does not decode",
                     avcodec_get_name(parameters.codec_id)),
         kFormatsHint);
  }
  check_rate_and_channels(parameters.sample_rate, parameters.ch_layout.nb_channels);

  codec_context_.reset(avcodec_alloc_context3(codec_));
  if (!codec_context_) throw std::bad_alloc();
  FfmpegLogCapture::clear();
  int result = avcodec_parameters_to_context(codec_context_.get(), &parameters);
  if (result >= 0) {
    codec_context_->pkt_timebase = stream_->time_base;  // needed to trim encoder delay
    codec_context_->thread_count = 1;
    codec_context_->max_samples = kMostSamplesPerFrame;
    codec_context_->err_recognition |= AV_EF_CRCCHECK | AV_EF_EXPLODE;
    result = avcodec_open2(codec_context_.get(), codec_, nullptr);
  }
  if (result < 0) {
    fail(fmt::format("its '{}' audio cannot be decoded: {}", codec_->name,
                     FfmpegLogCapture::reason(result)));
  }

  info_.container = container_->demuxer;
  info_.codec = avcodec_get_name(parameters.codec_id);
  info_.sample_rate = parameters.sample_rate;
  info_.channels = parameters.ch_layout.nb_channels;
  promised_ = promised_length(*container_, *format_, *stream_, data_bytes_);
  check_duration();
}

const AVFrame* Decoder::next() {
  for (;;) {
    FfmpegLogCapture::clear();
    const int result = avcodec_receive_frame(codec_context_.get(), frame_.get());
    if (result >= 0) {
      accept(*frame_);
      return frame_.get();
    }
    if (result == AVERROR_EOF) {
      finish();
      return nullptr;
    }
    if (result != AVERROR(EAGAIN)) {
      note_undecodable(FfmpegLogCapture::reason(result));
    }
    if (draining_) {
      // A failure while draining: there is nothing left to decode after it.
      if (result != AVERROR(EAGAIN)) continue;
      fail_midway("the decoder does not end");
    }
    feed();
  }
}

void Decoder::feed() {
  FfmpegLogCapture::clear();
  int result = av_read_frame(format_.get(), packet_.get());
  input_->rethrow();
  if (result == AVERROR_EOF) {
    draining_ = true;
    avcodec_send_packet(codec_context_.get(), nullptr);
    return;
  }
  if (result < 0) fail_midway(FfmpegLogCapture::reason(result));

  if (packet_->stream_index != stream_->index) {
    // Of a stream that appeared only now, and is not wanted.
  } else if (is_metadata(container_->demuxer, *packet_)) {
    // Another recording begins, and its first packet knows nothing of the last one's end.
    avcodec_flush_buffers(codec_context_.get());
  } else {
    const double duration_s = static_cast<double>(std::max<std::int64_t>(packet_->duration, 0)) *
                              av_q2d(stream_->time_base);
    fed_s_ += duration_s;
    if ((packet_->flags & AV_PKT_FLAG_DISCARD) != 0) {
      skipped_s_ += duration_s;
      check_duration();
    }
    result = avcodec_send_packet(codec_context_.get(), packet_.get());
    if (result < 0 && result != AVERROR_EOF) {
      note_undecodable(FfmpegLogCapture::reason(result));
    }
  }
  av_packet_unref(packet_.get());
}

// One packet that does not decode may be whatever trails the audio, and where the promised length
// has been reached it is; anything more is damage.
void Decoder::note_undecodable(const std::string& reason) {
  if (container_->frames_packets || undecodable_) fail_midway(undecodable_.value_or(reason));
  undecodable_ = reason;
  if (promised_ && std::abs(position_s_ - promised_->duration_s) <= promised_->tolerance_s) {
    draining_ = true;
    avcodec_send_packet(codec_context_.get(), nullptr);
  }
}

void Decoder::accept(const AVFrame& frame) {
  if (undecodable_ && !draining_) fail_midway(*undecodable_);
  check_rate_and_channels(frame.sample_rate, frame.ch_layout.nb_channels);
  if (!is_sound(frame)) {
    fail(fmt::format("holds samples near {:.2f} s that are no sound: not a number, infinite or "
                     "beyond ±{:.0e}",
                     position_s_, kLargestSample),
         "Export the recording again, as 16-bit WAV or FLAC.");
  }
  position_s_ += static_cast<double>(frame.nb_samples) / frame.sample_rate;
  check_duration();
}

void Decoder::finish() {
  if (misses_promised_audio()) {
    throw Error(ErrorCode::kAudioUnreadable, cut_short(undecodable_.value_or("")),
                "Copy or record it again: part of it is missing.");
  }
  if (undecodable_ && position_s_ == 0.0) fail_midway(*undecodable_);
}

bool Decoder::misses_promised_audio() const {
  return promised_ &&
         std::max(position_s_, fed_s_) + promised_->tolerance_s < promised_->duration_s;
}

void Decoder::check_rate_and_channels(int rate, int channels) const {
  if (rate < kLowestRate || rate > kHighestRate) {
    fail(fmt::format("claims a sample rate of {} Hz; {} to {} Hz can be read", rate, kLowestRate,
                     kHighestRate));
  }
  if (channels < 1 || channels > kMostChannels) {
    fail(fmt::format("claims {} channels; 1 to {} can be read", channels, kMostChannels));
  }
}

void Decoder::check_duration() const {
  const double known_s =
      std::max(position_s_ + skipped_s_, promised_ ? promised_->duration_s : 0.0);
  if (known_s > limits_.max_duration_s) {
    throw Error(
        ErrorCode::kAudioTooLong,
        fmt::format("{}: is longer than the limit of {:g} s", name_, limits_.max_duration_s),
        "Split the recording, or raise the limit.");
  }
}

void Decoder::fail(const std::string& what, std::string hint) const {
  throw Error(ErrorCode::kAudioUnreadable, fmt::format("{}: {}", name_, what), std::move(hint));
}

void Decoder::fail_midway(const std::string& reason) const {
  if (misses_promised_audio()) {
    throw Error(ErrorCode::kAudioUnreadable, cut_short(reason),
                "Copy or record it again: part of it is damaged or missing.");
  }
  fail(fmt::format("cannot be decoded at {:.2f} s: {}", position_s_, reason),
       "The file is damaged there; copy or record it again.");
}

std::string Decoder::cut_short(const std::string& reason) const {
  return fmt::format("{}: its header promises {:.2f} s of audio, the data ends at {:.2f} s{}{}",
                     name_, promised_->duration_s, position_s_, reason.empty() ? "" : ": ", reason);
}

}  // namespace undertone::audio
