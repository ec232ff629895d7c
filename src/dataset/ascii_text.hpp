// Text compared the way file formats mean it, whatever the locale.
#pragma once

#include <string>
#include <string_view>

namespace undertone::dataset {

// ASCII letters in lower case; other bytes as they are.
std::string lower_case(std::string_view text);

// Without the white space around it.
std::string_view trimmed(std::string_view text);

}  // namespace undertone::dataset
