#include "download/model_info.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/expect_error.hpp"

namespace undertone::download {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kCommit = "0123456789abcdef0123456789abcdef01234567";

TEST(ModelInfo, ReadsCommitFilesAndLicences) {
  const ModelInfo info = parse_model_info(R"({"_id": "1", "sha": ")" + kCommit + R"(",
    "config": {"sha": "wrong", "siblings": [{"rfilename": "wrong"}]},
    "cardData": {"license": "apache-2.0", "datasets": ["a", "b"]},
    "siblings": [{"rfilename": "config.json", "size": 7}, {"rfilename": "a/b.bin",
                  "lfs": {"rfilename": "wrong"}}],
    "tags": ["sha", ["license"]], "gated": false})");
  EXPECT_EQ(info.commit, kCommit);
  EXPECT_THAT(info.files, ElementsAre("config.json", "a/b.bin"));
  EXPECT_THAT(info.licences, ElementsAre("apache-2.0"));
  const ModelInfo several = parse_model_info(R"({"sha": ")" + kCommit + R"(",
    "cardData": {"license": ["mit", "cc-by-4.0"]}})");
  EXPECT_THAT(several.licences, ElementsAre("mit", "cc-by-4.0"));
  EXPECT_THAT(several.files, IsEmpty());
}

TEST(ModelInfo, RefusesWhatIsNoDescription) {
  for (const std::string& text :
       {std::string(), std::string("<html>"), std::string("[]"), std::string("{}"),
        std::string(R"({"sha": 5})"), std::string(R"({"sha": "../../etc"})"),
        R"({"a": {"sha": ")" + kCommit + "\"}}", R"({"sha": ")" + kCommit + "\""}) {
    EXPECT_UNDERTONE_ERROR(parse_model_info(text), ErrorCode::kDownloadFailed,
                           "the hub's description of the model");
  }
  EXPECT_UNDERTONE_ERROR(parse_model_info(std::string(1000000, '[')), ErrorCode::kDownloadFailed,
                         "nested deeper than");
  EXPECT_UNDERTONE_ERROR(parse_model_info(std::string(kMostApiBytes + 1, ' ')),
                         ErrorCode::kDownloadFailed, "is over");
}

TEST(ModelInfo, LimitsTheNumberOfFiles) {
  std::string text = R"({"sha": ")" + kCommit + R"(", "siblings": [)";
  for (int i = 0; i < 100001; ++i) text += R"({"rfilename":"x"},)";
  text += "{}]}";
  EXPECT_UNDERTONE_ERROR(parse_model_info(text), ErrorCode::kDownloadFailed, "more than 100000");
}

TEST(ModelInfo, ReadsTheShardsOfAnIndex) {
  EXPECT_THAT(parse_shard_names(R"({"metadata": {"x": "y"}, "weight_map":
      {"a": "model-1.safetensors", "b": "model-2.safetensors", "c": "model-1.safetensors"}})",
                                "index"),
              ElementsAre("model-1.safetensors", "model-2.safetensors"));
}

TEST(ModelInfo, RefusesShardsThatAreNoPlainFileNames) {
  for (const char* name : {"", ".", "..", "../x", "/etc/passwd", "a/b", "a\\\\b", ".hidden",
                           "a\\u0000b", "a\\nb", "a b"}) {
    EXPECT_UNDERTONE_ERROR(
        parse_shard_names(std::string(R"({"weight_map": {"a": ")") + name + "\"}}", "index"),
        ErrorCode::kModelCorrupt, "no plain file name");
  }
  for (const char* text : {"", "{}", "[]", R"({"weight_map": {}})", R"({"weight_map": "a"})"}) {
    EXPECT_UNDERTONE_ERROR(parse_shard_names(text, "index"), ErrorCode::kModelCorrupt, "index: ");
  }
}

}  // namespace
}  // namespace undertone::download
