#include "pipeline/resource_pool.hpp"

#include <gtest/gtest.h>

namespace undertone::pipeline {
namespace {

TEST(ResourcePool, LendsEachToOneAndUsesThemAgain) {
  ResourcePool<int> pool;
  const int* first = nullptr;
  const int* second = nullptr;
  {
    const auto a = pool.borrow();
    const auto b = pool.borrow();
    first = &*a;
    second = &*b;
    EXPECT_NE(first, second);
  }
  const auto c = pool.borrow();
  const auto d = pool.borrow();
  EXPECT_TRUE((&*c == first && &*d == second) || (&*c == second && &*d == first));
}

}  // namespace
}  // namespace undertone::pipeline
