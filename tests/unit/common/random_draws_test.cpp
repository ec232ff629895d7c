#include "common/random_draws.hpp"

#include <gtest/gtest.h>

namespace undertone {
namespace {

TEST(RandomDraws, AreBoundedAndEven) {
  std::mt19937_64 random(1);
  std::vector<int> count(7, 0);
  for (int i = 0; i < 7000; ++i) ++count.at(draw_below(7, random));
  for (const int c : count) EXPECT_NEAR(c, 1000, 150);
  EXPECT_EQ(draw_below(1, random), 0U);
}

TEST(RandomDraws, ShuffleReachesEveryOrder) {
  std::mt19937_64 random(1);
  std::vector<int> count(6, 0);
  for (int i = 0; i < 6000; ++i) {
    std::vector<int> values = {0, 1, 2};
    shuffle(values, random);
    ++count.at(2 * values[0] + (values[1] > values[2] ? 1 : 0));
  }
  for (const int c : count) EXPECT_NEAR(c, 1000, 150);
}

}  // namespace
}  // namespace undertone
