#include "download/blob_download.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <optional>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <undertone/error.hpp>

#include "common/descriptor.hpp"
#include "download/checksum.hpp"

namespace undertone::download {
namespace {

namespace fs = std::filesystem;

// An attempt that brings so much was not in vain; less, again and again, is a server that drips.
constexpr std::uint64_t kWorthwhile = std::uint64_t{1} << 20;

// Feeds the descriptor's bytes from where it stands to its end.
void hash_rest(int descriptor, const fs::path& path, Checksum& checksum,
               const std::stop_token& stop) {
  std::array<std::byte, std::size_t{256} << 10> piece;
  for (;;) {
    if (stop.stop_requested()) throw Error(ErrorCode::kCancelled, "the download was stopped");
    const ssize_t got = read(descriptor, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      throw Error(ErrorCode::kFileUnreadable, path.string() + ": " + std::strerror(errno));
    }
    if (got == 0) return;
    checksum.update(std::span(piece).first(static_cast<std::size_t>(got)));
  }
}

std::uint64_t size_of(int descriptor) {
  struct stat found {};
  return fstat(descriptor, &found) == 0 && S_ISREG(found.st_mode)
             ? static_cast<std::uint64_t>(found.st_size)
             : 0;
}

bool is_whole(const fs::path& blob, const RemoteFile& file, const std::stop_token& stop) {
  const Descriptor descriptor(open(blob.c_str(), O_RDONLY | O_CLOEXEC));
  if (descriptor.get() < 0 || size_of(descriptor.get()) != file.size) return false;
  Checksum checksum(file.digest, file.size);
  hash_rest(descriptor.get(), blob, checksum, stop);
  return checksum.hex_digest() == file.digest;
}

// What has come of a file: on disk, and its checksum up to there.
class Partial {
 public:
  Partial(fs::path path, const RemoteFile& file, const std::stop_token& stop)
      : path_(std::move(path)),
        file_(file),
        descriptor_(open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666)),
        checksum_(file.digest, file.size) {
    if (descriptor_.get() < 0) fail("open");
    size_ = size_of(descriptor_.get());
    if (size_ > file_.size) {
      restart();
    } else {
      hash_rest(descriptor_.get(), path_, checksum_, stop);
    }
  }

  std::uint64_t size() const { return size_; }

  void restart() {
    if (ftruncate(descriptor_.get(), 0) != 0 || lseek(descriptor_.get(), 0, SEEK_SET) != 0) {
      fail("empty");
    }
    size_ = 0;
    checksum_ = Checksum(file_.digest, file_.size);
  }

  // REQUIRES that no more comes than the file is long.
  void append(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t written = write(descriptor_.get(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail("write");
      const auto done = static_cast<std::size_t>(written);
      checksum_.update(bytes.first(done));
      size_ += done;
      bytes = bytes.subspan(done);
    }
  }

  std::string hex_digest() { return checksum_.hex_digest(); }

  void discard() { unlink(path_.c_str()); }

  void move_to(const fs::path& blob) {
    if (fsync(descriptor_.get()) != 0 && errno != EINVAL && errno != EROFS) fail("flush");
    if (rename(path_.c_str(), blob.c_str()) != 0) fail("rename");
    sync_folder(blob.parent_path());
  }

 private:
  [[noreturn]] void fail(const char* doing) const {
    const int reason = errno;
    throw Error(ErrorCode::kFileUnwritable,
                fmt::format("cannot {} {}: {}", doing, path_.string(), std::strerror(reason)),
                reason == ENOSPC || reason == EDQUOT
                    ? "The disk is full: make room, or name a cache on another disk with "
                      "HF_HUB_CACHE. What has come is kept."
                    : "Check that you may write there, or name another cache with HF_HUB_CACHE.");
  }

  fs::path path_;
  const RemoteFile& file_;
  Descriptor descriptor_;
  Checksum checksum_;
  std::uint64_t size_ = 0;
};

Failure useless(const RemoteFile& file, const std::string& what) {
  return {Error(ErrorCode::kDownloadFailed, fmt::format("{}: {}", file.name, what),
                "Try again later; if it happens again, something between here and the hub alters "
                "what it sends."),
          true};
}

Error contradiction(const RemoteFile& file, const std::string& what) {
  return {
      ErrorCode::kDownloadFailed, fmt::format("{}: {}", file.name, what),
      "What had come was deleted. Try again; if it happens again, something between here and the "
      "hub alters what it sends, or the hub is broken."};
}

// Takes the answer to a request for the bytes from partial.size() on. Throws a Failure if it is
// none.
void place_answer(const Answer& answer, const RemoteFile& file, Partial& partial) {
  if (answer.status == 206) {
    const auto text = answer.headers.find("Content-Range");
    const auto range = text ? parse_content_range(*text) : std::nullopt;
    if (!range || range->first != partial.size() || range->last >= file.size ||
        (range->total && *range->total != file.size)) {
      partial.restart();
      throw useless(file, "the server sent another part than it was asked for");
    }
    return;
  }
  partial.restart();
  if (answer.content_length && *answer.content_length != file.size) {
    partial.discard();
    throw contradiction(file, fmt::format("{} bytes were declared, and the server sends {}",
                                          file.size, *answer.content_length));
  }
}

// One request, for all that is missing.
void fetch_rest(HubClient& hub, const RemoteFile& file, Partial& partial, OnBytes on_bytes,
                std::uint64_t& received) {
  const auto on_answer = [&](const Answer& answer) { place_answer(answer, file, partial); };
  const auto on_body = [&](std::span<const std::byte> bytes) {
    if (bytes.size() > file.size - partial.size()) {
      partial.discard();
      throw contradiction(
          file, fmt::format("{} bytes were declared, and the server sends more", file.size));
    }
    partial.append(bytes);
    received += bytes.size();
    on_bytes(partial.size());
  };
  hub.fetch(file, partial.size(), on_answer, on_body);
  if (partial.size() < file.size) {
    throw useless(file,
                  fmt::format("the server ended after {} of {} bytes", partial.size(), file.size));
  }
}

}  // namespace

std::uint64_t bytes_present(const HubCache& cache, const RemoteFile& file) {
  std::error_code error;
  for (const fs::path& path : {cache.blob(file.digest), cache.partial(file.digest)}) {
    const std::uintmax_t size = fs::file_size(path, error);
    if (!error && size <= file.size) return size;
  }
  return 0;
}

std::uint64_t fetch_blob(HubClient& hub, const HubCache& cache, const RemoteFile& file,
                         OnBytes on_bytes) {
  const FileLock lock(cache.lock(file.digest), hub.stop(), [&] {
    hub.note(file.name + ": another process is fetching it; waiting for that one");
  });
  const fs::path blob = cache.blob(file.digest);
  std::error_code ignored;
  if (fs::exists(blob, ignored)) {
    if (is_whole(blob, file, hub.stop())) {
      on_bytes(file.size);
      return 0;
    }
    hub.note(file.name + ": what the cache holds is damaged; fetched again");
    fs::remove(blob, ignored);
  }
  Partial partial(cache.partial(file.digest), file, hub.stop());
  if (partial.size() > 0 && partial.size() < file.size) {
    hub.note(
        fmt::format("{}: going on after {} of {} bytes", file.name, partial.size(), file.size));
  }
  on_bytes(partial.size());
  std::uint64_t received = 0;
  Patience patience = hub.patience();
  while (partial.size() < file.size) {
    const std::uint64_t before = partial.size();
    try {
      fetch_rest(hub, file, partial, on_bytes, received);
    } catch (Failure& failure) {
      if (failure.status == 416 && before > 0) {
        partial.restart();
        failure.worth_retrying = true;
      }
      if (partial.size() >= before + kWorthwhile) patience.got_further();
      patience.after(failure);
    }
  }
  if (partial.hex_digest() != file.digest) {
    partial.discard();
    throw contradiction(file,
                        "its checksum is wrong, so these are not the bytes that were declared");
  }
  partial.move_to(blob);
  return received;
}

}  // namespace undertone::download
