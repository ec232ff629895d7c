#include "encoder/speech_encoder.hpp"

#include <gtest/gtest.h>
#include <thread>
#include <vector>

#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"
#include "unit/encoder/golden.hpp"

namespace undertone::encoder {
namespace {

using test::TemporaryFolder;
using test::write_file;

std::unique_ptr<const SpeechEncoder> load(const std::string& model, LoadOptions options = {}) {
  ThreadPool pool(2);
  return SpeechEncoder::load(golden_folder() / model, options, pool);
}

std::vector<float> copy(MatrixView<const float> state) {
  return {state.data(), state.data() + state.rows() * state.cols()};
}

class EachModel : public testing::TestWithParam<const char*> {};

TEST_P(EachModel, GivesTheSameBitsOnAnyNumberOfThreadsAndInAnyWorkspace) {
  for (const ProductBackend backend : {ProductBackend::kNative, ProductBackend::kOneDnn}) {
    if (!has_backend(backend)) continue;
    const auto encoder = load(GetParam(), {.backend = backend});
    Workspace workspace;
    const std::vector<float> clip = golden_waveform(35791);
    const std::vector<float> alone = copy(encoder->encode(clip, encoder->last_layer(), workspace));
    // A workspace that has seen other clips, longer and shorter.
    encoder->encode(golden_waveform(16000), 1, workspace);
    EXPECT_EQ(copy(encoder->encode(clip, encoder->last_layer(), workspace)), alone);
    for (const unsigned threads : {2U, 3U, 8U}) {
      ThreadPool pool(threads);
      Workspace fresh;
      EXPECT_EQ(copy(encoder->encode(clip, encoder->last_layer(), fresh, &pool)), alone)
          << threads << " threads";
    }
  }
}

TEST_P(EachModel, ItsProfileNamesEveryPartAndTheyAreNoMoreThanTheWhole) {
  const auto encoder = load(GetParam());
  const EncoderConfig& config = encoder->config();
  Workspace workspace;
  ThreadPool pool(2);
  const std::vector<float> clip = golden_waveform(16000);
  const std::vector<float> plain = copy(encoder->encode(clip, encoder->last_layer(), workspace));
  Profile profile;
  std::vector<float> profiled;
  const auto begin = Profile::Clock::now();
  encoder->encode_all(
      clip, encoder->last_layer(), workspace, &pool,
      [&](std::size_t layer, MatrixView<const float> state) {
        if (layer == encoder->last_layer()) profiled = copy(state);
      },
      &profile);
  const std::chrono::duration<double> whole = Profile::Clock::now() - begin;
  EXPECT_EQ(profiled, plain);

  const bool whisper = config.family == Family::kWhisper;
  double sum = 0;
  for (std::size_t i = 0; i < kProfileParts; ++i) {
    const auto part = static_cast<ProfilePart>(i);
    const ProfileCost cost = profile.cost(part);
    sum += cost.seconds;
    const bool elsewhere = part == ProfilePart::kDecoding || part == ProfilePart::kPooling ||
                           part == ProfilePart::kClassifier;
    const bool whispers = part == ProfilePart::kSpectrogram;
    const bool others = part == ProfilePart::kProjection || part == ProfilePart::kPosition;
    const bool wavlms = part == ProfilePart::kPositionBias;
    const bool expected = !elsewhere && (!whispers || whisper) && (!others || !whisper) &&
                          (!wavlms || config.position_buckets != 0);
    EXPECT_EQ(cost.calls > 0, expected) << to_string(part);
  }
  EXPECT_LE(sum, whole.count() + 1e-6);
  // The operations that the shapes tell.
  const auto frames = static_cast<double>(config.context_frames(clip.size()));
  const auto hidden = static_cast<double>(config.hidden_size);
  const auto layers = static_cast<double>(config.layers);
  EXPECT_EQ(profile.cost(ProfilePart::kAttentionInput).flop,
            layers * 2 * frames * hidden * 3 * hidden);
  EXPECT_EQ(profile.cost(ProfilePart::kAttentionScores).flop,
            layers * 2 * frames * frames * hidden);
  EXPECT_EQ(profile.cost(ProfilePart::kAttentionValues).flop,
            layers * 2 * frames * frames * hidden);
  EXPECT_EQ(profile.cost(ProfilePart::kFeedForward).flop,
            layers * 4 * frames * hidden * static_cast<double>(config.feed_forward_size));
  EXPECT_EQ(profile.cost(ProfilePart::kAttentionOutput).calls, config.layers);
}

TEST_P(EachModel, MayBeCalledFromSeveralThreads) {
  const auto encoder = load(GetParam());
  const std::vector<float> clip = golden_waveform(16000);
  Workspace workspace;
  const std::vector<float> alone = copy(encoder->encode(clip, encoder->last_layer(), workspace));
  std::vector<std::vector<float>> results(4);
  std::vector<std::thread> threads;
  for (auto& result : results) {
    threads.emplace_back([&] {
      Workspace own;
      result = copy(encoder->encode(clip, encoder->last_layer(), own));
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& result : results) EXPECT_EQ(result, alone);
}

TEST_P(EachModel, StopsAtTheLayerAskedFor) {
  const auto encoder = load(GetParam());
  const std::vector<float> clip = golden_waveform(16000);
  Workspace workspace;
  std::vector<std::vector<float>> all;
  encoder->encode_all(
      clip, encoder->last_layer(), workspace, nullptr,
      [&](std::size_t, MatrixView<const float> state) { all.push_back(copy(state)); });
  ASSERT_EQ(all.size(), encoder->last_layer() + 1);
  for (std::size_t layer = 0; layer < all.size(); ++layer) {
    EXPECT_EQ(copy(encoder->encode(clip, layer, workspace)), all[layer]) << "layer " << layer;
    std::size_t visits = 0;
    encoder->encode_all(clip, layer, workspace, nullptr,
                        [&](std::size_t, MatrixView<const float>) { ++visits; });
    EXPECT_EQ(visits, layer + 1);
  }
}

INSTANTIATE_TEST_SUITE_P(All, EachModel, testing::ValuesIn(kGoldenModels), [](const auto& test) {
  std::string name = test.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(SpeechEncoder, KnowsWhatItIs) {
  const auto encoder = load("hubert-layer");
  EXPECT_EQ(encoder->name(), "hubert-layer");
  EXPECT_EQ(load("hubert-layer", {.name = "other"})->name(), "other");
  EXPECT_EQ(encoder->dimension(), 32U);
  EXPECT_EQ(encoder->last_layer(), 3U);
  EXPECT_EQ(encoder->fingerprint(),
            load("hubert-layer", {.backend = preferred_backend(InstructionSet::kBaseline)})
                ->fingerprint());
  EXPECT_NE(encoder->fingerprint(), load("hubert-odd")->fingerprint());
}

TEST(SpeechEncoder, RefusesTooFewSamplesAndLayersItDoesNotHave) {
  const auto encoder = load("hubert-group");
  Workspace workspace;
  EXPECT_UNDERTONE_ERROR(encoder->encode(golden_waveform(399), 0, workspace),
                         ErrorCode::kAudioTooShort, "399 samples");
  EXPECT_UNDERTONE_ERROR(encoder->encode({}, 0, workspace), ErrorCode::kAudioTooShort, "0 samples");
  EXPECT_UNDERTONE_ERROR(encoder->encode(golden_waveform(400), 4, workspace),
                         ErrorCode::kInvalidArgument, "layers 0 to 3");
}

TEST(SpeechEncoder, WhispersContextsAreTwoEncoders) {
  const auto padded = load("whisper-80");
  const auto clip = load("whisper-80", {.context = Context::kClip});
  EXPECT_EQ(clip->name(), "whisper-80 (clip context)");
  EXPECT_NE(padded->fingerprint(), clip->fingerprint());
  Workspace workspace;
  const std::vector<float> wave = golden_waveform(16000);
  const std::vector<float> in_silence = copy(padded->encode(wave, 3, workspace));
  const std::vector<float> alone = copy(clip->encode(wave, 3, workspace));
  EXPECT_EQ(in_silence.size(), alone.size());
  EXPECT_NE(in_silence, alone);
  EXPECT_UNDERTONE_ERROR(load("hubert-layer", {.context = Context::kClip}),
                         ErrorCode::kInvalidArgument, "hubert");
}

TEST(SpeechEncoder, ACheckpointSaysWhichContextItWasTrainedWith) {
  const test::TemporaryFolder folder;
  const auto golden = golden_folder() / "whisper-80";
  std::filesystem::copy(golden, folder.path(), std::filesystem::copy_options::recursive);
  EncoderConfig config = read_config(golden);
  config.clip_context = true;
  test::write_file(folder / "config.json", config_json(config));
  ThreadPool pool(1);
  const auto trained = SpeechEncoder::load(folder.path(), {.name = "trained"}, pool);
  EXPECT_EQ(trained->name(), "trained");
  EXPECT_EQ(trained->fingerprint(), load("whisper-80", {.context = Context::kClip})->fingerprint());
  const auto padded =
      SpeechEncoder::load(folder.path(), {.name = "trained", .context = Context::kPadded}, pool);
  EXPECT_EQ(padded->name(), "trained (padded context)");
  EXPECT_EQ(padded->fingerprint(), load("whisper-80")->fingerprint());
}

TEST(SpeechEncoder, WhisperTakesNoMoreThanItHasPositionsFor) {
  for (const Context context : {Context::kPadded, Context::kClip}) {
    const auto encoder = load("whisper-80", {.context = context});
    Workspace workspace;
    std::vector<float> wave(64000, 0.25F);
    EXPECT_EQ(encoder->encode(wave, 3, workspace).rows(), 200U);
    wave.push_back(0.25F);
    EXPECT_UNDERTONE_ERROR(encoder->encode(wave, 3, workspace), ErrorCode::kInvalidArgument,
                           "64000");
  }
}

TEST(SpeechEncoder, SilenceIsNotNaN) {
  for (const char* model : kGoldenModels) {
    const auto encoder = load(model);
    Workspace workspace;
    const std::vector<float> silence(16000, 0.0F);
    for (const float value : copy(encoder->encode(silence, encoder->last_layer(), workspace))) {
      ASSERT_TRUE(std::isfinite(value)) << model;
    }
  }
}

TEST(SpeechEncoder, SaysWhenConfigurationAndWeightsDisagree) {
  const TemporaryFolder folder;
  std::filesystem::copy(golden_folder() / "hubert-layer", folder.path(),
                        std::filesystem::copy_options::recursive);
  const auto load_with = [&](const std::string& from, const std::string& to) {
    std::string config = test::read_file(golden_folder() / "hubert-layer" / "config.json");
    const std::size_t at = config.find(from);
    ASSERT_NE(at, std::string::npos);
    write_file(folder / "config.json", config.replace(at, from.size(), to));
    ThreadPool pool(1);
    SpeechEncoder::load(folder.path(), {}, pool);
  };
  EXPECT_NO_THROW(load_with("\"hidden_size\": 32", "\"hidden_size\": 32"));
  EXPECT_UNDERTONE_ERROR(load_with("\"intermediate_size\": 72", "\"intermediate_size\": 73"),
                         ErrorCode::kModelCorrupt, "asks for [73");
  EXPECT_UNDERTONE_ERROR(load_with("\"num_hidden_layers\": 3", "\"num_hidden_layers\": 4"),
                         ErrorCode::kModelCorrupt, "encoder.layers.3.");
}

TEST(SpeechEncoder, WarnsWithoutPreprocessorConfiguration) {
  const TemporaryFolder folder;
  std::filesystem::copy(golden_folder() / "hubert-layer", folder.path(),
                        std::filesystem::copy_options::recursive);
  std::filesystem::remove(folder / "preprocessor_config.json");
  ThreadPool pool(1);
  std::string warnings;
  SpeechEncoder::load(folder.path(), {.warn = [&](std::string_view text) { warnings += text; }},
                      pool);
  EXPECT_THAT(warnings, testing::HasSubstr("preprocessor_config.json"));
}

}  // namespace
}  // namespace undertone::encoder
