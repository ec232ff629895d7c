#include "server/request_id.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>
#include <string>

namespace undertone::server {
namespace {

TEST(RequestId, IsTheClientsIfThatIsUsable) {
  EXPECT_EQ(request_id("a"), "a");
  EXPECT_EQ(request_id("Az09._-"), "Az09._-");
  EXPECT_EQ(request_id(std::string(64, 'x')), std::string(64, 'x'));
}

TEST(RequestId, IsNewOtherwise) {
  for (const std::string& text :
       {std::string(), std::string(65, 'x'), std::string("a b"), std::string("a\r\nX: y"),
        std::string("a\"b"), std::string("ä"), std::string("a\0", 2), std::string("a/b")}) {
    EXPECT_THAT(request_id(text), ::testing::MatchesRegex("[0-9a-f]{32}"));
  }
}

TEST(RequestId, IsNewEachTime) {
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) ids.insert(request_id(""));
  EXPECT_EQ(ids.size(), 1000U);
}

}  // namespace
}  // namespace undertone::server
