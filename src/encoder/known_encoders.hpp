// Published encoders that have a short name.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace undertone::encoder {

struct KnownEncoder {
  std::string_view name;        // "hubert-large"
  std::string_view repository;  // "facebook/hubert-large-ll60k", on the Hugging Face hub
};

// Ordered by family, then by size.
std::span<const KnownEncoder> known_encoders();

// The repository that a short name stands for.
std::optional<std::string_view> known_repository(std::string_view name);

// The short name or repository that was probably meant by one that is neither; nothing if none is
// near.
std::optional<std::string_view> nearest_known_name(std::string_view name);

}  // namespace undertone::encoder
