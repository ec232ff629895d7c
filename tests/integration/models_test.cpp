// `undertone models`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli_environment.hpp"
#include "encoder/kernels/instruction_set.hpp"

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

TEST(Models, APackedEncoderAnswersLikeItsSource) {
  const TemporaryFolder folder;
  const std::string packed = (folder / "packed").string();
  const ProgramResult written = undertone({"models", "pack", "undertone-small", "-o", packed});
  ASSERT_EQ(written.exit_code, 0) << written.err;
  EXPECT_THAT(written.out, HasSubstr("packed in f32"));
  const ProgramResult result = undertone({"predict", clip(0), "--encoder", packed, "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  Json found = Json::parse(result.out);
  Json expected = Json::parse(undertone({"predict", clip(0), "--json"}).out);
  EXPECT_EQ(found["model"]["encoder_fingerprint"], expected["model"]["encoder_fingerprint"]);
  EXPECT_EQ(found["probabilities"], expected["probabilities"]);
  EXPECT_THAT(undertone({"models", "inspect", packed}).out, HasSubstr("in f32, layout 1"));
  EXPECT_THAT(undertone({"models", "inspect", packed + "/packed.safetensors"}).out,
              HasSubstr("checkpoint, packed in f32"));

  const ProgramResult again = undertone({"models", "pack", "undertone-small", "-o", packed});
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_THAT(again.err, HasSubstr("exists already"));
  EXPECT_EQ(undertone({"models", "pack", "undertone-small", "-o", packed, "--force"}).exit_code, 0);
  EXPECT_EQ(undertone({"models", "pack", packed, "-o", (folder / "other").string()}).exit_code, 2);
  EXPECT_EQ(undertone({"models", "pack", "no-such-model", "-o", packed}).exit_code, 3);
}

TEST(Models, APackedEncoderImpliesItsPrecision) {
  if (encoder::usable_instruction_set() < encoder::InstructionSet::kAvx512Vnni) {
    GTEST_SKIP() << "this processor has no int8";
  }
  const TemporaryFolder folder;
  const std::string packed = (folder / "packed").string();
  ASSERT_EQ(undertone({"models", "pack", "undertone-small", "-o", packed, "--precision", "int8"})
                .exit_code,
            0);
  const ProgramResult result = undertone({"predict", clip(0), "--encoder", packed, "--json", "-q"});
  EXPECT_EQ(Json::parse(result.out)["model"]["precision"], "int8");
  const ProgramResult other =
      undertone({"predict", clip(0), "--encoder", packed, "--precision", "f32"});
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.err, HasSubstr("is packed in int8, not in f32"));
  const ProgramResult lacking =
      undertone({"predict", clip(0), "--encoder", packed},
                ProgramInput{.environment = {{"UNDERTONE_MAX_ISA", "avx2"}}});
  EXPECT_EQ(lacking.exit_code, 2);
  EXPECT_THAT(lacking.err, HasSubstr("needs instructions that are missing here"));
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
