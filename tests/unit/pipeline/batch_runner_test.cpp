#include "pipeline/batch_runner.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <semaphore>
#include <stdexcept>
#include <string>

namespace undertone::pipeline {
namespace {

TEST(BatchRunner, DeliversInOrderWhateverTheThreads) {
  for (const unsigned threads : {1U, 2U, 3U, 8U}) {
    std::vector<std::string> delivered;
    const std::size_t done = BatchRunner<std::string>(threads, 2)
                                 .run(
                                     100,
                                     [](std::size_t i) {
                                       if (i % 7 == 0) std::this_thread::yield();
                                       return std::to_string(i);
                                     },
                                     [&](std::size_t i, std::string&& text) {
                                       EXPECT_EQ(i, delivered.size());
                                       delivered.push_back(std::move(text));
                                     });
    EXPECT_EQ(done, 100U);
    ASSERT_EQ(delivered.size(), 100U);
    for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(delivered[i], std::to_string(i));
  }
}

TEST(BatchRunner, NothingToDo) {
  EXPECT_EQ(BatchRunner<int>(4).run(
                0, [](std::size_t) { return 0; }, [](std::size_t, int&&) { FAIL(); }),
            0U);
}

// The first item is held back until as many others as may be have begun.
TEST(BatchRunner, LooksAheadOnlySoFar) {
  constexpr unsigned kThreads = 3;
  constexpr std::size_t kLookAhead = 4;
  constexpr std::size_t kRoom = kThreads + kLookAhead;
  std::atomic<std::size_t> begun{0};
  std::atomic<std::size_t> most_ahead{0};
  std::atomic<std::size_t> delivered{0};
  std::counting_semaphore<> last_of_room{0};
  BatchRunner<int>(kThreads, kLookAhead)
      .run(
          50,
          [&](std::size_t i) {
            const std::size_t ahead = ++begun - delivered.load();
            std::size_t seen = most_ahead.load();
            while (seen < ahead && !most_ahead.compare_exchange_weak(seen, ahead)) {
            }
            if (i == kRoom - 1) last_of_room.release();
            if (i == 0) last_of_room.acquire();
            return 0;
          },
          [&](std::size_t, int&&) { ++delivered; });
  EXPECT_EQ(delivered.load(), 50U);
  // `delivered` above is counted a little before the runner counts it, and read a little after an
  // item has begun: one more may seem ahead for each.
  EXPECT_GE(most_ahead.load(), kRoom);
  EXPECT_LE(most_ahead.load(), kRoom + 1);
}

TEST(BatchRunner, FinishesAndDeliversWhatRunsWhenStopped) {
  for (const unsigned threads : {1U, 4U}) {
    std::stop_source source;
    std::atomic<std::size_t> worked{0};
    std::size_t delivered = 0;
    const std::size_t done = BatchRunner<int>(threads).run(
        1000,
        [&](std::size_t i) {
          if (i == 10) source.request_stop();
          ++worked;
          return 0;
        },
        [&](std::size_t i, int&&) { EXPECT_EQ(i, delivered++); }, source.get_token());
    EXPECT_EQ(done, delivered);
    EXPECT_EQ(delivered, worked.load()) << "finished work was lost";
    EXPECT_GE(delivered, 11U);
    EXPECT_LT(delivered, 1000U);
  }
}

TEST(BatchRunner, StoppedBeforeItBegins) {
  std::stop_source source;
  source.request_stop();
  for (const unsigned threads : {1U, 4U}) {
    EXPECT_EQ(BatchRunner<int>(threads).run(
                  10, [](std::size_t) { return 0; }, [](std::size_t, int&&) {}, source.get_token()),
              0U);
  }
}

TEST(BatchRunner, PassesOnWhatIsThrown) {
  for (const unsigned threads : {1U, 4U}) {
    const BatchRunner<int> runner(threads);
    EXPECT_THROW(runner.run(
                     100,
                     [](std::size_t i) {
                       if (i == 5) throw std::runtime_error("work");
                       return 0;
                     },
                     [](std::size_t, int&&) {}),
                 std::runtime_error);
    EXPECT_THROW(runner.run(
                     100, [](std::size_t) { return 0; },
                     [](std::size_t i, int&&) {
                       if (i == 5) throw std::logic_error("deliver");
                     }),
                 std::logic_error);
  }
}

}  // namespace
}  // namespace undertone::pipeline
