#include "encoder/known_encoders.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

namespace undertone::encoder {
namespace {

constexpr std::array<KnownEncoder, 16> kKnown = {{
    {"hubert-base", "facebook/hubert-base-ls960"},
    {"hubert-large", "facebook/hubert-large-ll60k"},
    {"hubert-xlarge", "facebook/hubert-xlarge-ll60k"},
    {"wav2vec2-base", "facebook/wav2vec2-base"},
    {"wav2vec2-large", "facebook/wav2vec2-large"},
    {"xlsr-53", "facebook/wav2vec2-large-xlsr-53"},
    {"wavlm-base", "microsoft/wavlm-base"},
    {"wavlm-base-plus", "microsoft/wavlm-base-plus"},
    {"wavlm-large", "microsoft/wavlm-large"},
    {"whisper-tiny", "openai/whisper-tiny"},
    {"whisper-base", "openai/whisper-base"},
    {"whisper-small", "openai/whisper-small"},
    {"whisper-medium", "openai/whisper-medium"},
    {"whisper-large", "openai/whisper-large"},
    {"whisper-large-v2", "openai/whisper-large-v2"},
    {"whisper-large-v3", "openai/whisper-large-v3"},
}};

// How many letters must be put in, taken out or replaced (Levenshtein).
std::size_t edits(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::span<const KnownEncoder> known_encoders() { return kKnown; }

std::optional<std::string_view> known_repository(std::string_view name) {
  const auto found = std::find_if(kKnown.begin(), kKnown.end(),
                                  [name](const KnownEncoder& known) { return known.name == name; });
  return found == kKnown.end() ? std::nullopt : std::optional(found->repository);
}

std::optional<std::string_view> nearest_known_name(std::string_view name) {
  constexpr std::size_t kLongest = 100;  // no known name is nearly so long
  if (name.size() > kLongest) return std::nullopt;
  std::optional<std::string_view> nearest;
  std::size_t least = 1 + std::min<std::size_t>(4, name.size() / 3);
  for (const KnownEncoder& known : kKnown) {
    for (const std::string_view candidate : {known.name, known.repository}) {
      const std::size_t distance = edits(name, candidate);
      if (distance > 0 && distance < least) {
        least = distance;
        nearest = candidate;
      }
    }
  }
  return nearest;
}

}  // namespace undertone::encoder
