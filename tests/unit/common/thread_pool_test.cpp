#include "common/thread_pool.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <numeric>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/expect_error.hpp"

namespace undertone {
namespace {

TEST(ThreadPool, RunsEveryIterationOnce) {
  for (const unsigned threads : {1U, 2U, 5U}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.size(), threads);
    for (const std::size_t count : {0U, 1U, 2U, 1000U}) {
      std::vector<std::atomic<int>> visits(count);
      pool.parallel_for(count, [&](std::size_t i) { ++visits[i]; });
      for (const auto& v : visits) EXPECT_EQ(v, 1);
    }
  }
}

TEST(ThreadPool, UsesItsThreads) {
  ThreadPool pool(2);
  // Each iteration waits until the other has begun: only two threads can finish this.
  std::atomic<int> begun{0};
  pool.parallel_for(2, [&](std::size_t) {
    ++begun;
    while (begun < 2) std::this_thread::yield();
  });
  EXPECT_EQ(begun, 2);
}

TEST(ThreadPool, PassesTheFirstExceptionOnAndStaysUsable) {
  ThreadPool pool(3);
  EXPECT_THROW(pool.parallel_for(100,
                                 [](std::size_t i) {
                                   if (i == 7) throw std::runtime_error("seven");
                                 }),
               std::runtime_error);
  std::atomic<std::size_t> sum{0};
  pool.parallel_for(10, [&](std::size_t i) { sum += i; });
  EXPECT_EQ(sum, 45U);
}

TEST(ThreadPool, LoopsMayBeNestedAndConcurrent) {
  ThreadPool pool(3);
  std::atomic<int> inner{0};
  const auto outer = [&] {
    pool.parallel_for(8, [&](std::size_t) { pool.parallel_for(8, [&](std::size_t) { ++inner; }); });
  };
  std::thread other(outer);
  outer();
  other.join();
  EXPECT_EQ(inner, 128);
}

TEST(ThreadPool, RefusesNoThreads) {
  EXPECT_UNDERTONE_ERROR(ThreadPool(0), ErrorCode::kInvalidArgument, "at least one");
  EXPECT_GE(available_threads(), 1U);
}

}  // namespace
}  // namespace undertone
