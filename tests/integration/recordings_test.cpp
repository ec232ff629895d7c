// Real recordings and the embedded model.
#include <cmath>
#include <cstdlib>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli_environment.hpp"
#include "pipeline/embedding_file.hpp"
#include "support/paths.hpp"

namespace undertone::test {
namespace {

const std::filesystem::path kData = UNDERTONE_SHARED_DATA_DIR;
const std::filesystem::path kModels = std::filesystem::path(UNDERTONE_SOURCE_DIR) / "models";

class RealRecording : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kRecording)) {
      GTEST_SKIP() << "the recordings are not at " << kData;
    }
    if (!std::filesystem::exists(kModels / "undertone-small/bundle.safetensors")) {
      GTEST_SKIP() << "there is no embedded model at " << kModels;
    }
  }

  static ProgramResult run(const std::vector<std::string>& arguments) {
    return run_program(UNDERTONE_PROGRAM, arguments,
                       {.environment = {{"UNDERTONE_MODELS", kModels.string()}}});
  }

  // The recording in another format, made by FFmpeg's own program; "" where that is missing.
  std::string converted(const std::string& name, const std::string& options) {
    const std::string path = (folder_ / name).string();
    const std::string command = "ffmpeg -loglevel error -nostdin -i '" + kRecording.string() +
                                "' " + options + " '" + path + "'";
    return std::system(command.c_str()) == 0 ? path : std::string();
  }

  static inline const std::filesystem::path kRecording = kData / "emodb/03a01Wa.flac";
  const TemporaryFolder folder_;
};

TEST_F(RealRecording, GivesOneOfTheSix) {
  const ProgramResult result = run({"predict", kRecording.string(), "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json object = Json::parse(result.out);
  std::vector<std::string> labels;
  for (const auto& [label, probability] : object["probabilities"].items()) labels.push_back(label);
  EXPECT_THAT(labels,
              ::testing::ElementsAre("Neutral", "Happy", "Sad", "Angry", "Fear", "Disgust"));
  EXPECT_FALSE(object["model"]["licence"].get<std::string>().empty());
}

TEST_F(RealRecording, TheFormatDoesNotChangeTheAnswer) {
  const std::string wav = converted("a.wav", "-c:a pcm_s16le");
  if (wav.empty()) GTEST_SKIP() << "there is no ffmpeg to convert with";
  const std::string flac = converted("b.flac", "-c:a flac");
  const std::string wav48 = converted("c.wav", "-ar 48000 -c:a pcm_f32le");
  const std::string webm = converted("d.webm", "-ar 48000 -c:a libopus -b:a 96k");
  const std::vector<std::string> files = {kRecording.string(), wav, flac, wav48, webm};
  std::vector<std::string> arguments = {"predict", "--jsonl"};
  arguments.insert(arguments.end(), files.begin(), files.end());
  const ProgramResult result = run(arguments);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto rows = lines(result.out);
  ASSERT_EQ(rows.size(), files.size());
  for (const std::string& row : rows) {
    EXPECT_EQ(Json::parse(row)["label"], Json::parse(rows[0])["label"]) << row;
  }

  const std::string output = (folder_ / "e.npz").string();
  ASSERT_EQ(run({"extract", kRecording.string(), wav, flac, "-o", output}).exit_code, 0);
  const auto table = pipeline::read_embeddings(output);
  for (std::size_t r = 1; r < 3; ++r) {
    for (std::size_t i = 0; i < table.embeddings.cols(); ++i) {
      ASSERT_NEAR(table.embeddings(r, i), table.embeddings(0, i), 1e-5);
    }
  }
}

TEST_F(RealRecording, WholeFolderWithAnyThreads) {
  const std::string folder = (kData / "emodb").string();
  const ProgramResult one = run({"predict", folder, "--jsonl", "--threads", "1"});
  const ProgramResult two = run({"predict", folder, "--jsonl", "--threads", "2"});
  EXPECT_EQ(one.exit_code, 0) << one.err;
  EXPECT_EQ(one.out, two.out);
}

}  // namespace
}  // namespace undertone::test
