#include "server/http_date.hpp"

#include <gtest/gtest.h>

namespace undertone::server {
namespace {

TEST(HttpDate, IsAsTheStandardsExample) {
  EXPECT_EQ(http_date(std::chrono::system_clock::from_time_t(784111777)),
            "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date(std::chrono::system_clock::from_time_t(951782400)),
            "Tue, 29 Feb 2000 00:00:00 GMT");
}

}  // namespace
}  // namespace undertone::server
