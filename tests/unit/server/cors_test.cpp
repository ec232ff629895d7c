#include "server/cors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/expect_error.hpp"

namespace undertone::server {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

constexpr const char* kAllow = "Access-Control-Allow-Origin";

TEST(OriginPolicy, AllowsNoneUnlessTold) {
  const OriginPolicy policy;
  EXPECT_THAT(policy.headers("https://example.org"), IsEmpty());
  EXPECT_THAT(policy.preflight_headers("https://example.org", "GET"), IsEmpty());
}

TEST(OriginPolicy, AllowsThoseOfTheListExactly) {
  const OriginPolicy policy({"https://example.org", "http://localhost:3000"});
  EXPECT_THAT(policy.headers("http://localhost:3000"),
              ElementsAre(Pair("Vary", "Origin"), Pair(kAllow, "http://localhost:3000"),
                          Pair("Access-Control-Expose-Headers", "X-Request-Id, Retry-After")));
  for (const char* other :
       {"http://example.org", "https://example.org:8443", "https://example.org.evil.test",
        "https://www.example.org", "https://example.orgx", "null", "", "http://localhost"}) {
    EXPECT_THAT(policy.headers(other), ElementsAre(Pair("Vary", "Origin"))) << other;
  }
  EXPECT_THAT(policy.headers(std::nullopt), ElementsAre(Pair("Vary", "Origin")));
}

TEST(OriginPolicy, ReadsTheListAsBrowsersWriteOrigins) {
  const OriginPolicy policy({"HTTPS://Example.ORG:443", "http://[::1]:8080", "tauri://localhost"});
  EXPECT_THAT(policy.headers("https://example.org"), Contains(Key(kAllow)));
  EXPECT_THAT(policy.headers("http://[::1]:8080"), Contains(Key(kAllow)));
  EXPECT_THAT(policy.headers("tauri://localhost"), Contains(Key(kAllow)));
}

TEST(OriginPolicy, AllowsAnyIfTold) {
  const OriginPolicy policy({"*"});
  EXPECT_THAT(policy.headers("https://example.org"), Contains(Pair(kAllow, "*")));
  EXPECT_THAT(policy.headers("https://example.org"), Not(Contains(Key("Vary"))));
  EXPECT_TRUE(policy.allows_websocket("https://example.org", "127.0.0.1:8080"));
  EXPECT_TRUE(policy.allows_websocket("null", "127.0.0.1:8080"));
}

TEST(OriginPolicy, AnswersPreflights) {
  const OriginPolicy policy({"https://example.org"});
  EXPECT_THAT(policy.preflight_headers("https://example.org", "POST, OPTIONS"),
              ElementsAre(Pair("Vary", "Origin"), Pair(kAllow, "https://example.org"),
                          Pair("Access-Control-Allow-Methods", "POST, OPTIONS"),
                          Pair("Access-Control-Allow-Headers", "Content-Type, X-Request-Id"),
                          Pair("Access-Control-Max-Age", "600")));
  EXPECT_THAT(policy.preflight_headers("https://evil.test", "POST"),
              ElementsAre(Pair("Vary", "Origin")));
  EXPECT_THAT(OriginPolicy({"*"}).preflight_headers("https://example.org", "POST"),
              Contains(Pair(kAllow, "*")));
}

TEST(OriginPolicy, SaysWhatToWrite) {
  const auto expect = [](const std::string& value, const std::string& advice) {
    try {
      OriginPolicy({value});
      ADD_FAILURE() << value;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      EXPECT_THAT(error.what(), ::testing::HasSubstr("--cors-origin: '" + value + "'"));
      EXPECT_THAT(error.hint(), ::testing::HasSubstr(advice));
    }
  };
  expect("https://example.org/", "Write 'https://example.org'");
  expect("https://example.org:8443/page?x", "Write 'https://example.org:8443'");
  expect("example.org", "Write 'https://example.org'");
  expect("https://*.example.org", "Write it like");
  expect("https://example.org:0", "Write it like");
  expect("https://example.org:65536", "Write it like");
  expect("https://example.org:", "Write it like");
  expect("https://user@example.org", "Write it like");
  expect("https://[::1", "Write it like");
  expect("https://", "Write it like");
  expect("null", "Write");
  expect("", "Write it like");
  expect("https://a\r\nX: y", "Write it like");
}

TEST(WebSocketOrigin, MayBeThisServersOwnPage) {
  const OriginPolicy policy;
  EXPECT_TRUE(policy.allows_websocket(std::nullopt, "127.0.0.1:8080")) << "no browser";
  EXPECT_TRUE(policy.allows_websocket("http://127.0.0.1:8080", "127.0.0.1:8080"));
  EXPECT_TRUE(policy.allows_websocket("https://Example.org", "example.ORG"));
  EXPECT_TRUE(policy.allows_websocket("https://example.org", "example.org:443"));
  EXPECT_TRUE(policy.allows_websocket("http://example.org", "example.org:80"));
  EXPECT_TRUE(policy.allows_websocket("http://[::1]:8080", "[::1]:8080"));
}

TEST(WebSocketOrigin, MayNotBeAnother) {
  const OriginPolicy policy({"https://friend.test"});
  EXPECT_TRUE(policy.allows_websocket("https://friend.test", "127.0.0.1:8080"));
  for (const char* origin :
       {"http://127.0.0.1:8081", "http://127.0.0.1", "http://localhost:8080", "https://evil.test",
        "null", "", "http://127.0.0.1:8080.evil.test", "http://evil.test/127.0.0.1:8080",
        "http://127.0.0.1:8080@evil.test", "file://", "127.0.0.1:8080"}) {
    EXPECT_FALSE(policy.allows_websocket(origin, "127.0.0.1:8080")) << origin;
  }
  EXPECT_FALSE(policy.allows_websocket("https://example.org", "example.org:80"));
  EXPECT_FALSE(policy.allows_websocket("http://example.org", ""));
  EXPECT_FALSE(policy.allows_websocket("http://example.org", "example.org:x"));
}

}  // namespace
}  // namespace undertone::server
