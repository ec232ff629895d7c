// `undertone prepare`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "cli_environment.hpp"
#include "dataset/metadata.hpp"
#include "support/paths.hpp"
#include "support/wav.hpp"

namespace undertone::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// EmoDB with two good recordings, one of another name and one of boredom.
class Prepare : public ::testing::Test {
 protected:
  Prepare() {
    std::filesystem::create_directories(folder_ / "corpus/wav");
    add("03a01Wa.wav", read_file(clip(0)));
    add("08b02Fb.wav", read_file(clip(1)));
    add("08b02Lb.wav", read_file(clip(2)));
    add("readme.wav", read_file(clip(1)));
  }

  void add(const std::string& name, const std::string& bytes) {
    write_file(folder_ / ("corpus/wav/" + name), bytes);
  }

  ProgramResult prepare(std::vector<std::string> options = {}) {
    std::vector<std::string> arguments = {"prepare", "emodb", (folder_ / "corpus").string(), "-o",
                                          output_};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return undertone(arguments);
  }

  TemporaryFolder folder_;
  std::string output_ = (folder_ / "metadata.csv").string();
};

TEST_F(Prepare, WritesMetadataThatExtractReads) {
  const ProgramResult result = prepare();
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("2 recordings, 2 speakers (1 female, 1 male)"));
  EXPECT_THAT(result.out, HasSubstr("Left out: 2 of 4"));
  EXPECT_THAT(result.out, HasSubstr("1  other_name"));
  EXPECT_THAT(result.out, HasSubstr("1  other_emotion"));
  EXPECT_THAT(
      lines(read_file(output_)),
      ElementsAre(
          "filepath,emotion,speaker_id,sentence_id,corpus,intensity,sex,age,duration,"
          "sample_rate,channels,sha256,split",
          StartsWith(
              "corpus/wav/03a01Wa.wav,Angry,emodb-03,emodb-a01,emodb,,male,31,1.000,16000,1,"),
          StartsWith(
              "corpus/wav/08b02Fb.wav,Happy,emodb-08,emodb-b02,emodb,,female,34,1.050,16000,1,")));
  EXPECT_EQ(undertone({"extract", output_, "-o", (folder_ / "e.npz").string()}).exit_code, 0);
}

TEST_F(Prepare, DoesNotOverwriteWithoutForce) {
  write_file(output_, "precious");
  const ProgramResult refused = prepare();
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("output_exists"));
  EXPECT_EQ(read_file(output_), "precious");
  EXPECT_EQ(prepare({"--force"}).exit_code, 0);
  EXPECT_THAT(read_file(output_), StartsWith("filepath"));
}

TEST_F(Prepare, TheSameBytesOnAnyNumberOfThreads) {
  ASSERT_EQ(prepare({"--threads", "1"}).exit_code, 0);
  const std::string first = read_file(output_);
  ASSERT_EQ(prepare({"--threads", "3", "--force"}).exit_code, 0);
  EXPECT_EQ(read_file(output_), first);
}

TEST_F(Prepare, AFileThatCannotBeReadIsAFailureAndTheOthersGoOn) {
  add("09a01Wa.wav", "no recording");
  add("09a02Wa.wav", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n");
  const std::string report = (folder_ / "left_out.csv").string();
  const ProgramResult result = prepare({"--report", report});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("09a01Wa.wav: error [audio_unreadable]"));
  EXPECT_THAT(result.err, HasSubstr("09a02Wa.wav: error [git_lfs_pointer]"));
  EXPECT_THAT(result.out, HasSubstr("1  git_lfs_pointer"));
  EXPECT_THAT(result.out, HasSubstr("git lfs pull"));
  EXPECT_EQ(dataset::read_metadata(output_).size(), 2U);
  const std::vector<std::string> table = lines(read_file(report));
  ASSERT_EQ(table.size(), 5U);
  EXPECT_EQ(table[0], "path,reason,detail");
  EXPECT_THAT(table[1], HasSubstr("readme.wav,other_name,"));
  EXPECT_THAT(read_file(report), HasSubstr("09a02Wa.wav,git_lfs_pointer,"));
}

TEST_F(Prepare, RulesAndTheirOptions) {
  add("09a01Wa.wav", read_file(clip(0)));
  add("09a02Wa.wav", wav(buzz(0.5, 100)));
  add("09a04Wa.wav", wav(std::vector<float>(32000)));
  const ProgramResult result = prepare();
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("1  duplicate"));
  EXPECT_THAT(result.out, HasSubstr("1  too_short"));
  EXPECT_THAT(result.out, HasSubstr("1  silent"));
  EXPECT_EQ(dataset::read_metadata(output_).size(), 2U);
  ASSERT_EQ(prepare({"--force", "--keep-duplicates", "--keep-silent", "--min-duration", "0",
                     "--all-emotions"})
                .exit_code,
            0);
  EXPECT_EQ(dataset::read_metadata(output_).size(), 6U);
  ASSERT_EQ(
      prepare({"--force", "--label-map", "boredom=Neutral", "--max-duration", "1.05"}).exit_code,
      0);
  EXPECT_EQ(dataset::read_metadata(output_).size(), 2U);
}

TEST_F(Prepare, NothingLeftWritesNothing) {
  const ProgramResult result = prepare({"--min-duration", "5"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, HasSubstr("2  too_short"));
  EXPECT_THAT(result.err, HasSubstr("no recording is left"));
  EXPECT_FALSE(std::filesystem::exists(output_));
}

TEST_F(Prepare, AnotherCorpusIsSuggested) {
  const ProgramResult result =
      undertone({"prepare", "nemo", (folder_ / "corpus").string(), "-o", output_});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("undertone prepare emodb"));
  EXPECT_FALSE(std::filesystem::exists(output_));
}

TEST_F(Prepare, UsageErrorsAreExitCode2) {
  EXPECT_EQ(undertone({"prepare", "klingon", ".", "-o", output_}).exit_code, 2);
  EXPECT_EQ(prepare({"--votes", "x.csv"}).exit_code, 2);
  EXPECT_EQ(prepare({"--label-column", "x"}).exit_code, 2);
  EXPECT_EQ(prepare({"--min-duration", "3", "--max-duration", "2"}).exit_code, 2);
  EXPECT_EQ(prepare({"--min-duration", "nan"}).exit_code, 2);
  EXPECT_EQ(prepare({"--label-map", "x"}).exit_code, 2);
  EXPECT_EQ(prepare({"--report", output_}).exit_code, 2);
  EXPECT_FALSE(std::filesystem::exists(output_));
}

TEST_F(Prepare, AnOutputThatCannotBeWrittenFailsAtOnce) {
  output_ = (folder_ / "no/such/folder/m.csv").string();
  const ProgramResult result = prepare();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("file_unwritable"));
}

TEST_F(Prepare, AnInterruptWritesNothing) {
  // The first recording is a pipe that gives nothing until the signal has come.
  const std::string pipe = (folder_ / "corpus/wav/03a01Aa.wav").string();
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  write_file(folder_ / "recording.wav", read_file(clip(0)));
  const ProgramResult result = run_program(
      "/bin/sh", {"-c",
                  "\"$0\" prepare emodb \"$1\" -o \"$2\" --threads 1 & p=$!; "
                  "exec 3>\"$3\"; kill -TERM $p; sleep 0.3; cat \"$4\" >&3; exec 3>&-; wait $p",
                  UNDERTONE_PROGRAM, (folder_ / "corpus").string(), output_, pipe,
                  (folder_ / "recording.wav").string()});
  EXPECT_EQ(result.exit_code, 130) << result.err;
  EXPECT_THAT(result.err, HasSubstr("Interrupted"));
  EXPECT_THAT(result.err, HasSubstr("was not written"));
  EXPECT_FALSE(std::filesystem::exists(output_));
}

TEST_F(Prepare, GenericTableAndFolder) {
  write_file(folder_ / "t.tsv",
             "clip\tmood\tspk\tgroup\ncorpus/wav/03a01Wa.wav\trage\ts1\tg\n"
             "corpus/wav/08b02Fb.wav\tsad\ts2\tg\n");
  const ProgramResult result =
      undertone({"prepare", "generic", (folder_ / "t.tsv").string(), "-o", output_, "--path-column",
                 "clip", "--label-column", "mood", "--label-map", "rage=Angry"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto clips = dataset::read_metadata(output_);
  ASSERT_EQ(clips.size(), 2U);
  EXPECT_EQ(clips[0].filepath, "corpus/wav/03a01Wa.wav");
  EXPECT_EQ(clips[0].emotion, "Angry");
  EXPECT_EQ(clips[0].speaker_id, "s1");
  EXPECT_EQ(clips[0].value("corpus"), "t");
  EXPECT_EQ(clips[0].value("group"), "g");
  EXPECT_EQ(clips[0].value("sha256").size(), 64U);

  std::filesystem::create_directories(folder_ / "mine/happiness");
  write_file(folder_ / "mine/happiness/1.wav", read_file(clip(3)));
  ASSERT_EQ(undertone({"prepare", "generic", (folder_ / "mine").string(), "-o", output_, "--force"})
                .exit_code,
            0);
  EXPECT_EQ(dataset::read_metadata(output_).at(0).emotion, "Happy");
}

TEST(PrepareCremad, AllNamesWithDemographicsAndVotes) {
  const std::string data = UNDERTONE_SHARED_DATA_DIR "/cremad";
  if (!std::filesystem::exists(data + "/filenames.txt")) GTEST_SKIP() << "CREMA-D is not here";
  const TemporaryFolder folder;
  const std::string output = (folder / "m.csv").string();
  const ProgramResult result =
      undertone({"prepare", "CREMA-D", data + "/filenames.txt", "--names-only", "-o", output,
                 "--votes", data + "/tabulatedVotes.csv"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("7442 recordings, 91 speakers (43 female, 48 male)"));
  EXPECT_THAT(result.out, HasSubstr("Neutral      1087"));
  EXPECT_THAT(result.out, Not(HasSubstr("Left out")));
  EXPECT_THAT(result.err, IsEmpty());
  EXPECT_THAT(lines(read_file(output)).at(1),
              "1001_DFA_ANG_XX.wav,Angry,cremad-1001,cremad-DFA,cremad,unspecified,male,51,,Angry,"
              "0.6667,1,0,0,6,0,2");
}

TEST(PrepareCremad, SaysThatDemographicsAreMissing) {
  const TemporaryFolder folder;
  write_file(folder / "1001_DFA_ANG_XX.wav", read_file(clip(0)));
  const std::string output = (folder / "m.csv").string();
  const ProgramResult result =
      undertone({"prepare", "cremad", folder.path().string(), "-o", output});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("--demographics"));
  EXPECT_EQ(dataset::read_metadata(output).at(0).value("sex"), "");
}

}  // namespace
}  // namespace undertone::test
