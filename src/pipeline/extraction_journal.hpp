// What an extraction has finished so far, kept in a file beside its output until that is written.
//
// A header that says which job it is, then one record for each finished recording, only ever
// appended; docs/formats.md has the layout. A run that is killed, at whatever moment, leaves whole
// records and at most one torn one at the end, which the next run cuts off.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace undertone::pipeline {

// Everything that decides the result. Two jobs with the same facts give the same embeddings.
struct ExtractionJob {
  std::vector<std::pair<std::string, std::string>> facts;  // name and value, for people to read
  std::uint64_t recordings = 0;
  std::uint64_t values = 0;  // of one embedding: hidden states × pooled size
};

// Tells whether a file is still the one that was heard.
struct FileStamp {
  std::int64_t size = -1;  // bytes; -1 if it is not there
  std::int64_t modified_ns = 0;

  bool operator==(const FileStamp&) const = default;
};
FileStamp stamp_of(const std::filesystem::path& file);

// A finished recording.
struct JournalRecord {
  std::uint64_t index = 0;  // in the list of recordings
  FileStamp file;
  double duration_s = 0;
  std::vector<float> values{};  // [job.values]; empty if it failed
  std::string reason{};         // why it failed; empty if it did not
};

// A record as it stands in the journal.
struct JournalEntry {
  std::uint64_t index = 0;
  FileStamp file;
  double duration_s = 0;
  std::string reason{};
  std::uint64_t values_at = 0;  // where its values begin in the file; 0 if it failed
};

struct JournalContents {
  ExtractionJob job;
  std::vector<JournalEntry> entries;  // in the order of the file
  std::uint64_t valid_bytes = 0;      // what follows is torn or damaged
};

// Reads up to the first record that is torn, damaged or contradicts itself. Nothing if the file
// ends within the header: the run was killed before it had begun. `name` is what messages call it.
// Throws Error(kDataInvalid) for what is no journal, a damaged header, or another version's.
std::optional<JournalContents> parse_journal(std::span<const std::byte> bytes,
                                             std::string_view name);

// Throws Error(kDataInvalid) unless the bytes begin like a journal's, of whatever version.
void require_journal(std::span<const std::byte> bytes, std::string_view name);

// The bytes of a journal's parts. A reason has at most kMostReason bytes.
inline constexpr std::size_t kMostReason = 4096;
std::string journal_header(const ExtractionJob& job);
std::string journal_record(const JournalRecord& record);

// A journal that is open for its job alone: another process that opens it meanwhile gets an error.
// append() may be called by several threads; the rest by one.
class ExtractionJournal {
 public:
  // Goes on with the journal at `path`, or begins one; with `restart` an earlier one is thrown
  // away. Throws Error(kOutputExists) naming what differs if it is of another job,
  // Error(kDataInvalid) if it is no journal or damaged, Error(kFileUnwritable) if it cannot be
  // written or another process has it.
  ExtractionJournal(std::filesystem::path path, const ExtractionJob& job, bool restart);
  // A journal without records is removed.
  ~ExtractionJournal();
  ExtractionJournal(const ExtractionJournal&) = delete;
  ExtractionJournal& operator=(const ExtractionJournal&) = delete;

  // The last record of each recording, or none.
  const std::vector<std::optional<JournalEntry>>& entries() const noexcept { return entries_; }

  // Takes a record for not there, so that the recording is done again.
  void forget(std::uint64_t index) { entries_[index].reset(); }

  // Bytes that were cut off an earlier run's journal.
  std::uint64_t cut_bytes() const noexcept { return cut_bytes_; }

  // Once it returns, the record outlives the process. Where ten seconds have passed since the last
  // time, all records are flushed to the device, to outlive the machine. Throws
  // Error(kFileUnwritable).
  void append(const JournalRecord& record);

  // The values of a recording that did not fail. Throws Error(kFileUnreadable).
  void read_values(const JournalEntry& entry, std::span<float> values) const;

  // Removes the file: the output is written.
  void remove();

 private:
  [[noreturn]] void fail(std::string_view doing) const;
  void open_and_lock();
  bool take_over(const ExtractionJob& job);
  void write_at_end(std::string_view bytes);
  void sync() const;

  std::filesystem::path path_;
  int descriptor_ = -1;
  std::uint64_t end_ = 0;
  std::uint64_t cut_bytes_ = 0;
  bool has_records_ = false;
  bool removed_ = false;
  std::mutex mutex_;
  std::vector<std::optional<JournalEntry>> entries_;
  std::chrono::steady_clock::time_point synced_;
};

}  // namespace undertone::pipeline
