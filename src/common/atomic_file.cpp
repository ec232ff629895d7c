#include "common/atomic_file.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <undertone/error.hpp>

namespace undertone {
namespace {

// What a plain open(2) would have given the file; mkstemp alone makes it private to the user.
mode_t default_file_mode() {
  const mode_t mask = umask(0);
  umask(mask);
  return static_cast<mode_t>(0666) & ~mask;
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path path) : path_(std::move(path)) {
  std::string pattern = path_.string() + ".partial-XXXXXX";
  descriptor_ = mkostemp(pattern.data(), O_CLOEXEC);
  if (descriptor_ < 0) fail("create");
  temporary_ = pattern;
  fchmod(descriptor_, default_file_mode());
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      fail("write");
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void AtomicFile::write(std::string_view text) { write(std::as_bytes(std::span(text))); }

void AtomicFile::commit() {
  if (fsync(descriptor_) != 0 && errno != EINVAL && errno != EROFS) fail("flush");
  const int descriptor = std::exchange(descriptor_, -1);
  if (close(descriptor) != 0 || rename(temporary_.c_str(), path_.c_str()) != 0) {
    const int reason = errno;
    unlink(temporary_.c_str());
    errno = reason;
    fail("rename into place");
  }
}

void AtomicFile::fail(std::string_view doing) const {
  throw Error(ErrorCode::kFileUnwritable,
              "cannot " + std::string(doing) + " " + path_.string() + ": " + std::strerror(errno),
              "Check that the folder exists, that you may write there and that the disk has room.");
}

}  // namespace undertone
