#include "encoder/config.hpp"

#include <gtest/gtest.h>

#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"

namespace undertone::encoder {
namespace {

using test::TemporaryFolder;
using test::write_file;

EncoderConfig parse(std::string_view text) { return parse_config(text, "config.json"); }

TEST(EncoderConfig, TakesTheLibrarysDefaults) {
  const EncoderConfig config = parse(R"({"model_type": "hubert"})");
  EXPECT_EQ(config.family, Family::kHubert);
  EXPECT_EQ(config.conv_norm, ConvNorm::kGroup);
  EXPECT_FALSE(config.pre_norm);
  EXPECT_EQ(config.hidden_size, 768U);
  EXPECT_EQ(config.layers, 12U);
  EXPECT_EQ(config.heads, 12U);
  EXPECT_EQ(config.feed_forward_size, 3072U);
  EXPECT_EQ(config.position_kernel, 128U);
  EXPECT_EQ(config.position_groups, 16U);
  EXPECT_TRUE(config.projection_norm);
  EXPECT_EQ(config.receptive_field(), 400U);
  EXPECT_EQ(config.hop(), 320U);
}

// Lengths as in the reference: floor((L - kernel) / stride) + 1 per layer.
TEST(EncoderConfig, CountsFrames) {
  const EncoderConfig config = parse(R"({"model_type": "wav2vec2"})");
  EXPECT_EQ(config.frames(0), 0U);
  EXPECT_EQ(config.frames(399), 0U);
  EXPECT_EQ(config.frames(400), 1U);
  EXPECT_EQ(config.frames(719), 1U);
  EXPECT_EQ(config.frames(720), 2U);
  EXPECT_EQ(config.frames(16000), 49U);
  EXPECT_EQ(config.frames(48000), 149U);
}

TEST(EncoderConfig, SurvivesWritingAndReading) {
  EncoderConfig config =
      parse(R"({"model_type": "hubert", "feat_extract_norm": "layer", "do_stable_layer_norm": true,
      "feat_proj_layer_norm": false, "hidden_size": 32, "num_attention_heads": 4, "num_conv_pos_embedding_groups": 8,
      "conv_dim": [4, 6], "conv_kernel": [10, 3], "conv_stride": [5, 2], "layer_norm_eps": 1e-06})");
  config.normalize_waveform = false;
  const TemporaryFolder folder;
  write_file(folder / "config.json", config_json(config));
  write_file(folder / "preprocessor_config.json", preprocessor_json(config));
  const EncoderConfig read = read_config(folder.path());
  EXPECT_EQ(config_json(read), config_json(config));
  EXPECT_EQ(read.layer_norm_eps, 1e-6F);
  EXPECT_FALSE(read.normalize_waveform);
  EXPECT_FALSE(read.projection_norm);
  EXPECT_EQ(read.conv_layers[1].channels, 6U);
}

TEST(EncoderConfig, RefusesByNameWhatItDoesNotRun) {
  const auto unsupported = ErrorCode::kModelUnsupported;
  EXPECT_UNDERTONE_ERROR(parse(R"({"model_type": "wavlm"})"), unsupported, "'wavlm'");
  EXPECT_UNDERTONE_ERROR(parse(R"({"model_type": "hubert", "hidden_act": "relu"})"), unsupported,
                         "'relu'");
  EXPECT_UNDERTONE_ERROR(
      parse(R"({"model_type": "hubert", "feat_extract_activation": "gelu_new"})"), unsupported,
      "'gelu_new'");
  EXPECT_UNDERTONE_ERROR(parse(R"({"model_type": "wav2vec2", "add_adapter": true})"), unsupported,
                         "add_adapter");
  EXPECT_UNDERTONE_ERROR(parse(R"({"model_type": "wav2vec2", "adapter_attn_dim": 16})"),
                         unsupported, "adapter_attn_dim");
  EXPECT_UNDERTONE_ERROR(parse(R"({"model_type": "hubert", "quantization_config": {"bits": 8}})"),
                         unsupported, "quantization_config");
  EXPECT_UNDERTONE_ERROR(parse(R"({"model_type": "hubert", "conv_pos_batch_norm": true})"),
                         unsupported, "conv_pos_batch_norm");
  EXPECT_UNDERTONE_ERROR(parse(R"({"model_type": "hubert", "feat_extract_norm": "batch"})"),
                         unsupported, "'batch'");
}

TEST(EncoderConfig, RefusesWhatContradictsItself) {
  const auto corrupt = ErrorCode::kModelCorrupt;
  EXPECT_UNDERTONE_ERROR(parse("{"), corrupt, "not valid JSON");
  EXPECT_UNDERTONE_ERROR(parse("[]"), corrupt, "object was expected");
  EXPECT_UNDERTONE_ERROR(parse("{}"), corrupt, "no 'model_type'");
  EXPECT_UNDERTONE_ERROR(parse(std::string(1000, '[')), corrupt, "nested too deeply");
  EXPECT_UNDERTONE_ERROR(parse(R"({"model_type": "hubert", "hidden_size": 770})"), corrupt,
                         "not a multiple");
  EXPECT_UNDERTONE_ERROR(parse(R"({"model_type": "hubert", "hidden_size": 0})"), corrupt,
                         "'hidden_size'");
  EXPECT_UNDERTONE_ERROR(parse(R"({"model_type": "hubert", "hidden_size": -4})"), corrupt,
                         "'hidden_size'");
  EXPECT_UNDERTONE_ERROR(parse(R"({"model_type": "hubert", "hidden_size": 1e3})"), corrupt,
                         "'hidden_size'");
  EXPECT_UNDERTONE_ERROR(parse(R"({"model_type": "hubert", "hidden_size": 18446744073709551615})"),
                         corrupt, "'hidden_size'");
  EXPECT_UNDERTONE_ERROR(parse(R"({"model_type": "hubert", "num_hidden_layers": 100000})"), corrupt,
                         "1 to 256");
  EXPECT_UNDERTONE_ERROR(parse(R"({"model_type": "hubert", "conv_dim": [512]})"), corrupt,
                         "differ in length");
  EXPECT_UNDERTONE_ERROR(parse(R"({"model_type": "hubert", "conv_dim": []})"), corrupt,
                         "'conv_dim'");
  EXPECT_UNDERTONE_ERROR(
      parse(R"({"model_type": "hubert", "conv_stride": [50, 20, 20, 20, 2, 2, 2]})"), corrupt,
      "more than a second");
  EXPECT_UNDERTONE_ERROR(parse(R"({"model_type": "hubert", "do_stable_layer_norm": "yes"})"),
                         corrupt, "true or false");
  EXPECT_UNDERTONE_ERROR(parse(R"({"model_type": "hubert", "layer_norm_eps": 0})"), corrupt,
                         "layer_norm_eps");
}

TEST(EncoderConfig, ChecksThePreprocessor) {
  const TemporaryFolder folder;
  write_file(folder / "config.json", R"({"model_type": "hubert"})");
  EXPECT_TRUE(read_config(folder.path()).normalize_waveform);
  write_file(folder / "preprocessor_config.json",
             R"({"do_normalize": false, "sampling_rate": 16000})");
  EXPECT_FALSE(read_config(folder.path()).normalize_waveform);
  write_file(folder / "preprocessor_config.json", R"({"sampling_rate": 8000})");
  EXPECT_UNDERTONE_ERROR(read_config(folder.path()), ErrorCode::kModelUnsupported, "8000");
  write_file(folder / "config.json", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n");
  EXPECT_UNDERTONE_ERROR(read_config(folder.path()), ErrorCode::kGitLfsPointer, "config.json");
}

}  // namespace
}  // namespace undertone::encoder
