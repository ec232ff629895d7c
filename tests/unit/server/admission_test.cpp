#include "server/admission.hpp"

#include <gtest/gtest.h>
#include <optional>
#include <thread>
#include <vector>

namespace undertone::server {
namespace {

TEST(ClientCounter, CountsEachClientByItself) {
  ClientCounter counter(2);
  auto a = counter.enter("a");
  auto second = counter.enter("a");
  EXPECT_TRUE(a);
  EXPECT_TRUE(second);
  EXPECT_FALSE(counter.enter("a"));
  EXPECT_TRUE(counter.enter("b"));
  second = {};
  EXPECT_TRUE(counter.enter("a"));
}

TEST(ClientCounter, APlaceThatMovesIsHeldOnce) {
  ClientCounter counter(1);
  {
    ClientCounter::Place outer;
    {
      auto place = counter.enter("a");
      outer = std::move(place);
    }
    EXPECT_FALSE(counter.enter("a"));
  }
  EXPECT_TRUE(counter.enter("a"));
}

TEST(Budget, GivesNoMoreThanThereIs) {
  Budget budget(10);
  auto six = budget.take(6);
  EXPECT_TRUE(six);
  EXPECT_FALSE(budget.take(5));
  auto four = budget.take(4);
  EXPECT_TRUE(four);
  EXPECT_EQ(budget.taken(), 10U);
  six = {};
  EXPECT_EQ(budget.taken(), 4U);
  EXPECT_FALSE(budget.take(static_cast<std::size_t>(-1)));
  EXPECT_TRUE(budget.take(6));
}

TEST(Budget, NothingIsLostBetweenThreads) {
  Budget budget(7);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&budget] {
        for (int i = 0; i < 2000; ++i) {
          auto share = budget.take(3);
          EXPECT_LE(budget.taken(), 7U);
        }
      });
    }
  }
  EXPECT_EQ(budget.taken(), 0U);
}

}  // namespace
}  // namespace undertone::server
