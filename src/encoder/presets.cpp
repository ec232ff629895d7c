#include "encoder/presets.hpp"

#include <array>

namespace undertone::encoder {
namespace {

constexpr std::array<std::string_view, 5> kNames = {"hubert-base", "hubert-large", "wav2vec2-base",
                                                    "wav2vec2-large", "tiny"};

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
  config.hidden_size = 1024;
  config.layers = 24;
  config.heads = 16;
  config.feed_forward_size = 4096;
  config.pre_norm = true;
  return config;
}

EncoderConfig tiny() {
  EncoderConfig config;
  config.conv_norm = ConvNorm::kLayer;
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

}  // namespace

std::span<const std::string_view> preset_names() { return kNames; }

std::optional<EncoderConfig> preset_config(std::string_view name) {
  if (name == "hubert-base") return base(Family::kHubert);
  if (name == "hubert-large") return large(Family::kHubert);
  if (name == "wav2vec2-base") return base(Family::kWav2Vec2);
  if (name == "wav2vec2-large") return large(Family::kWav2Vec2);
  if (name == "tiny") return tiny();
  return std::nullopt;
}

}  // namespace undertone::encoder
