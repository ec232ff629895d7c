#include "server/request_target.hpp"

#include <gtest/gtest.h>
#include <string>

#include "support/expect_api_error.hpp"

namespace undertone::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(RequestTarget, IsAPathAndAQuery) {
  const RequestTarget target = parse_request_target("/emotion_predict?window_s=5&timing=1");
  EXPECT_EQ(target.path, "/emotion_predict");
  EXPECT_THAT(target.query, ElementsAre(Pair("window_s", "5"), Pair("timing", "1")));
  EXPECT_EQ(parse_request_target("/").path, "/");
  EXPECT_THAT(parse_request_target("/?").query, IsEmpty());
}

TEST(RequestTarget, IsDecodedOnce) {
  const RequestTarget target = parse_request_target("/%c3%A4+%2541?%61=b+c%2Bd%26e&f&=g&&h=i=j");
  EXPECT_EQ(target.path, "/ä+%41");
  EXPECT_THAT(target.query,
              ElementsAre(Pair("a", "b c+d&e"), Pair("f", ""), Pair("", "g"), Pair("h", "i=j")));
}

TEST(RequestTarget, MayNameTheServer) {
  EXPECT_EQ(parse_request_target("http://host:8080/v1/model?a=b").path, "/v1/model");
  EXPECT_EQ(parse_request_target("HTTPS://host").path, "/");
  const RequestTarget target = parse_request_target("http://host?a=b");
  EXPECT_EQ(target.path, "/");
  EXPECT_THAT(target.query, ElementsAre(Pair("a", "b")));
  EXPECT_EQ(parse_request_target("*").path, "*");
}

TEST(RequestTarget, RefusesWhatIsMalformed) {
  const auto expect = [](const std::string& target, const std::string& what) {
    EXPECT_API_ERROR(parse_request_target(target), 400, "bad_request", what);
  };
  expect("", "does not begin with '/'");
  expect("?a=b", "does not begin with '/'");
  expect("host:443", "does not begin with '/'");
  expect("ftp://host/", "does not begin with '/'");
  expect("**", "does not begin with '/'");
  expect("http:///x", "no host");
  expect("/%", "begins no escape");
  expect("/%4", "begins no escape");
  expect("/%4g", "begins no escape");
  expect("/?a=%zz", "begins no escape");
  expect("/%00", "control");
  expect("/?a=%0d%0aX", "control");
  expect("/a b", "spaces");
  expect("/a\tb", "spaces");
  expect("/\xc3\xa4", "beyond ASCII");
  expect("/%ff", "not UTF-8");
  expect("/?%c0%af", "not UTF-8");
  expect("/v1%2fmodel", "escaped slash");
  expect("/#top", "'#'");
}

TEST(RequestTarget, HasLimits) {
  EXPECT_EQ(parse_request_target("/" + std::string(kMostTargetBytes - 1, 'x')).path.size(),
            kMostTargetBytes);
  EXPECT_API_ERROR(parse_request_target("/" + std::string(kMostTargetBytes, 'x')), 400,
                   "bad_request", "8193 bytes");
  std::string most = "/?";
  for (std::size_t i = 0; i < kMostQueryParameters; ++i) most += "a&";
  EXPECT_EQ(parse_request_target(most).query.size(), kMostQueryParameters);
  EXPECT_API_ERROR(parse_request_target(most + "a"), 400, "bad_request", "more than 32");
}

}  // namespace
}  // namespace undertone::server
