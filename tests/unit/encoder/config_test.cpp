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

TEST(EncoderConfig, ReadsRelativePositions) {
  const EncoderConfig published = parse(R"({"model_type": "wavlm"})");
  EXPECT_EQ(published.family, Family::kWavLm);
  EXPECT_EQ(published.position_buckets, 320U);
  EXPECT_EQ(published.position_max_distance, 800U);
  const EncoderConfig other =
      parse(R"({"model_type": "wavlm", "num_buckets": 24, "max_bucket_distance": 70})");
  EXPECT_EQ(other.position_buckets, 24U);
  EXPECT_EQ(parse_config(config_json(other), "written").position_max_distance, 70U);
  EXPECT_EQ(parse(R"({"model_type": "hubert", "num_buckets": 24})").position_buckets, 0U);
  EXPECT_UNDERTONE_ERROR(parse(R"({"model_type": "wavlm", "num_buckets": 3})"),
                         ErrorCode::kModelCorrupt, "at least 4");
  EXPECT_UNDERTONE_ERROR(parse(R"({"model_type": "wavlm", "max_bucket_distance": 80})"),
                         ErrorCode::kModelCorrupt, "more than a quarter");
}

TEST(EncoderConfig, ReadsWhisper) {
  const EncoderConfig base = parse(R"({"model_type": "whisper", "d_model": 512,
      "encoder_layers": 6, "encoder_attention_heads": 8, "encoder_ffn_dim": 2048,
      "decoder_layers": 6, "num_mel_bins": 80, "max_source_positions": 1500})");
  EXPECT_EQ(base.family, Family::kWhisper);
  EXPECT_EQ(base.hidden_size, 512U);
  EXPECT_TRUE(base.pre_norm);
  EXPECT_FALSE(base.normalize_waveform);
  EXPECT_EQ(base.hop(), 320U);
  EXPECT_EQ(base.max_samples(), 480000U);
  EXPECT_EQ(base.frames(399), 0U);
  EXPECT_EQ(base.frames(400), 1U);
  EXPECT_EQ(base.frames(16000), 50U);
  EXPECT_EQ(base.frames(480000), 1500U);
  EXPECT_EQ(base.context_frames(16000), 1500U);
  EXPECT_EQ(parse_config(config_json(base), "written").feed_forward_size, 2048U);
  const EncoderConfig clip = parse(R"({"model_type": "whisper", "undertone_context": "clip"})");
  EXPECT_EQ(clip.context_frames(16000), 50U);
  EXPECT_TRUE(parse_config(config_json(clip), "written").clip_context);
  const auto corrupt = ErrorCode::kModelCorrupt;
  EXPECT_UNDERTONE_ERROR(parse(R"({"model_type": "whisper", "d_model": 385})"), corrupt,
                         "'encoder_attention_heads' 6");
  EXPECT_UNDERTONE_ERROR(parse(R"({"model_type": "whisper", "max_source_positions": 49})"), corrupt,
                         "less than a second");
  EXPECT_UNDERTONE_ERROR(parse(R"({"model_type": "whisper", "undertone_context": "long"})"),
                         corrupt, "found \"long\"");
  EXPECT_UNDERTONE_ERROR(parse(R"({"model_type": "whisper", "activation_function": "gelu_new"})"),
                         ErrorCode::kModelUnsupported, "'gelu_new'");
}

TEST(EncoderConfig, ChecksWhispersPreprocessor) {
  const TemporaryFolder folder;
  write_file(folder / "config.json", R"({"model_type": "whisper", "num_mel_bins": 128})");
  EXPECT_EQ(read_config(folder.path()).mel_bins, 128U);
  const auto check = [&](const char* text) {
    write_file(folder / "preprocessor_config.json", text);
    return read_config(folder.path());
  };
  EXPECT_FALSE(
      check(R"({"feature_size": 128, "hop_length": 160, "n_fft": 400, "chunk_length": 30})")
          .normalize_waveform);
  const auto unsupported = ErrorCode::kModelUnsupported;
  EXPECT_UNDERTONE_ERROR(check(R"({"feature_size": 80})"), unsupported, "'feature_size' is 80");
  EXPECT_UNDERTONE_ERROR(check(R"({"hop_length": 80})"), unsupported, "'hop_length'");
  EXPECT_UNDERTONE_ERROR(check(R"({"n_fft": 512})"), unsupported, "'n_fft'");
  EXPECT_UNDERTONE_ERROR(check(R"({"chunk_length": 20})"), unsupported, "30.00 s");
  EXPECT_UNDERTONE_ERROR(check(R"({"do_normalize": true})"), unsupported, "do_normalize");
  EXPECT_UNDERTONE_ERROR(check(R"({"sampling_rate": 8000})"), unsupported, "8000");
}

TEST(EncoderConfig, RefusesByNameWhatItDoesNotRun) {
  const auto unsupported = ErrorCode::kModelUnsupported;
  EXPECT_UNDERTONE_ERROR(parse(R"({"model_type": "sew"})"), unsupported, "'sew'");
  EXPECT_UNDERTONE_ERROR(parse(R"({"model_type": "hubert", "hidden_act": "relu"})"), unsupported,
                         "'relu'");
  EXPECT_UNDERTONE_ERROR(
      parse(R"({"model_type": "hubert", "feat_extract_activation": "gelu_new"})"), unsupported,
      "'gelu_new'");
  EXPECT_UNDERTONE_ERROR(parse(R"({"model_type": "wav2vec2", "add_adapter": true})"), unsupported,
                         "add_adapter");
  EXPECT_UNDERTONE_ERROR(parse(R"({"model_type": "wav2vec2", "adapter_attn_dim": 16})"),
                         unsupported, "adapter_attn_dim");
  EXPECT_UNDERTONE_ERROR(
      parse(R"({"model_type": "wavlm", "quantization_config": {"quant_method": "gptq"}})"),
      unsupported, "gptq");
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
