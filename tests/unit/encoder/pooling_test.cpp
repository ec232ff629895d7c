#include "encoder/pooling.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>

namespace undertone::encoder {
namespace {

TEST(FramePool, TheMeanWeighsEveryFrameTheSame) {
  const float first[] = {1, 10, 2, 20, 3, 30};
  const float second[] = {10, 100};
  FramePool pool(Pooling::kMean, 2);
  EXPECT_EQ(pool.values(), (std::vector<float>{0, 0}));
  pool.add({first, 3, 2});
  pool.add({second, 1, 2});
  EXPECT_EQ(pool.frames(), 4U);
  EXPECT_EQ(pool.values(), (std::vector<float>{4, 40}));
}

TEST(FramePool, TheDeviationIsThatOfThePopulation) {
  const float first[] = {2, 5, 4, 5, 4, 5};
  const float second[] = {4, 5, 5, 5, 5, 5, 7, 5, 9, 5};
  FramePool pool(Pooling::kMeanStd, 2);
  EXPECT_EQ(pool.values(), (std::vector<float>{0, 0, 0, 0}));
  pool.add({first, 3, 2});
  pool.add({second, 0, 2});
  pool.add({second, 5, 2});
  EXPECT_EQ(pool.values(), (std::vector<float>{5, 5, 2, 0}));
}

TEST(FramePool, OneFrameDeviatesByNothing) {
  const float frame[] = {3, -1};
  FramePool pool(Pooling::kMeanStd, 2);
  pool.add({frame, 1, 2});
  EXPECT_EQ(pool.values(), (std::vector<float>{3, -1, 0, 0}));
}

// However the frames are cut into windows, and however far their mean is from zero.
TEST(FramePool, WindowsCostNoDigits) {
  std::mt19937 random(5);
  std::normal_distribution<float> noise(0.0F, 0.25F);
  constexpr std::size_t kFrames = 997;
  constexpr std::size_t kDimension = 3;
  std::vector<float> frames(kFrames * kDimension);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    frames[i] = (i % kDimension == 0 ? 100000.0F : 0.5F) + noise(random);
  }
  std::vector<double> expected(2 * kDimension, 0.0);
  for (std::size_t d = 0; d < kDimension; ++d) {
    long double sum = 0;
    for (std::size_t t = 0; t < kFrames; ++t) sum += frames[t * kDimension + d];
    const long double mean = sum / kFrames;
    long double squares = 0;
    for (std::size_t t = 0; t < kFrames; ++t) {
      const long double deviation = frames[t * kDimension + d] - mean;
      squares += deviation * deviation;
    }
    expected[d] = static_cast<double>(mean);
    expected[kDimension + d] = static_cast<double>(std::sqrt(squares / kFrames));
  }
  for (const std::size_t window : {std::size_t{1}, std::size_t{7}, std::size_t{500}, kFrames}) {
    FramePool pool(Pooling::kMeanStd, kDimension);
    FramePool mean(Pooling::kMean, kDimension);
    for (std::size_t t = 0; t < kFrames; t += window) {
      const tensor::MatrixView<const float> view(frames.data() + t * kDimension,
                                                 std::min(window, kFrames - t), kDimension);
      pool.add(view);
      mean.add(view);
    }
    const std::vector<float> values = pool.values();
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_NEAR(values[i] / expected[i], 1.0, 2e-7) << window << ' ' << i;
    }
    EXPECT_EQ(mean.values(), std::vector<float>(values.begin(), values.begin() + kDimension));
  }
}

TEST(FramePool, WhatIsNotANumberShows) {
  const float frames[] = {1, std::numeric_limits<float>::quiet_NaN(), 2, 3};
  FramePool pool(Pooling::kMeanStd, 2);
  pool.add({frames, 2, 2});
  const std::vector<float> values = pool.values();
  EXPECT_TRUE(std::isnan(values[1]));
  EXPECT_TRUE(std::isnan(values[3]));
  EXPECT_EQ(values[0], 1.5F);
  EXPECT_EQ(values[2], 0.5F);
}

TEST(Pooling, HasAName) {
  EXPECT_EQ(find_pooling("mean"), Pooling::kMean);
  EXPECT_EQ(find_pooling("mean+std"), Pooling::kMeanStd);
  EXPECT_EQ(find_pooling("max"), std::nullopt);
  EXPECT_EQ(to_string(Pooling::kMeanStd), "mean+std");
  EXPECT_EQ(pooled_size(Pooling::kMeanStd, 8), 16U);
}

}  // namespace
}  // namespace undertone::encoder
