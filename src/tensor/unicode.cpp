#include "tensor/unicode.hpp"

#include <cstddef>

namespace undertone::tensor {
namespace {

constexpr char32_t kInvalid = 0xffffffff;

bool is_scalar_value(char32_t code) {
  return code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
}

// The code point at `position`, which moves behind it; kInvalid if there is none.
char32_t next(std::string_view text, std::size_t& position) {
  const auto lead = static_cast<unsigned char>(text[position++]);
  if (lead < 0x80) return lead;
  const int following = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
  if (lead < 0xc2 || lead > 0xf4) return kInvalid;
  char32_t code = lead & (0x3fu >> following);
  for (int i = 0; i < following; ++i) {
    if (position == text.size()) return kInvalid;
    const auto byte = static_cast<unsigned char>(text[position++]);
    if ((byte & 0xc0) != 0x80) return kInvalid;
    code = code << 6 | (byte & 0x3fu);
  }
  constexpr char32_t kSmallest[] = {0, 0x80, 0x800, 0x10000};
  return code >= kSmallest[following] && is_scalar_value(code) ? code : kInvalid;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t position = 0; position < text.size();) {
    if (next(text, position) == kInvalid) return false;
  }
  return true;
}

std::optional<std::u32string> utf32_from_utf8(std::string_view text) {
  std::u32string result;
  for (std::size_t position = 0; position < text.size();) {
    const char32_t code = next(text, position);
    if (code == kInvalid) return std::nullopt;
    result.push_back(code);
  }
  return result;
}

std::optional<std::string> utf8_from_utf32(std::u32string_view text) {
  std::string result;
  const auto append = [&result](char32_t byte) { result.push_back(static_cast<char>(byte)); };
  for (const char32_t code : text) {
    if (!is_scalar_value(code)) return std::nullopt;
    if (code < 0x80) {
      append(code);
    } else if (code < 0x800) {
      append(0xc0 | code >> 6);
      append(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
      append(0xe0 | code >> 12);
      append(0x80 | (code >> 6 & 0x3f));
      append(0x80 | (code & 0x3f));
    } else {
      append(0xf0 | code >> 18);
      append(0x80 | (code >> 12 & 0x3f));
      append(0x80 | (code >> 6 & 0x3f));
      append(0x80 | (code & 0x3f));
    }
  }
  return result;
}

}  // namespace undertone::tensor
