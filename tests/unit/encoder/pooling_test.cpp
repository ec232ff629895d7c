#include "encoder/pooling.hpp"

#include <gtest/gtest.h>

namespace undertone::encoder {
namespace {

TEST(MeanPool, WeighsEveryFrameTheSame) {
  const float first[] = {1, 10, 2, 20, 3, 30};
  const float second[] = {10, 100};
  MeanPool pool(2);
  EXPECT_EQ(pool.mean(), (std::vector<float>{0, 0}));
  pool.add({first, 3, 2});
  pool.add({second, 1, 2});
  EXPECT_EQ(pool.frames(), 4U);
  EXPECT_EQ(pool.mean(), (std::vector<float>{4, 40}));
}

}  // namespace
}  // namespace undertone::encoder
