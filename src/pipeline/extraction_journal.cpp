#include "pipeline/extraction_journal.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <undertone/error.hpp>

#include "tensor/mapped_file.hpp"

namespace undertone::pipeline {
namespace {

constexpr std::string_view kRestart =
    "Give the command that began it to go on with it, or throw it away with --restart.";

// One clause for each fact in which they differ.
std::string differences(const ExtractionJob& kept, const ExtractionJob& wanted) {
  std::string text;
  const auto differ = [&text](std::string_view name, std::string_view there,
                              std::string_view here) {
    text += fmt::format("{}{} is {} there and {} here", text.empty() ? "" : "; ", name,
                        there.empty() ? "unknown" : there, here.empty() ? "unknown" : here);
  };
  const auto value_in = [](const ExtractionJob& job, std::string_view name) {
    for (const auto& [fact, value] : job.facts) {
      if (fact == name) return value;
    }
    return std::string();
  };
  for (const auto& [name, value] : wanted.facts) {
    const std::string there = value_in(kept, name);
    if (there != value) differ(name, there, value);
  }
  if (kept.recordings != wanted.recordings) {
    differ("the number of recordings", std::to_string(kept.recordings),
           std::to_string(wanted.recordings));
  }
  if (text.empty() && (kept.values != wanted.values || kept.facts != wanted.facts)) {
    differ("the number of values", std::to_string(kept.values), std::to_string(wanted.values));
  }
  return text;
}

}  // namespace

FileStamp stamp_of(const std::filesystem::path& file) {
  struct stat status {};
  if (stat(file.c_str(), &status) != 0) return {};
  return {status.st_size,
          std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

ExtractionJournal::ExtractionJournal(std::filesystem::path path, const ExtractionJob& job,
                                     bool restart)
    : path_(std::move(path)), synced_(std::chrono::steady_clock::now()) {
  const std::string header = journal_header(job);
  open_and_lock();
  entries_.resize(job.recordings);
  try {
    bool kept = false;
    struct stat status {};
    if (fstat(descriptor_, &status) != 0) fail("read");
    if (status.st_size > 0) {
      if (restart) {
        require_journal(tensor::MappedFile(path_).bytes(), path_.string());
      } else {
        kept = take_over(job);
      }
    }
    if (kept) return;
    if (ftruncate(descriptor_, 0) != 0) fail("write");
    write_at_end(header);
  } catch (...) {
    if (end_ == 0) {
      struct stat status {};
      if (fstat(descriptor_, &status) == 0 && status.st_size == 0) unlink(path_.c_str());
    }
    close(descriptor_);
    throw;
  }
}

ExtractionJournal::~ExtractionJournal() {
  if (!has_records_ && !removed_) unlink(path_.c_str());
  close(descriptor_);
}

// A process that finishes removes the file, so the one that is locked may be gone from its place.
void ExtractionJournal::open_and_lock() {
  for (;;) {
    descriptor_ = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
    if (descriptor_ < 0) fail("create");
    const auto give_up = [this](auto&& report) {
      const int reason = errno;
      close(descriptor_);
      errno = reason;
      report();
    };
    struct stat opened {};
    if (fstat(descriptor_, &opened) != 0) give_up([this] { fail("read"); });
    if (!S_ISREG(opened.st_mode)) {
      give_up([this] {
        throw Error(ErrorCode::kFileUnwritable, path_.string() + ": is not a regular file");
      });
    }
    if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) {
        give_up([this] {
          throw Error(ErrorCode::kFileUnwritable,
                      path_.string() + ": another process is extracting to this output",
                      "Wait until it is done, or choose another output.");
        });
      }
      // File systems that have no locks are written without.
      if (errno != ENOLCK && errno != EOPNOTSUPP && errno != ENOSYS) {
        give_up([this] { fail("lock"); });
      }
    }
    struct stat placed {};
    if (stat(path_.c_str(), &placed) == 0 && placed.st_dev == opened.st_dev &&
        placed.st_ino == opened.st_ino) {
      return;
    }
    close(descriptor_);
  }
}

// False if the journal ends within its header.
bool ExtractionJournal::take_over(const ExtractionJob& job) {
  const tensor::MappedFile file(path_);
  std::optional<JournalContents> contents = parse_journal(file.bytes(), path_.string());
  if (!contents) return false;
  const std::string different = differences(contents->job, job);
  if (!different.empty()) {
    throw Error(ErrorCode::kOutputExists,
                fmt::format("{}: holds what another extraction to this output has done so far: {}",
                            path_.string(), different),
                std::string(kRestart));
  }
  end_ = contents->valid_bytes;
  cut_bytes_ = file.bytes().size() - end_;
  if (cut_bytes_ != 0 && ftruncate(descriptor_, static_cast<off_t>(end_)) != 0) fail("write");
  has_records_ = !contents->entries.empty();
  for (JournalEntry& entry : contents->entries) entries_[entry.index] = std::move(entry);
  return true;
}

void ExtractionJournal::append(const JournalRecord& record) {
  constexpr std::chrono::seconds kBetweenFlushes(10);
  const std::string bytes = journal_record(record);
  std::unique_lock lock(mutex_);
  const std::uint64_t begin = end_;
  write_at_end(bytes);
  has_records_ = true;
  JournalEntry entry{record.index, record.file, record.duration_s, record.reason, 0};
  if (record.reason.empty()) {
    entry.values_at = begin + bytes.size() - record.values.size() * sizeof(float);
  }
  entries_[record.index] = std::move(entry);
  const auto now = std::chrono::steady_clock::now();
  if (now - synced_ < kBetweenFlushes) return;
  synced_ = now;
  lock.unlock();  // the others need not wait for the device
  sync();
}

void ExtractionJournal::write_at_end(std::string_view bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t count = pwrite(descriptor_, bytes.data() + done, bytes.size() - done,
                                 static_cast<off_t>(end_ + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int reason = errno;
      // Where this fails too, the next run cuts the torn record off.
      static_cast<void>(ftruncate(descriptor_, static_cast<off_t>(end_)) == 0);
      errno = reason;
      fail("write");
    }
    done += static_cast<std::size_t>(count);
  }
  end_ += bytes.size();
}

void ExtractionJournal::sync() const {
  if (fdatasync(descriptor_) != 0 && errno != EINVAL && errno != EROFS) fail("flush");
}

void ExtractionJournal::read_values(const JournalEntry& entry, std::span<float> values) const {
  const auto bytes = std::as_writable_bytes(values);
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t count = pread(descriptor_, bytes.data() + done, bytes.size() - done,
                                static_cast<off_t>(entry.values_at + done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      throw Error(ErrorCode::kFileUnreadable,
                  fmt::format("{}: cannot be read: {}", path_.string(),
                              count < 0 ? std::strerror(errno) : "it was cut short"));
    }
    done += static_cast<std::size_t>(count);
  }
}

void ExtractionJournal::remove() {
  if (unlink(path_.c_str()) != 0 && errno != ENOENT) fail("remove");
  removed_ = true;
}

void ExtractionJournal::fail(std::string_view doing) const {
  throw Error(ErrorCode::kFileUnwritable,
              fmt::format("cannot {} {}: {}", doing, path_.string(), std::strerror(errno)),
              "Check that the folder exists, that you may write there and that the disk has room; "
              "the same command then goes on where it was.");
}

}  // namespace undertone::pipeline
