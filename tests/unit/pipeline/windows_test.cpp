#include "pipeline/windows.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <numeric>
#include <vector>

namespace undertone::pipeline {
namespace {

// Gives 0, 1, 2, ... up to `length`, as many as asked for.
struct Counter {
  std::size_t length;
  std::size_t given = 0;
  std::size_t largest_request = 0;

  std::size_t operator()(std::span<float> out) {
    largest_request = std::max(largest_request, out.size());
    const std::size_t count = std::min(out.size(), length - given);
    for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<float>(given + i);
    given += count;
    return count;
  }
};

std::vector<std::size_t> window_sizes(const WindowRule& rule, std::size_t length) {
  Counter counter{length};
  std::vector<std::size_t> sizes;
  std::size_t next = 0;
  std::size_t heard = 0;
  const WindowCounts counts = for_each_window(
      rule, counter,
      [&](std::span<const float> samples) {
        for (const float sample : samples) EXPECT_EQ(sample, static_cast<float>(heard++));
      },
      [&](std::span<const float> window) {
        sizes.push_back(window.size());
        for (const float sample : window) EXPECT_EQ(sample, static_cast<float>(next++));
      });
  EXPECT_EQ(next, length);
  EXPECT_EQ(heard, length);
  EXPECT_EQ(counts.samples, length);
  EXPECT_EQ(counts.windows, sizes.size());
  return sizes;
}

using Sizes = std::vector<std::size_t>;

TEST(Windows, AShortRecordingIsOneWindow) {
  const WindowRule rule{.window = 100, .shortest_tail = 10};
  EXPECT_EQ(window_sizes(rule, 0), Sizes{});
  EXPECT_EQ(window_sizes(rule, 1), Sizes{1});
  EXPECT_EQ(window_sizes(rule, 99), Sizes{99});
  EXPECT_EQ(window_sizes(rule, 100), Sizes{100});
}

TEST(Windows, AWindowIsShortenedWhereWithTheTailItWereTooLong) {
  const WindowRule rule{.window = 100, .shortest_tail = 10, .longest = 104};
  EXPECT_EQ(window_sizes(rule, 100), Sizes{100});
  EXPECT_EQ(window_sizes(rule, 104), Sizes{104});
  EXPECT_EQ(window_sizes(rule, 105), (Sizes{95, 10}));
  EXPECT_EQ(window_sizes(rule, 109), (Sizes{99, 10}));
  EXPECT_EQ(window_sizes(rule, 110), (Sizes{100, 10}));
  EXPECT_EQ(window_sizes(rule, 205), (Sizes{100, 95, 10}));
  EXPECT_EQ(window_sizes({.window = 100, .shortest_tail = 10, .longest = 100}, 101),
            (Sizes{91, 10}));
}

TEST(Windows, AShortTailJoinsTheWindowBeforeIt) {
  const WindowRule rule{.window = 100, .shortest_tail = 10};
  EXPECT_EQ(window_sizes(rule, 101), Sizes{101});
  EXPECT_EQ(window_sizes(rule, 109), Sizes{109});
  EXPECT_EQ(window_sizes(rule, 110), (Sizes{100, 10}));
  EXPECT_EQ(window_sizes(rule, 111), (Sizes{100, 11}));
  EXPECT_EQ(window_sizes(rule, 209), (Sizes{100, 109}));
  EXPECT_EQ(window_sizes(rule, 210), (Sizes{100, 100, 10}));
}

TEST(Windows, EveryLengthKeepsTheRule) {
  const WindowRule rule{.window = 20, .shortest_tail = 5};
  for (std::size_t length = 1; length < 150; ++length) {
    const Sizes sizes = window_sizes(rule, length);
    ASSERT_EQ(std::accumulate(sizes.begin(), sizes.end(), std::size_t{0}), length);
    for (std::size_t i = 0; i + 1 < sizes.size(); ++i) ASSERT_EQ(sizes[i], rule.window);
    ASSERT_LT(sizes.back(), rule.window + rule.shortest_tail);
    if (sizes.size() > 1) {
      ASSERT_GE(sizes.back(), rule.shortest_tail);
    }
  }
}

TEST(Windows, AsksForLittleAtATime) {
  Counter counter{16000 * 70};
  for_each_window(
      {}, counter, [](auto) {}, [](auto) {});
  EXPECT_LE(counter.largest_request, 16000U * 5);
}

}  // namespace
}  // namespace undertone::pipeline
