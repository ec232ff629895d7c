// What may stand in a bundle as text.
#pragma once

#include <string_view>

namespace undertone::classifier {

// True for valid UTF-8 without control characters (tabs and line ends are some).
bool is_plain_text(std::string_view text);

}  // namespace undertone::classifier
