// The published architectures by name.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "encoder/config.hpp"

namespace undertone::encoder {

// HuBERT, wav2vec 2.0, WavLM and Whisper's encoder as their checkpoints on the Hugging Face hub are
// configured (xlsr-53 is wav2vec2-large by the name that people know); and tiny, a HuBERT for
// tests.
std::span<const std::string_view> preset_names();

std::optional<EncoderConfig> preset_config(std::string_view name);

}  // namespace undertone::encoder
