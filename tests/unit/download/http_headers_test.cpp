#include "download/http_headers.hpp"

#include <gtest/gtest.h>

namespace undertone::download {
namespace {

TEST(Headers, AreFoundInAnyCase) {
  Headers headers;
  EXPECT_TRUE(headers.add_line("X-Repo-Commit:  abc \r\n"));
  EXPECT_TRUE(headers.add_line("x-repo-commit: second\r\n"));
  EXPECT_TRUE(headers.add_line("no header at all\r\n"));
  EXPECT_TRUE(headers.add_line(": nameless\r\n"));
  EXPECT_EQ(headers.find("x-REPO-commit"), "abc");
  EXPECT_EQ(headers.find("x-repo"), std::nullopt);
  EXPECT_EQ(headers.find(""), std::nullopt);
  headers.clear();
  EXPECT_EQ(headers.find("x-repo-commit"), std::nullopt);
}

TEST(Headers, AreLimited) {
  Headers headers;
  const std::string line = "X: " + std::string(1000, 'x');
  std::size_t taken = 0;
  while (headers.add_line(line)) ++taken;
  EXPECT_EQ(taken, Headers::kMostBytes / line.size());
}

TEST(Headers, SizesAreDigitsAlone) {
  EXPECT_EQ(parse_size("0"), 0u);
  EXPECT_EQ(parse_size("9223372036854775807"), 9223372036854775807u);
  for (const char* text : {"", "-1", "+1", " 1", "1 ", "0x1", "1.0", "9223372036854775808",
                           "99999999999999999999999999"}) {
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
  }
}

TEST(Headers, EtagsMustBeDigests) {
  const std::string sha1(40, 'a');
  const std::string sha256(64, '0');
  EXPECT_EQ(parse_digest_etag('"' + sha1 + '"'), sha1);
  EXPECT_EQ(parse_digest_etag("W/\"" + sha256 + '"'), sha256);
  EXPECT_EQ(parse_digest_etag(sha256), sha256);
  for (const std::string& text :
       {std::string(), std::string("\""), std::string("\"\""), std::string(39, 'a'),
        std::string(40, 'A'), std::string(64, 'g'), '"' + sha1, "../" + std::string(37, 'a')}) {
    EXPECT_EQ(parse_digest_etag(text), std::nullopt) << text;
  }
}

TEST(Headers, ContentRanges) {
  const auto range = parse_content_range("bytes 100-199/200");
  ASSERT_TRUE(range);
  EXPECT_EQ(range->first, 100u);
  EXPECT_EQ(range->last, 199u);
  EXPECT_EQ(range->total, 200u);
  EXPECT_EQ(parse_content_range("Bytes 0-0/*")->total, std::nullopt);
  for (const char* text :
       {"", "bytes", "bytes ", "bytes */200", "bytes 5-4/10", "bytes 0-10/10", "bytes 0-9/",
        "bytes 0-9", "bytes -9/10", "bytes 0-/10", "bytes a-b/c", "bytes 0/9-10", "items 0-9/10",
        "bytes 0-9/99999999999999999999", "bytes  0-9/10", "bytes 0-9/10 "}) {
    EXPECT_FALSE(parse_content_range(text)) << text;
  }
}

}  // namespace
}  // namespace undertone::download
