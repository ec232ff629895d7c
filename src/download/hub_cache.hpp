// One model's folder in the Hugging Face hub's cache, as the hub's own client lays it out:
//
//   models--OWNER--NAME/blobs/DIGEST              the files, by what they contain
//   models--OWNER--NAME/blobs/DIGEST.incomplete   what has come of one
//   models--OWNER--NAME/snapshots/COMMIT/FILE     links to blobs: ../../blobs/DIGEST
//   models--OWNER--NAME/refs/REVISION             the commit that a branch or tag stands for
//   .locks/models--OWNER--NAME/DIGEST.lock        held while a blob is fetched
#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>

#include "common/function_ref.hpp"
#include "download/repository_id.hpp"

namespace undertone::download {

// Immutable; the functions that write are for one thread at a time.
class HubCache {
 public:
  // Makes the folders. Throws Error(kFileUnwritable).
  HubCache(const std::filesystem::path& cache, const RepositoryId& id);

  std::filesystem::path blob(const std::string& digest) const;
  std::filesystem::path partial(const std::string& digest) const;
  std::filesystem::path lock(const std::string& digest) const;
  std::filesystem::path snapshot(const std::string& commit) const;

  // Makes `file` of the commit's snapshot a link to the blob. Where the file system knows no links,
  // the blob itself is moved there. Throws Error(kFileUnwritable).
  void link(const std::string& commit, const std::string& file, const std::string& digest) const;

  // Notes which commit a branch or tag stands for. Throws Error(kFileUnwritable).
  void write_reference(const std::string& revision, const std::string& commit) const;

  // Throws Error(kFileUnwritable) unless the disk has room for that many bytes more.
  void require_space(std::uint64_t bytes) const;

 private:
  std::filesystem::path repository_;
  std::filesystem::path locks_;
};

// An advisory lock (flock) that lasts as long as the object, also against the hub's own client.
class FileLock {
 public:
  // Waits until it has the lock; `on_wait` is called once if that takes time. Throws
  // Error(kFileUnwritable), and Error(kCancelled) if a stop is requested while it waits.
  FileLock(const std::filesystem::path& path, const std::stop_token& stop,
           FunctionRef<void()> on_wait);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int descriptor_ = -1;
};

// Makes what was renamed or created in the folder survive a power failure, as far as the file
// system can.
void sync_folder(const std::filesystem::path& folder);

}  // namespace undertone::download
