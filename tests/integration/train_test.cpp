// `undertone prepare` and `train`.
#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli_environment.hpp"
#include "pipeline/embedding_file.hpp"
#include "support/wav.hpp"

namespace undertone::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Train, SaysWhatItTrained) {
  const TemporaryFolder folder;
  const std::string output = (folder / "b.safetensors").string();
  const ProgramResult result =
      undertone({"train", (playground() / "emb.npz").string(), "-o", output});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("16 embeddings of 4 speakers"));
  EXPECT_THAT(result.err, HasSubstr("16 principal components instead of 200"));
  EXPECT_EQ(undertone({"train", (playground() / "emb.npz").string(), "-o", output}).exit_code, 2);
  const ProgramResult inspected = undertone({"models", "inspect", output});
  ASSERT_EQ(inspected.exit_code, 0) << inspected.err;
  EXPECT_THAT(inspected.out, HasSubstr("Happy, Sad"));
  EXPECT_THAT(inspected.out, HasSubstr("undertone-small"));
  EXPECT_THAT(inspected.out, HasSubstr("buzz"));
}

TEST(Train, IsTheSameEveryTime) {
  const TemporaryFolder folder;
  for (const auto* threads : {"1", "2"}) {
    ASSERT_EQ(
        undertone({"train", (playground() / "emb.npz").string(), "-o", (folder / threads).string(),
                   "--licence", "test licence", "--threads", threads})
            .exit_code,
        0);
    EXPECT_EQ(read_file(folder / threads),
              read_file(playground() / "undertone-small/bundle.safetensors"));
  }
}

TEST(Train, OptionsReachTheModel) {
  const TemporaryFolder folder;
  const std::string output = (folder / "b").string();
  const ProgramResult result =
      undertone({"train", (playground() / "emb.npz").string(), "-o", output, "--pca", "4", "--C",
                 "2.5", "--gamma", "0.125", "--class-weight", "balanced", "--multiclass", "ovr",
                 "--classes", "sad,HAPPY", "--seed", "7"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("4 principal components"));
  const std::string inspected = undertone({"models", "inspect", output}).out;
  EXPECT_THAT(inspected, HasSubstr("Sad, Happy"));
  EXPECT_THAT(inspected, HasSubstr("(ovr), C = 2.5, gamma = 0.125, class weight balanced"));
  // Happy is first wherever it is shown, whatever the order in the bundle.
  EXPECT_THAT(undertone({"predict", clip(0), "--csv", "--model", output}).out,
              HasSubstr("confidence,Happy,Sad"));
}

TEST(Train, UsageErrorsAreExitCode2) {
  const TemporaryFolder folder;
  const std::string input = (playground() / "emb.npz").string();
  const std::string output = (folder / "b").string();
  for (const std::vector<std::string>& options :
       std::vector<std::vector<std::string>>{{"--pca", "0"},
                                             {"--pca", "1.5"},
                                             {"--pca", "x"},
                                             {"--gamma", "-1"},
                                             {"--gamma", "x"},
                                             {"--C", "0"},
                                             {"--C", "x"},
                                             {"--multiclass", "x"},
                                             {"--class-weight", "x"}}) {
    std::vector<std::string> arguments = {"train", input, "-o", output};
    arguments.insert(arguments.end(), options.begin(), options.end());
    EXPECT_EQ(undertone(arguments).exit_code, 2) << ::testing::PrintToString(options);
  }
  EXPECT_FALSE(std::filesystem::exists(output));
}

TEST(Train, DataThatCannotBeTrainedOn) {
  const TemporaryFolder folder;
  const std::string output = (folder / "b").string();
  const ProgramResult missing = undertone({"train", (folder / "none.npz").string(), "-o", output});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_THAT(missing.err, HasSubstr("file_not_found"));
  const ProgramResult absent = undertone(
      {"train", (playground() / "emb.npz").string(), "-o", output, "--classes", "Sad,Angry"});
  EXPECT_EQ(absent.exit_code, 1);
  EXPECT_THAT(absent.err, HasSubstr("no embedding has the label 'Angry'"));
}

TEST(Prepare, WritesMetadataThatExtractReads) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "corpus/wav");
  write_file(folder / "corpus/wav/03a01Wa.wav", read_file(clip(0)));
  write_file(folder / "corpus/wav/08b02Fb.wav", read_file(clip(1)));
  write_file(folder / "corpus/wav/readme.wav", read_file(clip(1)));
  const std::string output = (folder / "metadata.csv").string();
  const ProgramResult result =
      undertone({"prepare", "emodb", (folder / "corpus").string(), "-o", output});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("2 recordings of 2 speakers"));
  EXPECT_THAT(result.err, HasSubstr("readme.wav: skipped"));
  EXPECT_THAT(lines(read_file(output)),
              ElementsAre("filepath,emotion,speaker_id,sentence_id,corpus",
                          "corpus/wav/03a01Wa.wav,Angry,emodb-03,emodb-a01,emodb",
                          "corpus/wav/08b02Fb.wav,Happy,emodb-08,emodb-b02,emodb"));
  EXPECT_EQ(undertone({"extract", output, "-o", (folder / "e.npz").string()}).exit_code, 0);
  EXPECT_EQ(undertone({"prepare", "emodb", (folder / "corpus").string(), "-o", output}).exit_code,
            2);
  EXPECT_EQ(undertone({"prepare", "nemo", (folder / "corpus").string(), "-o", output, "--force"})
                .exit_code,
            1);
  EXPECT_EQ(undertone({"prepare", "klingon", ".", "-o", output}).exit_code, 2);
}

}  // namespace
}  // namespace undertone::test
