#include "audio/byte_source.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <limits>
#include <new>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "common/file_checks.hpp"

extern "C" {
#include <libavformat/avio.h>
#include <libavutil/error.h>
#include <libavutil/mem.h>
}

#include <undertone/error.hpp>

namespace undertone::audio {
namespace {

constexpr int kIoBufferBytes = 32 << 10;

[[noreturn]] void throw_system_error(ErrorCode code, const std::string& name, const char* doing,
                                     int error) {
  throw Error(code, fmt::format("{}: cannot {}: {}", name, doing, std::strerror(error)));
}

[[noreturn]] void throw_too_large(const std::string& name, const Limits& limits) {
  throw Error(ErrorCode::kAudioTooLarge,
              fmt::format("{}: is larger than the limit of {} bytes", name, limits.max_bytes),
              "Raise the limit, or convert the recording to a compressed format such as FLAC.");
}

class Descriptor {
 public:
  explicit Descriptor(int descriptor, bool owned) : descriptor_(descriptor), owned_(owned) {}
  ~Descriptor() {
    if (owned_ && descriptor_ >= 0) close(descriptor_);
  }
  Descriptor(Descriptor&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)), owned_(other.owned_) {}
  Descriptor& operator=(Descriptor&&) = delete;

  int get() const { return descriptor_; }

 private:
  int descriptor_;
  bool owned_;
};

class MemorySource : public ByteSource {
 public:
  explicit MemorySource(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::size_t read(std::span<std::byte> out) override {
    if (position_ >= bytes_.size()) return 0;
    const std::size_t count = std::min<std::size_t>(out.size(), bytes_.size() - position_);
    std::memcpy(out.data(), bytes_.data() + position_, count);
    position_ += count;
    return count;
  }
  void seek(std::uint64_t position) override { position_ = position; }
  std::optional<std::uint64_t> size() const override { return bytes_.size(); }

 private:
  std::span<const std::byte> bytes_;
  std::uint64_t position_ = 0;
};

// Its size is what it was when opened; what is appended later is not read.
class RegularFileSource : public ByteSource {
 public:
  RegularFileSource(Descriptor file, std::string name, std::uint64_t start, std::uint64_t size)
      : file_(std::move(file)), name_(std::move(name)), start_(start), size_(size) {}

  std::size_t read(std::span<std::byte> out) override {
    if (position_ >= size_) return 0;
    const std::size_t wanted = std::min<std::uint64_t>(out.size(), size_ - position_);
    ssize_t count = 0;
    do {
      count = pread(file_.get(), out.data(), wanted, static_cast<off_t>(start_ + position_));
    } while (count < 0 && errno == EINTR);
    if (count < 0) throw_system_error(ErrorCode::kFileUnreadable, name_, "read", errno);
    position_ += static_cast<std::uint64_t>(count);
    return static_cast<std::size_t>(count);
  }
  void seek(std::uint64_t position) override { position_ = position; }
  std::optional<std::uint64_t> size() const override { return size_; }

 private:
  Descriptor file_;
  std::string name_;
  std::uint64_t start_;
  std::uint64_t size_;
  std::uint64_t position_ = 0;
};

class StreamSource : public ByteSource {
 public:
  StreamSource(Descriptor stream, std::string name, const Limits& limits)
      : stream_(std::move(stream)), name_(std::move(name)), limits_(limits) {}

  std::size_t read(std::span<std::byte> out) override {
    if (position_ < kept_.size()) {
      const std::size_t count = std::min(out.size(), kept_.size() - position_);
      std::memcpy(out.data(), kept_.data() + position_, count);
      position_ += count;
      return count;
    }
    if (!keeping_) kept_ = {};
    const std::size_t count = read_stream(out);
    total_ += count;
    if (total_ > limits_.max_bytes) throw_too_large(name_, limits_);
    if (keeping_) {
      kept_.insert(kept_.end(), out.begin(), out.begin() + static_cast<std::ptrdiff_t>(count));
      position_ += count;
    }
    return count;
  }
  void seek(std::uint64_t position) override {
    if (!keeping_ || position != 0) {
      throw Error(ErrorCode::kInternal, name_ + ": a stream cannot be read twice");
    }
    position_ = 0;
  }
  std::optional<std::uint64_t> size() const override { return std::nullopt; }
  void stop_keeping() override { keeping_ = false; }

 private:
  std::size_t read_stream(std::span<std::byte> out) {
    for (;;) {
      const ssize_t count = ::read(stream_.get(), out.data(), out.size());
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno == EAGAIN || errno == EWOULDBLOCK) {
        pollfd wait{stream_.get(), POLLIN, 0};
        poll(&wait, 1, -1);
      } else if (errno != EINTR) {
        throw_system_error(ErrorCode::kFileUnreadable, name_, "read", errno);
      }
    }
  }

  Descriptor stream_;
  std::string name_;
  Limits limits_;
  std::vector<std::byte> kept_;
  std::size_t position_ = 0;  // in kept_
  bool keeping_ = true;
  std::uint64_t total_ = 0;
};

std::unique_ptr<ByteSource> open_source(Descriptor descriptor, std::string name,
                                        const Limits& limits) {
  struct stat status {};
  if (fstat(descriptor.get(), &status) != 0) {
    throw_system_error(ErrorCode::kFileUnreadable, name, "open", errno);
  }
  if (S_ISDIR(status.st_mode)) {
    throw Error(ErrorCode::kFileUnreadable, name + ": is a folder, not a file");
  }
  const off_t start = S_ISREG(status.st_mode) ? lseek(descriptor.get(), 0, SEEK_CUR) : -1;
  if (start < 0) {
    return std::make_unique<StreamSource>(std::move(descriptor), std::move(name), limits);
  }
  const auto size = static_cast<std::uint64_t>(std::max<off_t>(status.st_size - start, 0));
  if (size > limits.max_bytes) throw_too_large(name, limits);
  return std::make_unique<RegularFileSource>(std::move(descriptor), std::move(name),
                                             static_cast<std::uint64_t>(start), size);
}

void write_all(int descriptor, std::span<const std::byte> bytes, const std::string& name) {
  while (!bytes.empty()) {
    const ssize_t count = write(descriptor, bytes.data(), bytes.size());
    if (count >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      throw_system_error(ErrorCode::kFileUnwritable, name, "be copied to a temporary file", errno);
    }
  }
}

}  // namespace

std::unique_ptr<ByteSource> memory_source(std::span<const std::byte> bytes, const std::string& name,
                                          const Limits& limits) {
  if (bytes.size() > limits.max_bytes) throw_too_large(name, limits);
  return std::make_unique<MemorySource>(bytes);
}

std::unique_ptr<ByteSource> descriptor_source(int descriptor, std::string name,
                                              const Limits& limits) {
  return open_source(Descriptor(descriptor, false), std::move(name), limits);
}

std::unique_ptr<ByteSource> file_source(const std::filesystem::path& path, const Limits& limits) {
  std::error_code ignored;
  const auto type = std::filesystem::status(path, ignored).type();
  // To look into a pipe is to take from it, so only other things are looked into beforehand.
  if (type != std::filesystem::file_type::fifo && type != std::filesystem::file_type::character) {
    require_regular_file(path);
  }
  int descriptor = -1;
  do {
    descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) {
    throw_system_error(ErrorCode::kFileUnreadable, path.string(), "open", errno);
  }
  return open_source(Descriptor(descriptor, true), path.string(), limits);
}

std::unique_ptr<ByteSource> spool(ByteSource& stream, const std::string& name,
                                  const Limits& limits) {
  std::error_code code;
  std::string path = (std::filesystem::temp_directory_path(code) / "undertone-XXXXXX").string();
  Descriptor file(code ? -1 : mkostemp(path.data(), O_CLOEXEC), true);
  if (file.get() < 0) {
    throw_system_error(ErrorCode::kFileUnwritable, name, "be copied to a temporary file",
                       code ? code.value() : errno);
  }
  unlink(path.c_str());
  std::vector<std::byte> buffer(kIoBufferBytes);
  while (const std::size_t count = stream.read(buffer)) {
    write_all(file.get(), std::span(buffer).first(count), name);
  }
  lseek(file.get(), 0, SEEK_SET);
  return open_source(std::move(file), name, limits);
}

FfmpegInput::FfmpegInput(ByteSource& source) : source_(source) {
  auto* buffer = static_cast<unsigned char*>(av_malloc(kIoBufferBytes));
  if (buffer == nullptr) throw std::bad_alloc();
  context_ = avio_alloc_context(buffer, kIoBufferBytes, 0, this, &FfmpegInput::read_packet, nullptr,
                                source.size() ? &FfmpegInput::seek : nullptr);
  if (context_ == nullptr) {
    av_free(buffer);
    throw std::bad_alloc();
  }
}

FfmpegInput::~FfmpegInput() {
  av_freep(&context_->buffer);  // FFmpeg may have exchanged the one it was given
  avio_context_free(&context_);
}

void FfmpegInput::rethrow() const {
  if (failure_) std::rethrow_exception(failure_);
}

int FfmpegInput::read_packet(void* self, std::uint8_t* buffer, int size) noexcept {
  auto& input = *static_cast<FfmpegInput*>(self);
  if (input.failure_) return AVERROR_EXTERNAL;
  try {
    const std::size_t count = input.source_.read(
        std::as_writable_bytes(std::span(buffer, static_cast<std::size_t>(size))));
    input.position_ += count;
    return count > 0 ? static_cast<int>(count) : AVERROR_EOF;
  } catch (...) {
    input.failure_ = std::current_exception();
    return AVERROR_EXTERNAL;
  }
}

std::int64_t FfmpegInput::seek(void* self, std::int64_t offset, int whence) noexcept {
  auto& input = *static_cast<FfmpegInput*>(self);
  const auto size = static_cast<std::int64_t>(input.source_.size().value_or(0));
  if ((whence & AVSEEK_SIZE) != 0) return size;
  std::int64_t base = 0;
  switch (whence & ~AVSEEK_FORCE) {
    case SEEK_SET:
      break;
    case SEEK_CUR:
      base = static_cast<std::int64_t>(input.position_);
      break;
    case SEEK_END:
      base = size;
      break;
    default:
      return AVERROR(EINVAL);
  }
  if (offset < -base || offset > std::numeric_limits<std::int64_t>::max() - base) {
    return AVERROR(EINVAL);
  }
  input.position_ = static_cast<std::uint64_t>(base + offset);
  input.source_.seek(input.position_);  // cannot throw: only sources with a size come here
  return base + offset;
}

}  // namespace undertone::audio
