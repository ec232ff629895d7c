#include "tensor/unicode.hpp"

#include <cstdint>
#include <gtest/gtest.h>
#include <string>

namespace undertone::tensor {
namespace {

TEST(Unicode, EveryScalarValueSurvivesTheRoundTrip) {
  for (char32_t code = 0; code <= 0x10ffff; ++code) {
    const std::u32string one(1, code);
    const auto utf8 = utf8_from_utf32(one);
    const bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
    ASSERT_EQ(utf8.has_value(), !is_surrogate) << static_cast<std::uint32_t>(code);
    if (is_surrogate) continue;
    ASSERT_TRUE(is_utf8(*utf8)) << static_cast<std::uint32_t>(code);
    ASSERT_EQ(utf32_from_utf8(*utf8), one) << static_cast<std::uint32_t>(code);
  }
  EXPECT_FALSE(utf8_from_utf32(std::u32string(1, char32_t{0x110000})).has_value());
}

TEST(Unicode, KnownEncodings) {
  EXPECT_EQ(utf32_from_utf8("aµ\xe2\x82\xac\xf0\x9f\x98\x80"), U"aµ€😀");
  EXPECT_EQ(utf32_from_utf8(""), U"");
}

TEST(Unicode, WhatIsNotUtf8) {
  for (const char* text :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x80\x80", "\xe0\x9f\xbf",
        "\xe2\x82", "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xff", "ok\xfe"}) {
    EXPECT_FALSE(is_utf8(text));
    EXPECT_FALSE(utf32_from_utf8(text).has_value());
  }
}

}  // namespace
}  // namespace undertone::tensor
