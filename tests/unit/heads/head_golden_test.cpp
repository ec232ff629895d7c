// Every stage of the heads against the transformers library (tests/golden/heads, made by
// tools/make_head_goldens.py).

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "encoder/checkpoint_weights.hpp"
#include "encoder/pooling.hpp"
#include "encoder/speech_encoder.hpp"
#include "heads/emotion_head.hpp"
#include "support/paths.hpp"
#include "tensor/npy.hpp"
#include "unit/encoder/golden.hpp"

namespace undertone::heads {
namespace {

using encoder::floats_of;
using encoder::golden_waveform;

// The shape of all goldens.
constexpr std::size_t kHidden = 16;
constexpr std::size_t kStates = 3;
constexpr std::size_t kLongest = 35791;
constexpr std::size_t kFirstWindow = 16000;

// Relative where the reference is above 1. Of a head alone there is nothing but the rounding of the
// reference, which is float32; behind an encoder the bound is that on hidden states.
constexpr double kHeadBound = 2e-6;
constexpr double kEndBound = 1e-4;

class HeadGolden : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(UNDERTONE_GOLDEN_DIR) / "heads" / GetParam();
    expected_ = tensor::read_npz(folder_ / "expected.npz");
  }

  EmotionHead head(std::size_t hidden, std::size_t states) const {
    const auto archive = tensor::open_archive(encoder::checkpoint_file(folder_));
    return {read_head_config(folder_).value(), *archive, hidden, states};
  }

  std::vector<float> expected(const std::string& stage, const std::string& input) const {
    return floats_of(expected_.at(stage + "_" + input));
  }

  void expect_near(const std::vector<double>& found, const std::string& stage,
                   const std::string& input, double bound) const {
    const std::vector<float> reference = expected(stage, input);
    ASSERT_EQ(found.size(), reference.size()) << stage;
    for (std::size_t i = 0; i < found.size(); ++i) {
      const double value = reference[i];
      EXPECT_NEAR(found[i], value, bound * std::fmax(1.0, std::fabs(value)))
          << stage << "_" << input << "[" << i << "]";
    }
  }

  void expect_stages(const HeadValues& values, const std::string& input, double bound) const {
    expect_near(values.hidden, "hidden", input, bound);
    expect_near(values.logits, "logits", input, bound);
    expect_near(values.scores, "scores", input, bound);
  }

  std::filesystem::path folder_;
  std::map<std::string, tensor::NpyArray> expected_;
};

TEST_P(HeadGolden, EveryStageAgreesFromPooledStates) {
  const EmotionHead golden = head(kHidden, kStates);
  for (const std::string input : {"16000", "35791", "windows"}) {
    expect_stages(golden.apply(expected("pooled", input)), input, kHeadBound);
  }
}

TEST_P(HeadGolden, EveryStageAgreesFromTheWaveform) {
  ThreadPool pool(2);
  const std::unique_ptr<const encoder::SpeechEncoder> speech =
      encoder::SpeechEncoder::load(folder_, {}, pool);
  const EmotionHead golden = head(speech->dimension(), speech->last_layer() + 1);
  const auto apply = [&](const std::vector<std::vector<float>>& windows) {
    const std::size_t taken = golden.last_state() - golden.first_state() + 1;
    std::vector<encoder::FramePool> pools(taken, {encoder::Pooling::kMean, speech->dimension()});
    encoder::Workspace workspace;
    for (const std::vector<float>& window : windows) {
      speech->encode_all(window, golden.last_state(), workspace, &pool,
                         [&](std::size_t state, tensor::MatrixView<const float> frames) {
                           if (state < golden.first_state()) return;
                           pools[state - golden.first_state()].add(frames);
                         });
    }
    std::vector<float> pooled;
    for (const encoder::FramePool& state : pools) {
      const std::vector<float> mean = state.values();
      pooled.insert(pooled.end(), mean.begin(), mean.end());
    }
    return std::pair(pooled, golden.apply(pooled));
  };
  const std::vector<float> longest = golden_waveform(kLongest);
  const auto cut = longest.begin() + kFirstWindow;
  for (const auto& [input, windows] : std::map<std::string, std::vector<std::vector<float>>>{
           {"16000", {golden_waveform(kFirstWindow)}},
           {"35791", {longest}},
           {"windows", {{longest.begin(), cut}, {cut, longest.end()}}}}) {
    const auto& [pooled, values] = apply(windows);
    expect_near({pooled.begin(), pooled.end()}, "pooled", input, kEndBound);
    expect_stages(values, input, kEndBound);
  }
}

INSTANTIATE_TEST_SUITE_P(All, HeadGolden,
                         testing::Values("hubert-last", "hubert-weighted", "wav2vec2-dense",
                                         "wav2vec2-dimensions", "wav2vec2-sigmoid",
                                         "wav2vec2-weighted", "wavlm-weighted"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace undertone::heads
