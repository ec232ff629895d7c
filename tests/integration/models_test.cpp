// `undertone models`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli_environment.hpp"

namespace undertone::test {
namespace {

using ::testing::HasSubstr;

TEST(Models, ListsWhatCanBeNamed) {
  const ProgramResult result = undertone({"models", "list"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("undertone-small"));
  EXPECT_THAT(result.out, HasSubstr((playground() / "undertone-small").string()));
}

TEST(Models, InspectsAnEncoder) {
  const ProgramResult result = undertone({"models", "inspect", "undertone-small"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("hubert"));
  EXPECT_THAT(result.out, HasSubstr("2 layers, 32 wide, 4 heads, feed-forward 64, pre-norm"));
  EXPECT_THAT(result.out, HasSubstr("every 320 samples (20.0 ms)"));
  EXPECT_THAT(result.out, HasSubstr((playground() / "undertone-small/model.safetensors").string()));
  EXPECT_EQ(undertone({"models", "inspect", (playground() / "undertone-small").string()}).exit_code,
            0);
}

TEST(Models, InspectsTensorFiles) {
  const ProgramResult result = undertone(
      {"models", "inspect", (playground() / "undertone-small/model.safetensors").string()});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("checkpoint"));
  EXPECT_THAT(result.out, HasSubstr("encoder.pos_conv_embed.conv.weight_g"));
}

TEST(Models, WhatIsNoModelIsExitCode3) {
  const TemporaryFolder folder;
  write_file(folder / "x", "nothing of the kind");
  for (const std::string& name :
       {std::string("no-such-model"), (folder / "x").string(), folder.path().string()}) {
    const ProgramResult result = undertone({"models", "inspect", name});
    EXPECT_EQ(result.exit_code, 3) << name << result.err;
    EXPECT_THAT(result.err, HasSubstr("error [model_"));
  }
}

TEST(Models, RandomWeightsDependOnTheSeedAlone) {
  const TemporaryFolder folder;
  const auto make = [&](const char* name, const char* seed) {
    EXPECT_EQ(
        undertone({"models", "random", "tiny", "-o", (folder / name).string(), "--seed", seed})
            .exit_code,
        0);
    return read_file(folder / name / "model.safetensors");
  };
  const std::string a = make("a", "5");
  EXPECT_EQ(a, make("b", "5"));
  EXPECT_NE(a, make("c", "6"));
  EXPECT_EQ(undertone({"models", "random", "tiny", "-o", (folder / "a").string()}).exit_code, 2);
  EXPECT_EQ(undertone({"models", "random", "huge", "-o", (folder / "d").string()}).exit_code, 2);
  EXPECT_EQ(undertone({"models", "random", (folder / "a/config.json").string(), "-o",
                       (folder / "e").string(), "--seed", "5"})
                .exit_code,
            0);
  EXPECT_EQ(a, read_file(folder / "e/model.safetensors"));
}

}  // namespace
}  // namespace undertone::test
