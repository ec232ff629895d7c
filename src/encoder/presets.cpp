#include "encoder/presets.hpp"

#include <array>

namespace undertone::encoder {
namespace {

struct Preset {
  std::string_view name;
  EncoderConfig (*config)();
};

EncoderConfig published(Family family) {
  EncoderConfig config;
  config.family = family;
  config.conv_layers = {{512, 10, 5}, {512, 3, 2}, {512, 3, 2}, {512, 3, 2},
                        {512, 3, 2},  {512, 2, 2}, {512, 2, 2}};
  config.position_kernel = 128;
  config.position_groups = 16;
  return config;
}

EncoderConfig base(Family family) {
  EncoderConfig config = published(family);
  config.hidden_size = 768;
  config.layers = 12;
  config.heads = 12;
  config.feed_forward_size = 3072;
  return config;
}

EncoderConfig large(Family family) {
  EncoderConfig config = published(family);
  config.conv_norm = ConvNorm::kLayer;
  config.conv_bias = true;
  config.hidden_size = 1024;
  config.layers = 24;
  config.heads = 16;
  config.feed_forward_size = 4096;
  config.pre_norm = true;
  return config;
}

EncoderConfig hubert_base() { return base(Family::kHubert); }
EncoderConfig hubert_large() { return large(Family::kHubert); }
EncoderConfig wav2vec2_base() { return base(Family::kWav2Vec2); }
EncoderConfig wav2vec2_large() { return large(Family::kWav2Vec2); }

EncoderConfig with_position_bias(EncoderConfig config) {
  config.position_buckets = 320;
  config.position_max_distance = 800;
  return config;
}

EncoderConfig wavlm_base() {
  EncoderConfig config = with_position_bias(base(Family::kWavLm));
  config.normalize_waveform = false;
  return config;
}

EncoderConfig wavlm_large() {
  EncoderConfig config = with_position_bias(large(Family::kWavLm));
  config.conv_bias = false;
  return config;
}

EncoderConfig whisper(std::size_t width, std::size_t layers, std::size_t mel_bins = 80) {
  EncoderConfig config;
  config.family = Family::kWhisper;
  config.mel_bins = mel_bins;
  config.max_positions = 1500;
  config.hidden_size = width;
  config.layers = layers;
  config.heads = width / 64;
  config.feed_forward_size = 4 * width;
  config.pre_norm = true;
  config.normalize_waveform = false;
  return config;
}

EncoderConfig whisper_tiny() { return whisper(384, 4); }
EncoderConfig whisper_base() { return whisper(512, 6); }
EncoderConfig whisper_small() { return whisper(768, 12); }
EncoderConfig whisper_medium() { return whisper(1024, 24); }
EncoderConfig whisper_large() { return whisper(1280, 32); }
EncoderConfig whisper_large_v3() { return whisper(1280, 32, 128); }

EncoderConfig tiny() {
  EncoderConfig config;
  config.conv_norm = ConvNorm::kLayer;
  config.conv_bias = true;
  config.conv_layers = {{16, 10, 5}, {16, 8, 8}, {16, 4, 4}, {16, 2, 2}};
  config.position_kernel = 16;
  config.position_groups = 4;
  config.hidden_size = 32;
  config.layers = 2;
  config.heads = 4;
  config.feed_forward_size = 64;
  config.pre_norm = true;
  return config;
}

constexpr std::array kPresets{
    Preset{"hubert-base", hubert_base},
    Preset{"hubert-large", hubert_large},
    Preset{"wav2vec2-base", wav2vec2_base},
    Preset{"wav2vec2-large", wav2vec2_large},
    Preset{"xlsr-53", wav2vec2_large},
    Preset{"wavlm-base", wavlm_base},
    Preset{"wavlm-base-plus", wavlm_base},
    Preset{"wavlm-large", wavlm_large},
    Preset{"whisper-tiny", whisper_tiny},
    Preset{"whisper-base", whisper_base},
    Preset{"whisper-small", whisper_small},
    Preset{"whisper-medium", whisper_medium},
    Preset{"whisper-large", whisper_large},
    Preset{"whisper-large-v2", whisper_large},
    Preset{"whisper-large-v3", whisper_large_v3},
    Preset{"tiny", tiny},
};

constexpr auto kNames = [] {
  std::array<std::string_view, kPresets.size()> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kPresets[i].name;
  return names;
}();

}  // namespace

std::span<const std::string_view> preset_names() { return kNames; }

std::optional<EncoderConfig> preset_config(std::string_view name) {
  for (const Preset& preset : kPresets) {
    if (preset.name == name) return preset.config();
  }
  return std::nullopt;
}

}  // namespace undertone::encoder
