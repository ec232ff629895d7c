#include "pipeline/extraction_journal.hpp"

#include <chrono>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"

namespace undertone::pipeline {
namespace {

using test::read_file;
using test::write_file;

ExtractionJob example_job() { return {{{"the encoder", "tiny"}, {"the pooling", "mean"}}, 4, 3}; }

JournalRecord done(std::uint64_t index, float value) {
  return {.index = index,
          .file = {1000 + static_cast<std::int64_t>(index), 77},
          .duration_s = 1.5,
          .values = {value, value + 1, value + 2}};
}

JournalRecord failed(std::uint64_t index) {
  return {.index = index, .file = {}, .reason = "audio_unreadable: x.wav: no"};
}

std::optional<JournalContents> parse(const std::string& bytes) {
  return parse_journal(std::as_bytes(std::span(bytes)), "j");
}

TEST(JournalFormat, WhatIsWrittenReadsBack) {
  const std::string header = journal_header(example_job());
  const std::string bytes = header + journal_record(done(2, 5)) + journal_record(failed(0));
  const auto contents = parse(bytes);
  ASSERT_TRUE(contents);
  EXPECT_EQ(contents->job.facts, example_job().facts);
  EXPECT_EQ(contents->job.recordings, 4U);
  EXPECT_EQ(contents->job.values, 3U);
  EXPECT_EQ(contents->valid_bytes, bytes.size());
  ASSERT_EQ(contents->entries.size(), 2U);
  const JournalEntry& first = contents->entries[0];
  EXPECT_EQ(first.index, 2U);
  EXPECT_EQ(first.file, (FileStamp{1002, 77}));
  EXPECT_EQ(first.duration_s, 1.5);
  EXPECT_EQ(first.reason, "");
  float value = 0;
  std::memcpy(&value, bytes.data() + first.values_at + sizeof(float), sizeof value);
  EXPECT_EQ(value, 6.0F);
  EXPECT_EQ(contents->entries[1].index, 0U);
  EXPECT_EQ(contents->entries[1].reason, "audio_unreadable: x.wav: no");
  EXPECT_EQ(contents->entries[1].file, FileStamp{});
}

TEST(JournalFormat, ARecordTornAtAnyByteIsCutOff) {
  const std::string whole = journal_header(example_job()) + journal_record(done(2, 5));
  for (const JournalRecord& last : {done(3, 1), failed(3)}) {
    const std::string bytes = whole + journal_record(last);
    for (std::size_t size = whole.size(); size < bytes.size(); ++size) {
      const auto contents = parse(bytes.substr(0, size));
      ASSERT_TRUE(contents) << size;
      EXPECT_EQ(contents->entries.size(), 1U) << size;
      EXPECT_EQ(contents->valid_bytes, whole.size()) << size;
    }
  }
}

TEST(JournalFormat, AHeaderTornAtAnyByteIsNoJournalYet) {
  const std::string header = journal_header(example_job());
  for (std::size_t size = 0; size < header.size(); ++size) {
    EXPECT_FALSE(parse(header.substr(0, size))) << size;
  }
  EXPECT_TRUE(parse(header));
}

TEST(JournalFormat, AFlippedBitIsNeverTakenForARecord) {
  const std::string whole = journal_header(example_job()) + journal_record(done(2, 5));
  const std::string bytes = whole + journal_record(done(3, 1));
  for (std::size_t bit = 8 * whole.size(); bit < 8 * bytes.size(); ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    const auto contents = parse(damaged);
    ASSERT_TRUE(contents) << bit;
    EXPECT_EQ(contents->entries.size(), 1U) << bit;
    EXPECT_EQ(contents->valid_bytes, whole.size()) << bit;
  }
}

// Refused, or (where the length seems to reach beyond the end) taken for a header cut short.
TEST(JournalFormat, AFlippedBitInTheHeaderIsNeverAJob) {
  const std::string header = journal_header(example_job());
  const std::string bytes = header + journal_record(done(2, 5));
  for (std::size_t bit = 0; bit < 8 * header.size(); ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    try {
      EXPECT_FALSE(parse(damaged)) << bit;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kDataInvalid);
    }
  }
}

TEST(JournalFormat, WhatIsNoJournalIsRefused) {
  EXPECT_UNDERTONE_ERROR(parse("PK\x03\x04"), ErrorCode::kDataInvalid,
                         "j: is not the journal of an extraction");
  EXPECT_UNDERTONE_ERROR(parse("undertone-journal-9\n........"), ErrorCode::kDataInvalid,
                         "another version");
  std::string damaged = journal_header(example_job());
  damaged.back() = 'x';
  EXPECT_UNDERTONE_ERROR(parse(damaged), ErrorCode::kDataInvalid, "its header is damaged");
}

// With checksums that are right: what a program of ours would not write.
TEST(JournalFormat, RecordsThatContradictTheJobAreCutOff) {
  const std::string header = journal_header(example_job());
  JournalRecord other_size = done(1, 1);
  other_size.values.pop_back();
  JournalRecord not_finite = done(1, 1);
  not_finite.values[2] = std::numeric_limits<float>::quiet_NaN();
  JournalRecord no_time = done(1, 1);
  no_time.duration_s = -1;
  for (const JournalRecord& record : {done(4, 1), other_size, not_finite, no_time}) {
    const auto contents = parse(header + journal_record(record) + journal_record(done(0, 1)));
    ASSERT_TRUE(contents);
    EXPECT_TRUE(contents->entries.empty());
    EXPECT_EQ(contents->valid_bytes, header.size());
  }
}

TEST(JournalFormat, ClaimsBeyondReasonAreRefused) {
  ExtractionJob job = example_job();
  job.recordings = std::uint64_t{1} << 40;
  EXPECT_UNDERTONE_ERROR(journal_header(job), ErrorCode::kInvalidArgument, "more than");
  JournalRecord record = failed(0);
  record.reason.assign(kMostReason + 1, 'x');
  EXPECT_UNDERTONE_ERROR(journal_record(record), ErrorCode::kInternal, "too long");
}

class Journal : public ::testing::Test {
 protected:
  std::vector<float> values_of(ExtractionJournal& journal, std::size_t index) {
    std::vector<float> values(3);
    journal.read_values(*journal.entries()[index], values);
    return values;
  }

  const test::TemporaryFolder folder_;
  const std::filesystem::path path_ = folder_ / "emb.npz.partial";
};

TEST_F(Journal, GoesOnWhereItWas) {
  {
    ExtractionJournal journal(path_, example_job(), false);
    journal.append(done(1, 10));
    journal.append(failed(0));
    EXPECT_EQ(values_of(journal, 1), (std::vector<float>{10, 11, 12}));
  }
  write_file(path_, read_file(path_) + "torn");
  {
    ExtractionJournal journal(path_, example_job(), false);
    EXPECT_EQ(journal.cut_bytes(), 4U);
    ASSERT_EQ(journal.entries().size(), 4U);
    EXPECT_EQ(journal.entries()[0]->reason, "audio_unreadable: x.wav: no");
    EXPECT_EQ(values_of(journal, 1), (std::vector<float>{10, 11, 12}));
    EXPECT_FALSE(journal.entries()[2]);
    journal.append(done(3, 30));
    journal.append(done(1, 20));  // done again: the later record counts
  }
  ExtractionJournal journal(path_, example_job(), false);
  EXPECT_EQ(journal.cut_bytes(), 0U);
  EXPECT_EQ(values_of(journal, 1), (std::vector<float>{20, 21, 22}));
  EXPECT_EQ(values_of(journal, 3), (std::vector<float>{30, 31, 32}));
  journal.remove();
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(Journal, WithoutRecordsItGoes) {
  { ExtractionJournal journal(path_, example_job(), false); }
  EXPECT_FALSE(std::filesystem::exists(path_));
  write_file(path_, journal_header(example_job()).substr(0, 30));
  { ExtractionJournal journal(path_, example_job(), false); }
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(Journal, OfAnotherJobIsRefusedByName) {
  { ExtractionJournal(path_, example_job(), false).append(done(1, 1)); }
  const std::string before = read_file(path_);
  ExtractionJob job = example_job();
  job.facts[1].second = "mean+std";
  job.recordings = 5;
  EXPECT_UNDERTONE_ERROR(ExtractionJournal(path_, job, false), ErrorCode::kOutputExists,
                         "the pooling is mean there and mean+std here; the number of recordings is "
                         "4 there and 5 here");
  job = example_job();
  job.values = 6;
  EXPECT_UNDERTONE_ERROR(ExtractionJournal(path_, job, false), ErrorCode::kOutputExists,
                         "the number of values is 3 there and 6 here");
  EXPECT_EQ(read_file(path_), before);
  ExtractionJournal journal(path_, job, true);
  EXPECT_FALSE(journal.entries()[1]);
  EXPECT_EQ(read_file(path_), journal_header(job));
}

TEST_F(Journal, AFileThatIsNoneIsNeverThrownAway) {
  write_file(path_, "somebody's notes");
  for (const bool restart : {false, true}) {
    EXPECT_UNDERTONE_ERROR(ExtractionJournal(path_, example_job(), restart),
                           ErrorCode::kDataInvalid, "is not the journal of an extraction");
  }
  EXPECT_EQ(read_file(path_), "somebody's notes");
  std::filesystem::remove(path_);
  std::filesystem::create_directory(path_);
  EXPECT_UNDERTONE_ERROR(ExtractionJournal(path_, example_job(), false), ErrorCode::kFileUnwritable,
                         "emb.npz.partial");
}

TEST_F(Journal, ADamagedOneCanBeThrownAway) {
  std::string header = journal_header(example_job());
  header.back() = 'x';
  write_file(path_, header);
  EXPECT_UNDERTONE_ERROR(ExtractionJournal(path_, example_job(), false), ErrorCode::kDataInvalid,
                         "its header is damaged");
  ExtractionJournal(path_, example_job(), true).append(done(0, 1));
  EXPECT_TRUE(ExtractionJournal(path_, example_job(), false).entries()[0]);
}

TEST_F(Journal, OneProcessAtATime) {
  ExtractionJournal journal(path_, example_job(), false);
  journal.append(done(0, 1));
  EXPECT_UNDERTONE_ERROR(ExtractionJournal(path_, example_job(), false), ErrorCode::kFileUnwritable,
                         "another process is extracting");
  EXPECT_UNDERTONE_ERROR(ExtractionJournal(path_, example_job(), true), ErrorCode::kFileUnwritable,
                         "another process is extracting");
  EXPECT_EQ(values_of(journal, 0), (std::vector<float>{1, 2, 3}));
}

TEST_F(Journal, ThreadsMayAppend) {
  ExtractionJob job = example_job();
  job.recordings = 400;
  {
    ExtractionJournal journal(path_, job, false);
    std::vector<std::jthread> threads;
    for (std::uint64_t t = 0; t < 4; ++t) {
      threads.emplace_back([&journal, t] {
        for (std::uint64_t i = t; i < 400; i += 4) {
          if (i % 7 == 0) {
            journal.append(failed(i));
          } else {
            journal.append(done(i, static_cast<float>(i)));
          }
        }
      });
    }
  }
  ExtractionJournal journal(path_, job, false);
  EXPECT_EQ(journal.cut_bytes(), 0U);
  for (std::size_t i = 0; i < 400; ++i) {
    ASSERT_TRUE(journal.entries()[i]);
    EXPECT_EQ(journal.entries()[i]->reason.empty(), i % 7 != 0);
    if (i % 7 != 0) {
      EXPECT_EQ(values_of(journal, i)[0], static_cast<float>(i));
    }
  }
}

TEST_F(Journal, StampsTellFilesApart) {
  EXPECT_EQ(stamp_of(folder_ / "none"), FileStamp{});
  write_file(folder_ / "a", "abc");
  const FileStamp before = stamp_of(folder_ / "a");
  EXPECT_EQ(before.size, 3);
  write_file(folder_ / "a", "abcd");
  EXPECT_NE(stamp_of(folder_ / "a"), before);
  write_file(folder_ / "a", "abc");
  std::filesystem::last_write_time(
      folder_ / "a", std::filesystem::file_time_type::clock::now() + std::chrono::seconds(5));
  EXPECT_NE(stamp_of(folder_ / "a"), before);
}

}  // namespace
}  // namespace undertone::pipeline
