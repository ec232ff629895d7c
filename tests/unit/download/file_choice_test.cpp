#include "download/file_choice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/expect_error.hpp"

namespace undertone::download {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(FileChoice, PrefersSafetensorsAndTakesNothingElse) {
  const FileChoice choice =
      choose_files({"README.md", "config.json", "flax_model.msgpack", "model.safetensors",
                    "preprocessor_config.json", "pytorch_model.bin", "tf_model.h5", "run.py"},
                   "a/b");
  EXPECT_EQ(choice.config, "config.json");
  EXPECT_THAT(choice.companions, ElementsAre("preprocessor_config.json", "README.md"));
  EXPECT_THAT(choice.weights, ElementsAre("model.safetensors"));
  EXPECT_EQ(choice.index, std::nullopt);
}

TEST(FileChoice, TakesAnIndexForItsShards) {
  const FileChoice choice = choose_files(
      {"config.json", "pytorch_model.bin.index.json", "pytorch_model-1.bin", "bundle.safetensors"},
      "a/b");
  EXPECT_EQ(choice.index, "pytorch_model.bin.index.json");
  EXPECT_THAT(choice.weights, ElementsAre("bundle.safetensors"));
  EXPECT_THAT(choice.companions, IsEmpty());
}

TEST(FileChoice, RefusesWhatTheEncoderCouldNotRead) {
  EXPECT_UNDERTONE_ERROR(choose_files({"model.safetensors"}, "a/b"), ErrorCode::kModelUnsupported,
                         "a/b: has no config.json");
  EXPECT_UNDERTONE_ERROR(choose_files({"config.json", "x/model.safetensors", "tf_model.h5"}, "a/b"),
                         ErrorCode::kModelUnsupported, "neither model.safetensors nor");
}

}  // namespace
}  // namespace undertone::download
