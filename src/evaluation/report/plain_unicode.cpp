#include "evaluation/report/plain_unicode.hpp"

#include <cstdint>

namespace undertone::evaluation {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

struct Character {
  std::size_t bytes = 0;  // 0: not UTF-8
  std::uint32_t value = 0;
};

Character first_of(std::string_view text) {
  const auto byte = [text](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {1, lead};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4) return {};
  std::uint32_t value = lead & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    value = (value << 6) | (byte(i) & 0x3F);
  }
  const std::uint32_t least = bytes == 2 ? 0x80 : bytes == 3 ? 0x800 : 0x10000;
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < least || value > 0x10FFFF || surrogate) return {};
  return {bytes, value};
}

bool allowed(std::uint32_t value) {
  const bool control = value < 0x20 || (value >= 0x7F && value < 0xA0);
  const bool noncharacter = (value & 0xFFFE) == 0xFFFE || (value >= 0xFDD0 && value <= 0xFDEF);
  return !control && !noncharacter;
}

// As in DejaVu Sans, which is wider than most.
double width_of(std::string_view character) {
  if (character.size() >= 3) return 1;  // beyond U+0800 a full square is likely
  if (character.size() == 2) return 0.75;
  if (std::string_view("fijlrt .,:;!|'()[]-").find(character) != std::string_view::npos)
    return 0.42;
  if (std::string_view("mwMW@%").find(character) != std::string_view::npos) return 1;
  const char c = character.front();
  return c >= 'A' && c <= 'Z' ? 0.78 : 0.65;
}

}  // namespace

std::vector<std::string_view> characters_of(std::string_view text) {
  std::vector<std::string_view> characters;
  characters.reserve(text.size());
  while (!text.empty()) {
    const Character character = first_of(text);
    const std::size_t bytes = character.bytes == 0 ? 1 : character.bytes;
    if (character.bytes == 1 && (text[0] == '\t' || text[0] == '\n')) {
      characters.push_back(" ");
    } else if (character.bytes == 0 || !allowed(character.value)) {
      characters.push_back(kReplacement);
    } else {
      characters.push_back(text.substr(0, bytes));
    }
    text.remove_prefix(bytes);
  }
  return characters;
}

std::string plain(std::string_view text) {
  std::string result;
  for (const std::string_view character : characters_of(text)) result += character;
  return result;
}

double width_in_ems(std::string_view text) {
  double width = 0;
  for (const std::string_view character : characters_of(text)) width += width_of(character);
  return width;
}

std::string shortened(std::string_view text, double ems) {
  if (width_in_ems(text) <= ems) return plain(text);
  double width = width_of("…");
  std::string result;
  for (const std::string_view character : characters_of(text)) {
    width += width_of(character);
    if (width > ems) break;
    result += character;
  }
  return result + "…";
}

}  // namespace undertone::evaluation
