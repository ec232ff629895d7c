#include "encoder/random_checkpoint.hpp"

#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "encoder/presets.hpp"
#include "encoder/speech_encoder.hpp"
#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"
#include "tensor/safetensors.hpp"

namespace undertone::encoder {
namespace {

using Shape = std::vector<std::uint64_t>;

std::map<std::string, Shape> shapes_of(std::string_view preset) {
  std::map<std::string, Shape> shapes;
  for (const auto& info : checkpoint_tensors(*preset_config(preset))) {
    EXPECT_TRUE(shapes.emplace(info.name, info.shape).second) << info.name;
  }
  return shapes;
}

std::uint64_t parameters(std::string_view preset) {
  std::uint64_t count = 0;
  for (const auto& info : checkpoint_tensors(*preset_config(preset))) {
    count += info.element_count();
  }
  return count;
}

// What sum(p.numel() for p in HubertModel(config).parameters()) says for these configurations.
TEST(Presets, HaveTheSizesOfTheReference) {
  EXPECT_EQ(parameters("hubert-base"), 94371712U);
  EXPECT_EQ(parameters("hubert-large"), 315438720U);
  EXPECT_EQ(parameters("wav2vec2-base"), 94371712U);
  EXPECT_EQ(parameters("wav2vec2-large"), 315438720U);
  EXPECT_EQ(parameters("xlsr-53"), 315438720U);
  EXPECT_EQ(parameters("wavlm-base"), 94381936U);
  EXPECT_EQ(parameters("wavlm-base-plus"), 94381936U);
  EXPECT_EQ(parameters("wavlm-large"), 315453120U);
  EXPECT_EQ(parameters("whisper-tiny"), 8208384U);
  EXPECT_EQ(parameters("whisper-base"), 20590592U);
  EXPECT_EQ(parameters("whisper-small"), 88154112U);
  EXPECT_EQ(parameters("whisper-medium"), 307216384U);
  EXPECT_EQ(parameters("whisper-large"), 636784640U);
  EXPECT_EQ(parameters("whisper-large-v2"), 636784640U);
  EXPECT_EQ(parameters("whisper-large-v3"), 636968960U);
}

TEST(Presets, EachNameHasAConfiguration) {
  for (const std::string_view name : preset_names()) {
    const auto config = preset_config(name);
    ASSERT_TRUE(config) << name;
    EXPECT_EQ(config->hidden_size % config->heads, 0U);
    EXPECT_EQ(config->hop(), 320U) << name;
    EXPECT_GT(config->frames(16000), 45U) << name;
  }
  EXPECT_FALSE(preset_config("hubert"));
}

TEST(RandomCheckpoint, NamesAndShapesAreTheReferences) {
  const auto base = shapes_of("hubert-base");
  EXPECT_EQ(base.at("feature_extractor.conv_layers.0.conv.weight"), (Shape{512, 1, 10}));
  EXPECT_EQ(base.at("feature_extractor.conv_layers.6.conv.weight"), (Shape{512, 512, 2}));
  EXPECT_EQ(base.at("feature_extractor.conv_layers.0.layer_norm.weight"), Shape{512});
  EXPECT_FALSE(base.contains("feature_extractor.conv_layers.0.conv.bias"));
  EXPECT_FALSE(base.contains("feature_extractor.conv_layers.1.layer_norm.weight"));
  EXPECT_EQ(base.at("feature_projection.projection.weight"), (Shape{768, 512}));
  EXPECT_EQ(base.at("encoder.pos_conv_embed.conv.weight_g"), (Shape{1, 1, 128}));
  EXPECT_EQ(base.at("encoder.pos_conv_embed.conv.weight_v"), (Shape{768, 48, 128}));
  EXPECT_EQ(base.at("encoder.layers.11.feed_forward.intermediate_dense.weight"),
            (Shape{3072, 768}));
  EXPECT_EQ(base.at("encoder.layers.11.feed_forward.output_dense.bias"), Shape{768});
  EXPECT_EQ(base.at("masked_spec_embed"), Shape{768});
  const auto large = shapes_of("hubert-large");
  EXPECT_EQ(large.at("feature_extractor.conv_layers.3.conv.bias"), Shape{512});
  EXPECT_EQ(large.at("feature_extractor.conv_layers.3.layer_norm.bias"), Shape{512});
  EXPECT_EQ(large.at("encoder.layers.23.attention.out_proj.weight"), (Shape{1024, 1024}));
  const auto wavlm = shapes_of("wavlm-large");
  EXPECT_EQ(wavlm.at("encoder.layers.0.attention.rel_attn_embed.weight"), (Shape{320, 16}));
  EXPECT_FALSE(wavlm.contains("encoder.layers.1.attention.rel_attn_embed.weight"));
  EXPECT_EQ(wavlm.at("encoder.layers.23.attention.gru_rel_pos_const"), (Shape{1, 16, 1, 1}));
  EXPECT_EQ(wavlm.at("encoder.layers.23.attention.gru_rel_pos_linear.weight"), (Shape{8, 64}));
  EXPECT_EQ(wavlm.at("encoder.layers.23.attention.gru_rel_pos_linear.bias"), Shape{8});
  EXPECT_FALSE(wavlm.contains("feature_extractor.conv_layers.3.conv.bias"));
  const auto whisper = shapes_of("whisper-large-v3");
  EXPECT_EQ(whisper.at("model.encoder.conv1.weight"), (Shape{1280, 128, 3}));
  EXPECT_EQ(whisper.at("model.encoder.embed_positions.weight"), (Shape{1500, 1280}));
  EXPECT_EQ(whisper.at("model.encoder.layers.31.self_attn.k_proj.weight"), (Shape{1280, 1280}));
  EXPECT_FALSE(whisper.contains("model.encoder.layers.31.self_attn.k_proj.bias"));
}

// Computed apart, in Python's integers and doubles.
TEST(RandomCheckpoint, ValuesAreTheSameEverywhere) {
  const EncoderConfig config = *preset_config("tiny");
  const auto tensors = checkpoint_tensors(config);
  const auto value = [&](std::string_view name, std::uint64_t seed, std::uint64_t i) {
    for (const auto& info : tensors) {
      if (info.name == name) return random_weight(info, config, seed, i);
    }
    ADD_FAILURE() << name;
    return 0.0F;
  };
  EXPECT_EQ(value("encoder.layers.1.attention.q_proj.weight", 1, 1000), -0.04200388491153717F);
  EXPECT_EQ(value("encoder.layer_norm.weight", 1, 3), 1.0696296691894531F);
  EXPECT_EQ(value("encoder.layer_norm.bias", 7, 31), 0.20100784301757812F);
  EXPECT_EQ(value("encoder.pos_conv_embed.conv.weight_g", 1, 5), 1.3993778228759766F);
}

TEST(RandomCheckpoint, WeightsHaveTheirScale) {
  const EncoderConfig config = *preset_config("hubert-base");
  for (const auto& info : checkpoint_tensors(config)) {
    if (info.name != "encoder.layers.3.feed_forward.output_dense.weight") continue;
    double sum = 0;
    double squares = 0;
    constexpr int kCount = 100000;
    for (int i = 0; i < kCount; ++i) {
      const double value =
          static_cast<double>(random_weight(info, config, 3, static_cast<std::uint64_t>(i)));
      sum += value;
      squares += value * value;
    }
    EXPECT_NEAR(sum / kCount, 0.0, 5 / std::sqrt(3072.0 * kCount));
    EXPECT_NEAR(squares / kCount * 3072, 1.0, 0.03);
  }
}

TEST(RandomCheckpoint, LoadsAndGivesHiddenStatesOfUnitScale) {
  const test::TemporaryFolder folder;
  ThreadPool pool(2);
  write_random_checkpoint(*preset_config("tiny"), 4, folder / "m", false, pool);
  const auto encoder = SpeechEncoder::load(folder / "m", {}, pool);
  EXPECT_EQ(encoder->dimension(), 32U);
  std::vector<float> waveform(16000);
  for (std::size_t i = 0; i < waveform.size(); ++i) {
    waveform[i] = static_cast<float>(std::sin(0.05 * static_cast<double>(i * i % 700)));
  }
  Workspace workspace;
  const auto frames = encoder->encode(waveform, encoder->last_layer(), workspace);
  double squares = 0;
  for (std::size_t t = 0; t < frames.rows(); ++t) {
    for (const float value : frames.row(t)) squares += static_cast<double>(value * value);
  }
  const double scale = std::sqrt(squares / static_cast<double>(frames.rows() * frames.cols()));
  EXPECT_GT(scale, 0.5);
  EXPECT_LT(scale, 2.0);
}

TEST(RandomCheckpoint, FilesDoNotDependOnThreadsAndAreNotOverwritten) {
  const test::TemporaryFolder folder;
  ThreadPool one(1);
  ThreadPool three(3);
  const EncoderConfig config = *preset_config("tiny");
  write_random_checkpoint(config, 4, folder / "a", false, one);
  write_random_checkpoint(config, 4, folder / "b", false, three);
  EXPECT_EQ(test::read_file(folder / "a/model.safetensors"),
            test::read_file(folder / "b/model.safetensors"));
  EXPECT_UNDERTONE_ERROR(write_random_checkpoint(config, 5, folder / "a", false, one),
                         ErrorCode::kOutputExists, "config.json");
  EXPECT_NO_THROW(write_random_checkpoint(config, 5, folder / "a", true, one));
  EXPECT_NE(test::read_file(folder / "a/model.safetensors"),
            test::read_file(folder / "b/model.safetensors"));
}

TEST(RandomCheckpoint, FilesHoldTheValues) {
  const test::TemporaryFolder folder;
  ThreadPool pool(1);
  const EncoderConfig config = *preset_config("tiny");
  write_random_checkpoint(config, 4, folder / "a", false, pool);
  const tensor::SafetensorsFile file(folder / "a/model.safetensors");
  EXPECT_EQ(file.tensors().size(), checkpoint_tensors(config).size());
  for (const auto& info : file.tensors()) {
    std::vector<float> values(info.element_count());
    file.read_floats(info, values);
    for (std::uint64_t i = 0; i < values.size(); i += 97) {
      ASSERT_EQ(values[i], random_weight(info, config, 4, i)) << info.name;
    }
  }
}

}  // namespace
}  // namespace undertone::encoder
