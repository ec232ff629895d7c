// Text from outside as characters that every document may hold.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace undertone::evaluation {

// The characters of `text`, each as its UTF-8 bytes. Bytes that are not UTF-8, control characters
// (tab and line feed become a space) and noncharacters become U+FFFD.
std::vector<std::string_view> characters_of(std::string_view text);

// `text` with the same replacements.
std::string plain(std::string_view text);

// At most `most` characters of plain(text), the last of them "…" where some were left out.
std::string shortened(std::string_view text, std::size_t most);

// Roughly how wide the text stands, in units of the size of its type.
double width_in_ems(std::string_view text);

}  // namespace undertone::evaluation
