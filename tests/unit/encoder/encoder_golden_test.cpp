// Every hidden state against the transformers library (tests/golden/encoder).

#include <gtest/gtest.h>
#include <string>
#include <tuple>

#include "encoder/speech_encoder.hpp"
#include "unit/encoder/golden.hpp"

namespace undertone::encoder {
namespace {

struct Engine {
  const char* name;
  InstructionSet isa;
  ProductBackend backend;
};

constexpr std::array kEngines{
    Engine{"baseline", InstructionSet::kBaseline, ProductBackend::kNative},
    Engine{"avx2", InstructionSet::kAvx2, ProductBackend::kNative},
    Engine{"avx512", InstructionSet::kAvx512, ProductBackend::kNative},
    Engine{"onednn", InstructionSet::kAvx2, ProductBackend::kOneDnn},
};

class EncoderGolden : public testing::TestWithParam<std::tuple<std::string, Engine>> {};

// `kind`: of the arrays in expected.npz.
void expect_agreement(const std::string& model, const LoadOptions& options,
                      const std::string& kind) {
  ThreadPool pool(2);
  const auto folder = golden_folder() / model;
  const auto encoder = SpeechEncoder::load(folder, options, pool);
  const auto expected = tensor::read_npz(folder / "expected.npz");
  Workspace workspace;
  for (const std::size_t length : kGoldenLengths) {
    const tensor::NpyArray& array = expected.at(kind + std::to_string(length));
    const std::vector<float> reference = floats_of(array);
    ASSERT_EQ(array.shape.size(), 3U);
    ASSERT_EQ(array.shape[0], encoder->last_layer() + 1);
    std::size_t states = 0;
    encoder->encode_all(
        golden_waveform(length), encoder->last_layer(), workspace, &pool,
        [&](std::size_t layer, MatrixView<const float> state) {
          ASSERT_EQ(layer, states++);
          ASSERT_EQ(state.rows(), array.shape[1]);
          ASSERT_EQ(state.cols(), array.shape[2]);
          const std::size_t count = state.rows() * state.cols();
          const Distance apart =
              distance({state.data(), count}, std::span(reference).subspan(layer * count, count));
          EXPECT_LT(apart.largest, 1e-4) << "layer " << layer << ", " << length << " samples";
          EXPECT_GT(apart.cosine, 0.999999) << "layer " << layer << ", " << length << " samples";
        });
    EXPECT_EQ(states, array.shape[0]);
  }
}

TEST_P(EncoderGolden, EveryHiddenStateAgrees) {
  const auto& [model, engine] = GetParam();
  if (engine.isa > usable_instruction_set())
    GTEST_SKIP() << "this processor has no " << to_string(engine.isa);
  if (!has_backend(engine.backend)) GTEST_SKIP() << "built without " << to_string(engine.backend);
  expect_agreement(model, {.instruction_set = engine.isa, .backend = engine.backend},
                   "hidden_states_");
  if (model.starts_with("whisper")) {
    expect_agreement(
        model,
        {.instruction_set = engine.isa, .backend = engine.backend, .context = Context::kClip},
        "clip_hidden_states_");
  }
}

INSTANTIATE_TEST_SUITE_P(All, EncoderGolden,
                         testing::Combine(testing::ValuesIn(std::vector<std::string>(
                                              kGoldenModels.begin(), kGoldenModels.end())),
                                          testing::ValuesIn(kEngines)),
                         [](const auto& test) {
                           std::string name =
                               std::get<0>(test.param) + "_" + std::get<1>(test.param).name;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace undertone::encoder
