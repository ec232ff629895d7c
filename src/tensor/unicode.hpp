// UTF-8, strictly: no overlong forms, no surrogates, nothing beyond U+10FFFF.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace undertone::tensor {

bool is_utf8(std::string_view text);

// nullopt if `text` is not UTF-8.
std::optional<std::u32string> utf32_from_utf8(std::string_view text);

// nullopt if a value is no Unicode scalar value.
std::optional<std::string> utf8_from_utf32(std::u32string_view text);

}  // namespace undertone::tensor
