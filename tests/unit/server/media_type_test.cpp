#include "server/media_type.hpp"

#include <gtest/gtest.h>
#include <string>

#include "support/expect_api_error.hpp"

namespace undertone::server {
namespace {

TEST(MediaType, TakesNameAndParametersApart) {
  const MediaType type = parse_media_type(" Audio/WebM ; Codecs=\"opus, \\\"x\\\"\" ;; a=b ; ");
  EXPECT_EQ(type.name, "audio/webm");
  ASSERT_EQ(type.parameters.size(), 2U);
  EXPECT_EQ(*type.parameter("codecs"), "opus, \"x\"");
  EXPECT_EQ(*type.parameter("a"), "b");
  EXPECT_EQ(type.parameter("boundary"), nullptr);
}

TEST(MediaType, UnescapesAsHttpDoes) {
  EXPECT_EQ(*parse_media_type("a/b; c=\"%22\\d\"").parameter("c"), "%22d");
}

TEST(MediaType, RefusesWhatIsNone) {
  for (const char* text : {"", "audio", "audio/", "/wav", "audio/wav/x", "au dio/wav",
                           "audio/w\xc3", "audio wav", ";a=b", "*"}) {
    EXPECT_API_ERROR(parse_media_type(text), 400, "bad_request", "type/subtype");
  }
  EXPECT_API_ERROR(parse_media_type("a/b; c"), 400, "bad_request", "'c' has no value");
  EXPECT_API_ERROR(parse_media_type("a/b; c=\"d"), 400, "bad_request", "do not end");
  EXPECT_API_ERROR(parse_media_type("a/b; c=\"d\\"), 400, "bad_request", "do not end");
  EXPECT_API_ERROR(parse_media_type("a/b; c=d e=f"), 400, "bad_request", "';' is missing");
  EXPECT_API_ERROR(parse_media_type("a/b\r\nX: y"), 400, "bad_request", "control");
  EXPECT_API_ERROR(parse_media_type(std::string("a/b; c=\"\0\"", 10)), 400, "bad_request",
                   "control");
}

}  // namespace
}  // namespace undertone::server
