// `--precision`: what is refused, what is said, and what files remember.
#include "encoder/kernels/precision.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli_environment.hpp"
#include "pipeline/embedding_file.hpp"

namespace undertone::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const ProgramInput kOnlyAvx2{.environment = {{"UNDERTONE_MAX_ISA", "avx2"}}};

bool has_bf16() {
  return encoder::usable_instruction_set() >= encoder::InstructionSet::kAvx512Bf16;
}

TEST(PrecisionOption, WhatTheProcessorLacksOrNobodyKnowsIsRefusedWithWhatIsSupported) {
  for (const char* precision : {"bf16", "int8"}) {
    const ProgramResult lacking =
        undertone({"predict", clip(0), "--precision", precision}, kOnlyAvx2);
    EXPECT_EQ(lacking.exit_code, 2);
    EXPECT_THAT(lacking.err, HasSubstr(precision));
    EXPECT_THAT(lacking.err, HasSubstr("Use f32, or auto."));
  }
  const ProgramResult unknown = undertone({"predict", clip(0), "--precision", "f16"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("'f16'"));
}

TEST(PrecisionOption, AutoSaysWhatItTook) {
  const ProgramResult slow =
      undertone({"predict", clip(0), "--precision", "auto", "--json"}, kOnlyAvx2);
  ASSERT_EQ(slow.exit_code, 0) << slow.err;
  EXPECT_THAT(slow.err, HasSubstr("precision auto: f32"));
  EXPECT_EQ(Json::parse(slow.out)["model"]["precision"], "f32");
  if (!encoder::bfloat16_is_fast(encoder::usable_instruction_set()))
    GTEST_SKIP() << "bf16 is not fast on this processor";
  const ProgramResult fast = undertone({"predict", clip(0), "--precision", "auto", "--json"});
  ASSERT_EQ(fast.exit_code, 0) << fast.err;
  EXPECT_THAT(fast.err, HasSubstr("precision auto: bf16"));
  EXPECT_EQ(Json::parse(fast.out)["model"]["precision"], "bf16");
}

TEST(PrecisionOption, IsRememberedByEmbeddingsAndBundlesAndAnotherIsWarnedOf) {
  if (!has_bf16()) GTEST_SKIP() << "this processor has no bf16";
  const TemporaryFolder folder;
  const std::string embeddings = (folder / "e.npz").string();
  const std::string bundle = (folder / "b.safetensors").string();
  const std::string metadata = (playground() / "metadata.csv").string();
  ASSERT_EQ(undertone({"extract", metadata, "-o", embeddings, "--precision", "bf16"}).exit_code, 0);
  const auto table = pipeline::read_embeddings(embeddings);
  EXPECT_EQ(table.origin.precision, "bf16");
  const auto exact = pipeline::read_embeddings(playground() / "emb.npz");
  EXPECT_EQ(exact.origin.precision, "f32");
  EXPECT_NE(table.embeddings(0, 0), exact.embeddings(0, 0));
  EXPECT_NEAR(table.embeddings(0, 0), exact.embeddings(0, 0), 0.05);

  ASSERT_EQ(undertone({"train", embeddings, "-o", bundle}).exit_code, 0);
  const ProgramResult same =
      undertone({"predict", clip(0), "--model", bundle, "--precision", "bf16"});
  EXPECT_EQ(same.exit_code, 0) << same.err;
  EXPECT_THAT(same.err, Not(HasSubstr("computed in")));
  const ProgramResult other = undertone({"predict", clip(0), "--model", bundle});
  EXPECT_EQ(other.exit_code, 0) << other.err;
  EXPECT_THAT(other.err, HasSubstr("trained on embeddings computed in bf16; here it is f32"));

  const ProgramResult mixed = undertone({"train", embeddings, (playground() / "emb.npz").string(),
                                         "-o", (folder / "c.safetensors").string()});
  EXPECT_NE(mixed.exit_code, 0);
  EXPECT_THAT(mixed.err, HasSubstr("the precision of"));
}

}  // namespace
}  // namespace undertone::test
