// The published architectures by name.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "encoder/config.hpp"

namespace undertone::encoder {

// hubert-base, hubert-large, wav2vec2-base, wav2vec2-large (that of XLSR-53), as their checkpoints
// on the Hugging Face hub are configured; and tiny, a HuBERT for tests.
std::span<const std::string_view> preset_names();

std::optional<EncoderConfig> preset_config(std::string_view name);

}  // namespace undertone::encoder
