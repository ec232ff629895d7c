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

// About how wide the text stands, in units of the size of its type: rather too much than too
// little, since the font is the reader's.
double width_in_ems(std::string_view text);

// plain(text), or as much of its beginning as fits, followed by "…".
std::string shortened(std::string_view text, double ems);

}  // namespace undertone::evaluation
