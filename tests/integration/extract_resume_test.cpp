// `undertone extract` killed, stopped, out of room, or run twice at once: nothing is lost, nothing
// is done twice, and the file is the same to the byte.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>
#include <set>
#include <sys/file.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "cli_environment.hpp"
#include "pipeline/embedding_file.hpp"
#include "pipeline/extraction_journal.hpp"
#include "support/paths.hpp"
#include "support/wav.hpp"

namespace undertone::test {
namespace {

using Clock = std::chrono::steady_clock;
using ::testing::HasSubstr;

constexpr std::size_t kClips = 60;

// Clips of several lengths, one of them no recording, and the file that an undisturbed run makes.
class Corpus {
 public:
  static const Corpus& get() {
    static const Corpus corpus;
    return corpus;
  }

  std::vector<std::string> command(const std::filesystem::path& output) const {
    return {"extract",   (folder_ / "m.csv").string(),
            "-o",        output.string(),
            "--layer",   "all",
            "--threads", "2"};
  }

  const std::string& expected() const { return expected_; }
  Clock::duration duration() const { return duration_; }
  std::filesystem::path operator/(std::string_view name) const { return folder_ / name; }

 private:
  Corpus() {
    std::string metadata = "filepath,emotion,speaker_id,sex\n";
    for (std::size_t i = 0; i < kClips; ++i) {
      const std::string name = "c" + std::to_string(i) + ".wav";
      write_file(folder_ / name,
                 i == 11 ? "no recording"
                         : wav(buzz(0.6 + 0.1 * static_cast<double>(i * 7 % 20),
                                    100 + 2 * static_cast<double>(i), static_cast<unsigned>(i))));
      metadata += name + ",sad,s" + std::to_string(i % 5) + (i % 2 == 0 ? ",female\n" : ",male\n");
    }
    write_file(folder_ / "m.csv", metadata);
    const std::filesystem::path output = folder_ / "whole.npz";
    const auto begin = Clock::now();
    const ProgramResult result = undertone(command(output));
    duration_ = Clock::now() - begin;
    if (result.exit_code != 1) throw std::runtime_error("extract failed: " + result.err);
    expected_ = read_file(output);
  }

  TemporaryFolder folder_;
  std::string expected_;
  Clock::duration duration_{};
};

// Runs the program and kills it after `delay` unless it has ended by then. True if it was killed.
bool run_and_kill(const std::vector<std::string>& arguments, Clock::duration delay) {
  std::vector<std::string> words = {UNDERTONE_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const std::string models = playground().string();
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    const int nowhere = open("/dev/null", O_RDWR);
    for (const int descriptor : {0, 1, 2}) dup2(nowhere, descriptor);
    setenv("UNDERTONE_MODELS", models.c_str(), 1);
    execv(argv[0], argv.data());
    _exit(127);
  }
  std::this_thread::sleep_for(delay);
  kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

struct Kept {
  std::string bytes;  // header and whole records
  std::set<std::uint64_t> indices;
};

// What the journal holds; no index may be in it twice.
Kept kept_in(const std::filesystem::path& journal) {
  Kept kept;
  const std::string bytes = read_file(journal);
  if (bytes.empty()) return kept;
  const auto contents = pipeline::parse_journal(std::as_bytes(std::span(bytes)), "journal");
  if (!contents) return kept;
  for (const pipeline::JournalEntry& entry : contents->entries) {
    EXPECT_TRUE(kept.indices.insert(entry.index).second) << entry.index << " was done twice";
  }
  kept.bytes = bytes.substr(0, contents->valid_bytes);
  return kept;
}

std::vector<std::string> names_in(const TemporaryFolder& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// Whenever a kill comes, the journal only ever grows: what it held stays, to the byte, and what is
// in it is not done again. The verdict does not depend on when the kills come.
TEST(ExtractResumed, KilledTwentyTimesGivesTheSameFile) {
  const Corpus& corpus = Corpus::get();
  const TemporaryFolder folder;
  const std::filesystem::path output = folder / "e.npz";
  const std::filesystem::path journal = folder / "e.npz.partial";
  std::mt19937 random(20);
  double longest = std::chrono::duration<double>(corpus.duration()).count() / 2;
  std::size_t with_records = 0;
  for (int kills = 0; kills < 20;) {
    const Kept before = kept_in(journal);
    const double delay = longest * (static_cast<double>(random()) / 4294967296.0);
    const bool killed = run_and_kill(
        corpus.command(output),
        std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(delay)));
    if (killed) ++kills;
    if (std::filesystem::exists(output)) {  // it was through, or as good as
      EXPECT_TRUE(read_file(output) == corpus.expected());
      if (!killed) {
        EXPECT_FALSE(std::filesystem::exists(journal));
      }
      // Done but for its exit: a kill may come after the journal is gone.
      if (!std::filesystem::exists(journal)) {
        std::filesystem::remove(output);
        longest *= 0.8;
      }
      continue;
    }
    ASSERT_TRUE(killed);
    const Kept after = kept_in(journal);
    ASSERT_TRUE(after.bytes.starts_with(before.bytes)) << "after kill " << kills;
    if (!after.indices.empty()) ++with_records;
  }
  std::filesystem::remove(output);  // if the last kill left it beside the journal
  const Kept last = kept_in(journal);
  const ProgramResult result = undertone(corpus.command(output));
  EXPECT_EQ(result.exit_code, 1) << result.err;
  if (!last.indices.empty()) {
    EXPECT_THAT(result.err, HasSubstr("going on where an earlier run stopped: " +
                                      std::to_string(last.indices.size()) + " of 60"));
  }
  EXPECT_TRUE(read_file(output) == corpus.expected());
  EXPECT_EQ(names_in(folder), std::vector<std::string>{"e.npz"});
  RecordProperty("kills_with_records", static_cast<int>(with_records));
}

// A journal as a kill at any moment leaves it: every number of whole records, and a torn one.
TEST(ExtractResumed, FromAnyNumberOfRecords) {
  const Corpus& corpus = Corpus::get();
  const TemporaryFolder folder;
  const std::filesystem::path output = folder / "e.npz";
  const std::filesystem::path journal = folder / "e.npz.partial";
  // A full one is what a run leaves that cannot write its output.
  std::filesystem::create_directory(output);
  write_file(output / "in the way", "");
  auto forced = corpus.command(output);
  forced.emplace_back("--force");
  const ProgramResult blocked = undertone(forced);
  EXPECT_EQ(blocked.exit_code, 1);
  EXPECT_THAT(blocked.err, HasSubstr("all embeddings are kept in"));
  std::filesystem::remove_all(output);
  const std::string full = read_file(journal);
  ASSERT_EQ(kept_in(journal).indices.size(), kClips);
  for (const double part : {0.01, 0.3, 0.77, 1.0}) {
    write_file(journal,
               full.substr(0, static_cast<std::size_t>(part * static_cast<double>(full.size()))));
    ASSERT_EQ(undertone(corpus.command(output)).exit_code, 1) << part;
    EXPECT_TRUE(read_file(output) == corpus.expected()) << part;
    EXPECT_EQ(names_in(folder), std::vector<std::string>{"e.npz"});
    std::filesystem::remove(output);
  }

  // Killed after the output was renamed into place, before the journal was removed.
  write_file(output, corpus.expected());
  write_file(journal, full);
  EXPECT_EQ(undertone(corpus.command(output)).exit_code, 1);
  EXPECT_TRUE(read_file(output) == corpus.expected());
  EXPECT_EQ(names_in(folder), std::vector<std::string>{"e.npz"});

  // An output that is somebody else's stays, and so does the journal.
  write_file(output, "precious");
  write_file(journal, full);
  const ProgramResult refused = undertone(corpus.command(output));
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("output_exists"));
  EXPECT_EQ(read_file(output), "precious");
  EXPECT_EQ(names_in(folder), (std::vector<std::string>{"e.npz", "e.npz.partial"}));
  write_file(journal, full.substr(0, full.size() / 2));
  EXPECT_EQ(undertone(corpus.command(output)).exit_code, 2);
  EXPECT_EQ(read_file(output), "precious");
  EXPECT_EQ(undertone(forced).exit_code, 1);
  EXPECT_TRUE(read_file(output) == corpus.expected());
}

class Interrupted : public ::testing::Test {
 protected:
  // Leaves a journal with two of three clips done.
  Interrupted() {
    for (int i = 0; i < 3; ++i) {
      write_file(folder_ / ("c" + std::to_string(i) + ".wav"), read_file(clip(i)));
    }
    write_file(folder_ / "m.csv", "filepath,emotion\nc0.wav,sad\nc1.wav,hap\nc2.wav,sad\n");
    EXPECT_EQ(extract({"--threads", "1"}, "whole.npz").exit_code, 0);
    std::filesystem::create_directory(folder_ / "e.npz");
    write_file(folder_ / "e.npz/x", "");
    EXPECT_EQ(extract({"--force", "--threads", "1"}).exit_code,
              1);  // c2 is the third in the journal
    std::filesystem::remove_all(folder_ / "e.npz");
    const std::string full = read_file(journal_);
    const auto contents = pipeline::parse_journal(std::as_bytes(std::span(full)), "journal");
    write_file(journal_, full.substr(0, contents->entries[2].values_at - 60));
  }

  ProgramResult extract(const std::vector<std::string>& options, const char* output = "e.npz") {
    std::vector<std::string> arguments = {"extract", (folder_ / "m.csv").string(), "-o",
                                          (folder_ / output).string()};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return undertone(arguments);
  }

  const TemporaryFolder folder_;
  const std::filesystem::path journal_ = folder_ / "e.npz.partial";
};

TEST_F(Interrupted, GoesOn) {
  const ProgramResult result = extract({});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("2 of 3 recordings are done"));
  EXPECT_EQ(read_file(folder_ / "e.npz"), read_file(folder_ / "whole.npz"));
}

TEST_F(Interrupted, AnotherJobIsRefusedUnlessRestarted) {
  const ProgramResult refused = extract({"--pool", "mean+std"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("the pooling is mean there and mean+std here"));
  EXPECT_THAT(refused.err, HasSubstr("--restart"));
  write_file(folder_ / "m.csv", "filepath,emotion\nc0.wav,hap\nc1.wav,hap\nc2.wav,sad\n");
  const ProgramResult relabelled = extract({});
  EXPECT_EQ(relabelled.exit_code, 2);
  EXPECT_THAT(relabelled.err, HasSubstr("the digest of recordings and metadata is"));
  const ProgramResult restarted = extract({"--restart"});
  EXPECT_EQ(restarted.exit_code, 0) << restarted.err;
  EXPECT_EQ(pipeline::read_embeddings(folder_ / "e.npz").labels[0], "Happy");
}

TEST_F(Interrupted, AChangedFileIsDoneAgain) {
  write_file(folder_ / "c1.wav", read_file(clip(5)));
  const ProgramResult result = extract({});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("1 of 3 recordings are done"));
  EXPECT_THAT(result.err, HasSubstr("1 recording changed since the earlier run"));
  ASSERT_EQ(extract({"--force"}, "whole.npz").exit_code, 0);
  EXPECT_EQ(read_file(folder_ / "e.npz"), read_file(folder_ / "whole.npz"));
}

TEST_F(Interrupted, AFileGoneSinceIsAFailure) {
  std::filesystem::remove(folder_ / "c0.wav");
  const ProgramResult result = extract({});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("c0.wav: error [file_not_found]"));
  const auto table = pipeline::read_embeddings(folder_ / "e.npz");
  EXPECT_EQ(table.paths, (std::vector<std::string>{"c1.wav", "c2.wav"}));
  EXPECT_EQ(table.failed_paths, std::vector<std::string>{"c0.wav"});
}

TEST_F(Interrupted, OneProcessAtATime) {
  const int descriptor = open(journal_.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(flock(descriptor, LOCK_EX | LOCK_NB), 0);
  const ProgramResult result = extract({});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("another process is extracting to this output"));
  close(descriptor);
  EXPECT_EQ(extract({}).exit_code, 0);
}

TEST_F(Interrupted, AFileInTheJournalsPlaceStays) {
  write_file(journal_, "somebody's notes");
  EXPECT_EQ(extract({"--restart"}).exit_code, 1);
  EXPECT_EQ(read_file(journal_), "somebody's notes");
}

// Ctrl-C while it works. Should the signal come too late for the last clip, the run is complete and
// must say so.
TEST(ExtractResumed, CtrlCKeepsWhatIsDone) {
  const Corpus& corpus = Corpus::get();
  const TemporaryFolder folder;
  const std::filesystem::path output = folder / "e.npz";
  // The line of the clip that fails is the signal's cue.
  std::string words =
      "UNDERTONE_MODELS='" + playground().string() + "' '" + UNDERTONE_PROGRAM + "'";
  for (const std::string& word : corpus.command(output)) words += " '" + word + "'";
  const std::string script =
      "mkfifo cue; " + words +
      " 2> cue & program=$!; while read -r line; do echo \"$line\" >&2; case \"$line\" in "
      "*audio_unreadable*) kill -INT $program;; esac; done < cue; rm cue; wait $program";
  const ProgramResult stopped =
      run_program("/bin/sh", {"-c", script}, {.working_folder = folder.path().string()});
  if (stopped.exit_code == 130) {
    const std::size_t kept = kept_in(folder / "e.npz.partial").indices.size();
    EXPECT_GE(kept, 12U);  // up to the one that failed, in order
    EXPECT_THAT(stopped.err, HasSubstr(std::to_string(kept) + " of 60 recordings are kept in"));
    EXPECT_THAT(stopped.err, HasSubstr("the same command goes on from there"));
    EXPECT_FALSE(std::filesystem::exists(output));
    EXPECT_EQ(undertone(corpus.command(output)).exit_code, 1);
  } else {
    EXPECT_EQ(stopped.exit_code, 1) << stopped.err;
  }
  EXPECT_TRUE(read_file(output) == corpus.expected());
  EXPECT_EQ(names_in(folder), std::vector<std::string>{"e.npz"});
}

// A limit on the size of files stands for a full disk: writes fail half-way in the same manner.
TEST(ExtractResumed, AFullDiskLosesNothing) {
  const Corpus& corpus = Corpus::get();
  const TemporaryFolder folder;
  const std::filesystem::path output = folder / "e.npz";
  const std::filesystem::path journal = folder / "e.npz.partial";
  const auto with_limit = [&](std::size_t blocks) {
    std::string words =
        "ulimit -f " + std::to_string(blocks) + "; trap '' XFSZ; exec '" + UNDERTONE_PROGRAM + "'";
    for (const std::string& word : corpus.command(output)) words += " '" + word + "'";
    return run_program("/bin/sh", {"-c", words},
                       {.environment = {{"UNDERTONE_MODELS", playground().string()}}});
  };
  // Not even the journal has room (512 bytes a block).
  const ProgramResult early = with_limit(8);
  EXPECT_EQ(early.exit_code, 1);
  EXPECT_THAT(early.err, HasSubstr("file_unwritable"));
  EXPECT_THAT(early.err, HasSubstr("e.npz.partial: File too large"));
  EXPECT_FALSE(std::filesystem::exists(output));
  const std::size_t kept = kept_in(journal).indices.size();
  EXPECT_GT(kept, 0U);
  EXPECT_LT(kept, kClips);
  // The journal has room, the output, which is larger, has not.
  const std::size_t blocks = corpus.expected().size() / 512 - 2;
  const ProgramResult late = with_limit(blocks);
  EXPECT_EQ(late.exit_code, 1);
  EXPECT_THAT(late.err, HasSubstr("all embeddings are kept in"));
  EXPECT_EQ(kept_in(journal).indices.size(), kClips);
  EXPECT_EQ(names_in(folder), std::vector<std::string>{"e.npz.partial"});
  EXPECT_EQ(undertone(corpus.command(output)).exit_code, 1);
  EXPECT_TRUE(read_file(output) == corpus.expected());
}

}  // namespace
}  // namespace undertone::test
