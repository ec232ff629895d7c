#include "classifier/plain_text.hpp"

#include <algorithm>

#include "tensor/unicode.hpp"

namespace undertone::classifier {

bool is_plain_text(std::string_view text) {
  const auto characters = tensor::utf32_from_utf8(text);
  return characters && std::none_of(characters->begin(), characters->end(),
                                    [](char32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0); });
}

}  // namespace undertone::classifier
