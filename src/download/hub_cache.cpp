#include "download/hub_cache.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <system_error>
#include <thread>
#include <unistd.h>

#include <undertone/error.hpp>

#include "common/atomic_file.hpp"

namespace undertone::download {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void unwritable(const fs::path& path, const char* doing, const std::string& reason) {
  throw Error(ErrorCode::kFileUnwritable,
              fmt::format("cannot {} {}: {}", doing, path.string(), reason),
              "Check that you may write there, or name another cache with HF_HUB_CACHE.");
}

void make_folders(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) unwritable(folder, "create the folder", error.message());
}

std::string folder_name(const RepositoryId& id) { return "models--" + id.owner + "--" + id.name; }

// Another process may have removed the file between our opening and our locking it.
bool still_there(int descriptor, const fs::path& path) {
  struct stat held {};
  struct stat named {};
  return fstat(descriptor, &held) == 0 && stat(path.c_str(), &named) == 0 &&
         held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

}  // namespace

HubCache::HubCache(const fs::path& cache, const RepositoryId& id)
    : repository_(cache / folder_name(id)), locks_(cache / ".locks" / folder_name(id)) {
  make_folders(repository_ / "blobs");
  make_folders(locks_);
}

fs::path HubCache::blob(const std::string& digest) const { return repository_ / "blobs" / digest; }

fs::path HubCache::partial(const std::string& digest) const {
  return repository_ / "blobs" / (digest + ".incomplete");
}

fs::path HubCache::lock(const std::string& digest) const { return locks_ / (digest + ".lock"); }

fs::path HubCache::snapshot(const std::string& commit) const {
  return repository_ / "snapshots" / commit;
}

void HubCache::link(const std::string& commit, const std::string& file,
                    const std::string& digest) const {
  const fs::path folder = snapshot(commit);
  make_folders(folder);
  const fs::path target = fs::path("..") / ".." / "blobs" / digest;
  const fs::path place = folder / file;
  std::error_code error;
  if (fs::is_symlink(place, error) && fs::read_symlink(place, error) == target) return;
  const fs::path fresh = folder / ("." + file + ".new");
  fs::remove(fresh, error);
  fs::create_symlink(target, fresh, error);
  if (error) {
    fs::rename(blob(digest), place, error);
  } else {
    fs::rename(fresh, place, error);
  }
  if (error) unwritable(place, "create", error.message());
  sync_folder(folder);
}

void HubCache::write_reference(const std::string& revision, const std::string& commit) const {
  const fs::path place = repository_ / "refs" / revision;
  make_folders(place.parent_path());
  AtomicFile file(place);
  file.write(commit);  // without a line's end: the hub's own client takes the file as it is
  file.commit();
}

void HubCache::require_space(std::uint64_t bytes) const {
  constexpr std::uint64_t kSpare = std::uint64_t{16} << 20;
  struct statvfs disk {};
  if (statvfs(repository_.c_str(), &disk) != 0) return;  // it will be seen when it is full
  const auto free = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
  if (free / 2 > bytes || free >= bytes + kSpare) return;
  throw Error(ErrorCode::kFileUnwritable,
              fmt::format("{}: the disk has {:.2f} GB left, and {:.2f} GB are to be fetched",
                          repository_.string(), static_cast<double>(free) / 1e9,
                          static_cast<double>(bytes) / 1e9),
              "Make room, or name a cache on another disk with HF_HUB_CACHE.");
}

FileLock::FileLock(const fs::path& path, const std::stop_token& stop, FunctionRef<void()> on_wait) {
  bool told = false;
  for (;;) {
    descriptor_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0664);
    if (descriptor_ < 0) unwritable(path, "open", std::strerror(errno));
    while (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK && errno != EINTR) {
        const int reason = errno;
        close(descriptor_);
        unwritable(path, "lock", std::strerror(reason));
      }
      if (stop.stop_requested()) {
        close(descriptor_);
        throw Error(ErrorCode::kCancelled, "the download was stopped");
      }
      if (!told) on_wait();
      told = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    if (still_there(descriptor_, path)) return;
    close(descriptor_);
  }
}

FileLock::~FileLock() { close(descriptor_); }

void sync_folder(const fs::path& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  fsync(descriptor);
  close(descriptor);
}

}  // namespace undertone::download
