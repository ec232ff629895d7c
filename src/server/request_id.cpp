#include "server/request_id.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <sys/random.h>

#include <undertone/error.hpp>

#include "server/http_syntax.hpp"

namespace undertone::server {
namespace {

constexpr std::size_t kLongestId = 64;

bool is_id_character(char c) {
  return is_digit(c) || is_letter(c) || c == '.' || c == '_' || c == '-';
}

std::string new_id() {
  std::array<unsigned char, 16> bytes{};
  ssize_t count = 0;
  do {
    count = getrandom(bytes.data(), bytes.size(), 0);  // so few bytes come whole or not at all
  } while (count < 0 && errno == EINTR);
  if (count != static_cast<ssize_t>(bytes.size())) {
    throw Error(ErrorCode::kInternal, "the kernel gives no random bytes");
  }
  std::string id;
  for (const unsigned char byte : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    id += kDigits[byte >> 4];
    id += kDigits[byte & 0xf];
  }
  return id;
}

}  // namespace

std::string request_id(std::string_view from_header) {
  const bool usable = !from_header.empty() && from_header.size() <= kLongestId &&
                      std::all_of(from_header.begin(), from_header.end(), is_id_character);
  return usable ? std::string(from_header) : new_id();
}

}  // namespace undertone::server
