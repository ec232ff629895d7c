// The parameters behind a header's value: `; name=value; name="value"`.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace undertone::server {

// What a backslash means between quotes.
enum class Quoting {
  kHttp,  // it takes any character literally (RFC 9110, 5.6.4)
  kForm,  // only a quote or another backslash: browsers write other ones as they are, and a quote
          // as %22, a line break as %0D%0A (WHATWG HTML, multipart/form-data); these are undone
};

// `text` is empty or begins with a semicolon, spaces aside. Names come in lower case. Values that
// are not quoted may hold the characters of tokens and any of ()/:=?@[]. Throws
// std::invalid_argument whose text says what is wrong.
std::vector<std::pair<std::string, std::string>> parse_header_parameters(std::string_view text,
                                                                         Quoting quoting);

}  // namespace undertone::server
