#include "audio/reader.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "audio/byte_source.hpp"
#include "audio/decoder.hpp"
#include "audio/ffmpeg_log.hpp"
#include "audio/resampler.hpp"

namespace undertone::audio {

class Reader::Impl {
 public:
  Impl(std::unique_ptr<ByteSource> source, const std::string& name, const Limits& limits)
      : decoder_(std::move(source), name, limits), resampler_(name) {}

  const SourceInfo& info() const { return decoder_.info(); }

  std::size_t read(std::span<float> out) {
    std::size_t written = 0;
    while (written < out.size()) {
      if (next_ == ready_.size() && !refill()) break;
      const std::size_t count = std::min(out.size() - written, ready_.size() - next_);
      std::copy_n(ready_.begin() + static_cast<std::ptrdiff_t>(next_), count,
                  out.begin() + static_cast<std::ptrdiff_t>(written));
      next_ += count;
      written += count;
    }
    return written;
  }

 private:
  // False at the end of the source.
  bool refill() {
    if (failure_) std::rethrow_exception(failure_);
    ready_.clear();
    next_ = 0;
    try {
      const FfmpegLogCapture capture;
      while (ready_.empty() && !ended_) {
        if (const AVFrame* frame = decoder_.next()) {
          resampler_.convert(*frame, ready_);
        } else {
          resampler_.flush(ready_);
          ended_ = true;
        }
      }
    } catch (...) {
      failure_ = std::current_exception();
      throw;
    }
    return !ready_.empty();
  }

  Decoder decoder_;
  Resampler resampler_;
  std::vector<float> ready_;
  std::size_t next_ = 0;  // in ready_
  bool ended_ = false;
  std::exception_ptr failure_;  // a reader that failed once fails again
};

Reader::Reader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

Reader Reader::open_file(const std::filesystem::path& path, const Limits& limits) {
  const FfmpegLogCapture capture;
  return Reader(std::make_unique<Impl>(file_source(path, limits), path.string(), limits));
}

Reader Reader::open_memory(std::span<const std::byte> bytes, std::string name,
                           const Limits& limits) {
  const FfmpegLogCapture capture;
  return Reader(std::make_unique<Impl>(memory_source(bytes, name, limits), name, limits));
}

Reader Reader::open_descriptor(int descriptor, std::string name, const Limits& limits) {
  const FfmpegLogCapture capture;
  return Reader(std::make_unique<Impl>(descriptor_source(descriptor, name, limits), name, limits));
}

std::size_t Reader::read(std::span<float> out) { return impl_->read(out); }

const SourceInfo& Reader::source() const { return impl_->info(); }

std::vector<float> read_all(Reader& reader) {
  constexpr std::size_t kPiece = 10 * kSampleRate;
  std::vector<float> samples;
  for (;;) {
    const std::size_t begin = samples.size();
    samples.resize(begin + kPiece);
    const std::size_t count = reader.read(std::span(samples).subspan(begin));
    samples.resize(begin + count);
    if (count < kPiece) return samples;
  }
}

}  // namespace undertone::audio
