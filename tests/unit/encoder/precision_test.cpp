#include "encoder/kernels/precision.hpp"

#include <gtest/gtest.h>

#include "support/expect_error.hpp"

namespace undertone::encoder {
namespace {

TEST(Precision, NamesAndBack) {
  for (const Precision precision : {Precision::kF32, Precision::kBf16, Precision::kInt8})
    EXPECT_EQ(find_precision(to_string(precision)), precision);
  EXPECT_EQ(find_precision("f16"), std::nullopt);
}

TEST(Precision, WhatIsFastGoesByTheInstructions) {
  using List = std::vector<Precision>;
  EXPECT_EQ(fast_precisions(InstructionSet::kBaseline), List{Precision::kF32});
  EXPECT_EQ(fast_precisions(InstructionSet::kAvx512), List{Precision::kF32});
  EXPECT_EQ(fast_precisions(InstructionSet::kAvx512Vnni),
            (List{Precision::kF32, Precision::kInt8}));
  for (const InstructionSet isa : {InstructionSet::kAvx512Bf16, InstructionSet::kAmx})
    EXPECT_EQ(fast_precisions(isa), (List{Precision::kF32, Precision::kBf16, Precision::kInt8}));
}

TEST(Precision, IsChosenByNameOrRefusedWithWhatIsSupported) {
  EXPECT_EQ(choose_precision("f32", InstructionSet::kBaseline), Precision::kF32);
  EXPECT_EQ(choose_precision("int8", InstructionSet::kAvx512Vnni), Precision::kInt8);
  EXPECT_EQ(choose_precision("bf16", InstructionSet::kAvx512Bf16), Precision::kBf16);
  EXPECT_UNDERTONE_ERROR(choose_precision("f16", InstructionSet::kAvx512Bf16),
                         ErrorCode::kInvalidArgument, "'f16'");
  EXPECT_UNDERTONE_ERROR(choose_precision("bf16", InstructionSet::kAvx2),
                         ErrorCode::kInvalidArgument, "avx2");
  try {
    choose_precision("bf16", InstructionSet::kAvx512Vnni);
    FAIL() << "not refused";
  } catch (const Error& error) {
    EXPECT_EQ(error.hint(), "Use f32, int8, or auto.");
  }
}

TEST(Precision, AutomaticIsF32WhereNothingElseIsFast) {
  EXPECT_EQ(choose_precision("auto", InstructionSet::kBaseline), Precision::kF32);
  EXPECT_EQ(choose_precision("auto", InstructionSet::kAvx2), Precision::kF32);
  EXPECT_EQ(choose_precision("auto", InstructionSet::kAvx512Vnni), Precision::kF32);
  EXPECT_EQ(choose_precision("auto", InstructionSet::kAvx512Bf16),
            bfloat16_is_fast(InstructionSet::kAvx512Bf16) ? Precision::kBf16 : Precision::kF32);
  EXPECT_EQ(choose_precision("auto", InstructionSet::kAmx), Precision::kBf16);
}

}  // namespace
}  // namespace undertone::encoder
