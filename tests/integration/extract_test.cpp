// `undertone extract`: what it writes, and what it says where it cannot.
#include <cstdint>
#include <cstring>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli_environment.hpp"
#include "pipeline/embedding_file.hpp"
#include "support/wav.hpp"

namespace undertone::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Texts = std::vector<std::string>;

TEST(Extract, KeepsWhatTheMetadataSay) {
  const auto table = pipeline::read_embeddings(playground() / "emb.npz");
  ASSERT_EQ(table.embeddings.rows(), 16U);
  EXPECT_EQ(table.embeddings.cols(), 32U);
  EXPECT_EQ(table.labels[0], "Sad");
  EXPECT_EQ(table.labels[1], "Happy");
  EXPECT_EQ(table.speakers[5], "s1");
  EXPECT_EQ(table.sentences[0], "t");
  EXPECT_EQ(table.corpora[0], "buzz");
  EXPECT_EQ(table.paths[0], "clips/clip00.wav");
  EXPECT_EQ(table.ids[15], "clip15");
  EXPECT_EQ(table.origin.encoder, "undertone-small");
  EXPECT_EQ(table.origin.layer, 2U);
  EXPECT_EQ(table.origin.pooling, "mean");
  EXPECT_EQ(table.origin.resampler, "libswresample soxr");
}

TEST(Extract, ThreadsChangeNoByte) {
  const TemporaryFolder folder;
  for (const auto* threads : {"1", "3"}) {
    ASSERT_EQ(undertone({"extract", (playground() / "metadata.csv").string(), "-o",
                         (folder / threads).string(), "--threads", threads})
                  .exit_code,
              0);
    EXPECT_EQ(read_file(folder / threads), read_file(playground() / "emb.npz")) << threads;
  }
}

TEST(Extract, ProfileSaysWhereTheTimeWent) {
  const TemporaryFolder folder;
  const std::string metadata = (playground() / "metadata.csv").string();
  const ProgramResult result =
      undertone({"extract", metadata, "-o", (folder / "e.npz").string(), "--profile", "-q"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  for (const char* part : {"decoding", "front_end", "feed_forward", "pooling", "whole"}) {
    EXPECT_THAT(result.err, HasSubstr(part));
  }
  EXPECT_EQ(read_file(folder / "e.npz"), read_file(playground() / "emb.npz"));
}

TEST(Extract, TakesAnotherLayer) {
  const TemporaryFolder folder;
  const std::string output = (folder / "e.npz").string();
  ASSERT_EQ(undertone({"extract", clip(0), "-o", output, "--layer", "0"}).exit_code, 0);
  const auto table = pipeline::read_embeddings(output);
  EXPECT_EQ(table.origin.layer, 0U);
  EXPECT_EQ(table.labels, std::vector<std::string>{""});
  const auto last = pipeline::read_embeddings(playground() / "emb.npz");
  EXPECT_NE(table.embeddings(0, 0), last.embeddings(0, 0));
  EXPECT_EQ(undertone({"extract", clip(0), "-o", output, "--force", "--layer", "9"}).exit_code, 2);
  EXPECT_EQ(undertone({"extract", clip(0), "-o", output, "--force", "--layer", "x"}).exit_code, 2);
}

TEST(Extract, ListsFailuresAndDoesTheOthers) {
  const TemporaryFolder folder;
  write_file(folder / "good.wav", read_file(clip(0)));
  write_file(folder / "bad.wav", "no recording");
  write_file(folder / "m.csv", "filepath,emotion\ngood.wav,sad\nbad.wav,sad\nnone.wav,hap\n");
  const std::string output = (folder / "e.npz").string();
  const ProgramResult result = undertone({"extract", (folder / "m.csv").string(), "-o", output});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("bad.wav: error [audio_unreadable]"));
  EXPECT_THAT(result.err, HasSubstr("none.wav: error [file_not_found]"));
  const auto table = pipeline::read_embeddings(output);
  EXPECT_EQ(table.paths, std::vector<std::string>{"good.wav"});
  EXPECT_EQ(table.failed_paths, (std::vector<std::string>{"bad.wav", "none.wav"}));
  EXPECT_THAT(table.failed_reasons[0], HasSubstr("audio_unreadable"));
}

TEST(Extract, DoesNotOverwriteWithoutForce) {
  const TemporaryFolder folder;
  const std::string output = (folder / "e.npz").string();
  write_file(output, "precious");
  const ProgramResult refused = undertone({"extract", clip(0), "-o", output});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("output_exists"));
  EXPECT_EQ(read_file(output), "precious");
  EXPECT_EQ(undertone({"extract", clip(0), "-o", output, "--force"}).exit_code, 0);
  EXPECT_EQ(pipeline::read_embeddings(output).embeddings.rows(), 1U);
}

TEST(Extract, NothingHalfWrittenStays) {
  const TemporaryFolder folder;
  write_file(folder / "bad.wav", "no recording");
  const std::string output = (folder / "e.npz").string();
  EXPECT_EQ(undertone({"extract", (folder / "bad.wav").string(), "-o", output}).exit_code, 1);
  EXPECT_FALSE(std::filesystem::exists(output));
  const ProgramResult unwritable =
      undertone({"extract", clip(0), "-o", (folder / "no/such/folder/e.npz").string()});
  EXPECT_EQ(unwritable.exit_code, 1);
  EXPECT_THAT(unwritable.err, HasSubstr("file_unwritable"));
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    names.push_back(entry.path().filename().string());
  }
  EXPECT_THAT(names, ElementsAre("bad.wav"));
}

TEST(Extract, BadMetadataIsNamedByLine) {
  const TemporaryFolder folder;
  write_file(folder / "m.csv", "filepath,emotion\na.wav\n");
  const ProgramResult result =
      undertone({"extract", (folder / "m.csv").string(), "-o", (folder / "e.npz").string()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("m.csv, line 2"));
}

TEST(Extract, RelativePathsAreSoughtInTheWorkingFolderToo) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "elsewhere");
  write_file(folder / "elsewhere/m.csv", "filepath\nhere.wav\n");
  write_file(folder / "here.wav", read_file(clip(0)));
  const ProgramResult result = undertone({"extract", "elsewhere/m.csv", "-o", "e.npz"},
                                         {.working_folder = folder.path().string()});
  EXPECT_EQ(result.exit_code, 0) << result.err;
}

TEST(Extract, SeveralMetadataFilesAreReadOneAfterTheOther) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "other");
  write_file(folder / "a.wav", read_file(clip(0)));
  write_file(folder / "other/b.wav", read_file(clip(1)));
  write_file(folder / "one.csv", "filepath,emotion,sex,age\na.wav,sad,female,30\n");
  write_file(folder / "other/two.csv", "filepath,speaker_id,group,sex\nb.wav,s1,g1,male\n");
  const std::string output = (folder / "e.npz").string();
  const ProgramResult result = undertone({"extract", (folder / "one.csv").string(),
                                          (folder / "other/two.csv").string(), "-o", output});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("2 embeddings of 32 values"));
  const auto table = pipeline::read_embeddings(output);
  EXPECT_EQ(table.paths, (Texts{"a.wav", "b.wav"}));
  EXPECT_EQ(table.labels, (Texts{"Sad", ""}));
  EXPECT_EQ(table.speakers, (Texts{"", "s1"}));
  ASSERT_EQ(table.columns.size(), 3U);
  EXPECT_EQ(table.columns.at("sex"), (Texts{"female", "male"}));
  EXPECT_EQ(table.columns.at("age"), (Texts{"30", ""}));
  EXPECT_EQ(table.columns.at("group"), (Texts{"", "g1"}));
  EXPECT_EQ(undertone({"extract", (folder / "one.csv").string(), clip(0), "-o", output, "--force"})
                .exit_code,
            2);
}

TEST(Extract, AllLayersAndTheirDeviations) {
  const TemporaryFolder folder;
  const std::string all = (folder / "all.npz").string();
  const std::string one = (folder / "one.npz").string();
  const std::string metadata = (playground() / "metadata.csv").string();
  const ProgramResult result =
      undertone({"extract", metadata, "-o", all, "--layer", "all", "--pool", "mean+std"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("16 embeddings of 64 values, undertone-small layers 0 to 2, "
                                    "mean+std pooling"));
  ASSERT_EQ(undertone({"extract", metadata, "-o", one, "--layer", "1"}).exit_code, 0);
  const auto table = pipeline::read_embeddings(all, 1);
  EXPECT_EQ(table.origin.pooling, "mean+std");
  EXPECT_EQ(table.layers, (std::vector<std::size_t>{0, 1, 2}));
  const auto mean = pipeline::read_embeddings(one);
  for (std::size_t r = 0; r < 16; ++r) {
    for (std::size_t i = 0; i < 32; ++i) {
      ASSERT_EQ(table.embeddings(r, i), mean.embeddings(r, i));
      ASSERT_GE(table.embeddings(r, 32 + i), 0.0F);
    }
  }
  EXPECT_EQ(undertone({"extract", metadata, "-o", one, "--force", "--pool", "max"}).exit_code, 2);
}

// A classifier of such embeddings goes all the way to a prediction.
TEST(Extract, DeviationsCanBeTrainedOnAndPredictedWith) {
  const TemporaryFolder folder;
  const std::string embeddings = (folder / "e.npz").string();
  const std::string bundle = (folder / "b.safetensors").string();
  ASSERT_EQ(undertone({"extract", (playground() / "metadata.csv").string(), "-o", embeddings,
                       "--pool", "mean+std"})
                .exit_code,
            0);
  ASSERT_EQ(undertone({"train", embeddings, "-o", bundle}).exit_code, 0);
  const ProgramResult result = undertone({"predict", clip(0), "--model", bundle, "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json prediction = Json::parse(result.out);
  EXPECT_EQ(prediction["label"], "Sad");
  EXPECT_EQ(prediction["model"]["pooling"], "mean+std");
}

TEST(Extract, TextsThatNoFileCanHoldAreRefusedAtOnce) {
  const TemporaryFolder folder;
  write_file(folder / "m.csv", "filepath,note\n" + clip(0) + ",caf\xe9\n");
  const ProgramResult result =
      undertone({"extract", (folder / "m.csv").string(), "-o", (folder / "e.npz").string()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("line 2 of its metadata: its note is not UTF-8"));
}

TEST(Extract, AMetadataFileWithoutPathsIsRefused) {
  const TemporaryFolder folder;
  write_file(folder / "m.csv", "file,emotion\na.wav,sad\n");
  const ProgramResult result =
      undertone({"extract", (folder / "m.csv").string(), "-o", (folder / "e.npz").string()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("there is no column 'filepath'"));
}

// Weights so large that the last hidden state overflows: the clip fails, and no such value is
// written.
TEST(Extract, WhatIsNotFiniteIsAFailure) {
  const TemporaryFolder folder;
  std::filesystem::copy(playground() / "undertone-small", folder / "model");
  const std::filesystem::path weights = folder / "model/model.safetensors";
  std::string bytes = read_file(weights);
  std::uint64_t header = 0;
  std::memcpy(&header, bytes.data(), sizeof header);
  const Json offsets = Json::parse(
      bytes.substr(8, header))["encoder.layers.1.final_layer_norm.weight"]["data_offsets"];
  const float large = 3e38F;
  for (std::uint64_t at = offsets[0]; at < offsets[1]; at += sizeof large) {
    std::memcpy(bytes.data() + 8 + header + at, &large, sizeof large);
  }
  write_file(weights, bytes);
  const std::string output = (folder / "e.npz").string();
  const std::vector<std::string> command = {"extract", clip(0),     "-o",
                                            output,    "--encoder", (folder / "model").string()};
  const ProgramResult result = undertone(command);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("not a finite number"));
  EXPECT_THAT(result.err, HasSubstr("no recording gave an embedding"));
  EXPECT_FALSE(std::filesystem::exists(output));
  EXPECT_FALSE(std::filesystem::exists(output + ".partial"));
  // The states before that layer are as they were.
  std::vector<std::string> below = command;
  below.insert(below.end(), {"--layer", "1"});
  EXPECT_EQ(undertone(below).exit_code, 0);
}

}  // namespace
}  // namespace undertone::test
