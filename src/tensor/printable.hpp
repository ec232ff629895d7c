// Names from a file, fit for a message.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace undertone::tensor {

// Control characters become '?' (a message must not steer a terminal), long names are cut.
inline std::string printable(std::string_view text) {
  constexpr std::size_t kLongest = 200;
  std::string result(text.substr(0, kLongest));
  std::replace_if(
      result.begin(), result.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  if (text.size() > kLongest) result += "...";
  return result;
}

}  // namespace undertone::tensor
