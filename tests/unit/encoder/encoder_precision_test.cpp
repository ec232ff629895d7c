// Whole encoders in reduced precision beside f32: random weights, every family and variant.

#include <algorithm>
#include <cstdlib>
#include <gtest/gtest.h>
#include <string>
#include <tuple>
#include <vector>

#include "encoder/speech_encoder.hpp"
#include "unit/encoder/golden.hpp"

namespace undertone::encoder {
namespace {

std::vector<float> mean_of_last_state(const SpeechEncoder& encoder,
                                      const std::vector<float>& waveform, ThreadPool* pool) {
  Workspace workspace;
  const auto state = encoder.encode(waveform, encoder.last_layer(), workspace, pool);
  std::vector<double> sums(state.cols(), 0.0);
  for (std::size_t r = 0; r < state.rows(); ++r) {
    for (std::size_t c = 0; c < state.cols(); ++c) sums[c] += static_cast<double>(state(r, c));
  }
  std::vector<float> mean;
  for (const double sum : sums)
    mean.push_back(static_cast<float>(sum / static_cast<double>(state.rows())));
  return mean;
}

class EncoderPrecision : public testing::TestWithParam<std::tuple<const char*, Precision>> {};

TEST_P(EncoderPrecision, EmbeddingIsCloseToThatOfF32WithInstructionsAndWithout) {
  const auto& [model, precision] = GetParam();
  ThreadPool pool(2);
  const std::vector<float> waveform = golden_waveform(35791);
  std::vector<InstructionSet> sets{InstructionSet::kBaseline};
  const auto fast = fast_precisions(usable_instruction_set());
  if (std::find(fast.begin(), fast.end(), precision) != fast.end())
    sets.push_back(usable_instruction_set());
  for (const InstructionSet isa : sets) {
    const auto exact = SpeechEncoder::load(golden_folder() / model, {.instruction_set = isa}, pool);
    const auto reduced = SpeechEncoder::load(
        golden_folder() / model, {.instruction_set = isa, .precision = precision}, pool);
    EXPECT_EQ(exact->precision(), Precision::kF32);
    EXPECT_EQ(reduced->precision(), precision);
    // A precision is a way to compute, not another encoder.
    EXPECT_EQ(exact->fingerprint(), reduced->fingerprint());
    const auto a = mean_of_last_state(*exact, waveform, &pool);
    const auto b = mean_of_last_state(*reduced, waveform, &pool);
    EXPECT_GE(distance(b, a).cosine, precision == Precision::kBf16 ? 0.9999 : 0.999)
        << to_string(isa);
    EXPECT_NE(a, b) << "the precision took no effect";
    EXPECT_EQ(mean_of_last_state(*reduced, waveform, nullptr), b) << "on one thread";
  }
}

INSTANTIATE_TEST_SUITE_P(All, EncoderPrecision,
                         testing::Combine(testing::ValuesIn(kGoldenModels),
                                          testing::Values(Precision::kBf16, Precision::kInt8)),
                         [](const auto& test) {
                           std::string name = std::string(std::get<0>(test.param)) + "_" +
                                              std::string(to_string(std::get<1>(test.param)));
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(EncoderInstructionSet, IsTheOneThatTheEnvironmentAllows) {
  ThreadPool pool(1);
  const InstructionSet best = usable_instruction_set();
  std::vector<std::vector<float>> results;
  std::vector<std::vector<float>> reduced;
  for (const InstructionSet isa :
       {InstructionSet::kBaseline, InstructionSet::kAvx2, InstructionSet::kAvx512,
        InstructionSet::kAvx512Vnni, InstructionSet::kAvx512Bf16, InstructionSet::kAmx}) {
    setenv("UNDERTONE_MAX_ISA", std::string(to_string(isa)).c_str(), 1);
    setenv("UNDERTONE_BACKEND", "native", 1);
    const auto encoder = SpeechEncoder::load(golden_folder() / "hubert-layer", {}, pool);
    EXPECT_EQ(encoder->instruction_set(), std::min(isa, best));
    results.push_back(mean_of_last_state(*encoder, golden_waveform(16000), nullptr));
    const auto bf16 = SpeechEncoder::load(golden_folder() / "hubert-layer",
                                          {.precision = Precision::kBf16}, pool);
    reduced.push_back(mean_of_last_state(*bf16, golden_waveform(16000), nullptr));
  }
  unsetenv("UNDERTONE_MAX_ISA");
  unsetenv("UNDERTONE_BACKEND");
  // Other instructions round elsewhere: the bits say that they were in use.
  if (best >= InstructionSet::kAvx2) {
    EXPECT_NE(results[0], results[1]);
  }
  if (best >= InstructionSet::kAvx512) {
    EXPECT_NE(results[1], results[2]);
  }
  EXPECT_EQ(results[2], results[3]);
  EXPECT_EQ(results[3], results[4]);
  EXPECT_EQ(results[4], results[5]);
  if (best >= InstructionSet::kAvx512Bf16) {
    EXPECT_NE(reduced[3], reduced[4]);
  }
  if (best >= InstructionSet::kAmx) {
    EXPECT_NE(reduced[4], reduced[5]);
  }
}

}  // namespace
}  // namespace undertone::encoder
