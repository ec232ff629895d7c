#include "server/inference_pool.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <gtest/gtest.h>
#include <semaphore>
#include <thread>

namespace undertone::server {
namespace {

// Keeps a worker busy until it is let go.
class Blocker {
 public:
  InferencePool::Job job() {
    return [this](const JobStart&) {
      begun_.release();
      go_.acquire();
    };
  }
  void await_begin() { begun_.acquire(); }
  void let_go() { go_.release(); }

 private:
  std::counting_semaphore<64> begun_{0};
  std::counting_semaphore<64> go_{0};
};

TEST(InferencePool, RunsInTheOrderOfSubmission) {
  std::vector<int> order;
  {
    InferencePool pool(1, 100);
    Blocker blocker;
    ASSERT_TRUE(pool.submit(blocker.job()));
    blocker.await_begin();
    std::promise<void> done;
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE(pool.submit([&, i](const JobStart&) {
        order.push_back(i);
        if (i == 19) done.set_value();
      }));
    }
    blocker.let_go();
    done.get_future().wait();
  }
  for (int i = 0; i < 20; ++i) EXPECT_EQ(order.at(static_cast<std::size_t>(i)), i);
}

TEST(InferencePool, RefusesWhatTheQueueCannotHold) {
  InferencePool pool(2, 3);
  Blocker blocker;
  ASSERT_TRUE(pool.submit(blocker.job()));
  ASSERT_TRUE(pool.submit(blocker.job()));
  blocker.await_begin();
  blocker.await_begin();
  std::atomic<int> ran{0};
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(pool.submit([&](const JobStart&) { ++ran; }));
  EXPECT_FALSE(pool.submit([&](const JobStart&) { ran += 100; }));
  EXPECT_EQ(pool.waiting(), 3U);
  EXPECT_EQ(pool.running(), 2U);
  std::promise<void> done;
  blocker.let_go();
  blocker.let_go();
  while (!pool.submit([&](const JobStart&) { done.set_value(); })) std::this_thread::yield();
  done.get_future().wait();
  EXPECT_LT(ran, 100);
}

TEST(InferencePool, WithoutAQueueFreeWorkersAreStillUsed) {
  InferencePool pool(2, 0);
  Blocker blocker;
  EXPECT_TRUE(pool.submit(blocker.job()));
  EXPECT_TRUE(pool.submit(blocker.job()));
  blocker.await_begin();
  blocker.await_begin();
  EXPECT_FALSE(pool.submit(blocker.job()));
  blocker.let_go();
  blocker.let_go();
}

TEST(InferencePool, TellsWhoIsAlone) {
  InferencePool pool(2, 10);
  Blocker blocker;
  std::promise<bool> first;
  ASSERT_TRUE(pool.submit([&](const JobStart& start) {
    first.set_value(start.alone);
    blocker.job()(start);
  }));
  EXPECT_TRUE(first.get_future().get());
  blocker.await_begin();
  std::promise<bool> second;
  ASSERT_TRUE(pool.submit([&](const JobStart& start) { second.set_value(start.alone); }));
  EXPECT_FALSE(second.get_future().get());
  blocker.let_go();
}

TEST(InferencePool, ACancelledJobThatWaitsIsNeverBegun) {
  std::atomic<bool> begun{false};
  {
    InferencePool pool(1, 10);
    Blocker blocker;
    ASSERT_TRUE(pool.submit(blocker.job()));
    blocker.await_begin();
    InferencePool::Ticket ticket;
    auto held = std::make_shared<int>(1);
    const std::weak_ptr<int> watched = held;
    ASSERT_TRUE(pool.submit([&begun, held](const JobStart&) { begun = true; }, &ticket));
    held.reset();
    ticket.cancel();
    EXPECT_EQ(pool.waiting(), 0U);
    EXPECT_TRUE(watched.expired());  // what it held is free at once
    std::promise<void> done;
    ASSERT_TRUE(pool.submit([&](const JobStart&) { done.set_value(); }));
    blocker.let_go();
    done.get_future().wait();
  }
  EXPECT_FALSE(begun);
}

TEST(InferencePool, ACancelledJobThatRunsIsAskedToStop) {
  InferencePool pool(1, 10);
  std::promise<void> begun;
  std::promise<bool> stopped;
  InferencePool::Ticket ticket;
  ASSERT_TRUE(pool.submit(
      [&](const JobStart& start) {
        begun.set_value();
        while (!start.stop.stop_requested()) std::this_thread::yield();
        stopped.set_value(true);
      },
      &ticket));
  begun.get_future().wait();
  ticket.cancel();
  EXPECT_TRUE(stopped.get_future().get());
  ticket.cancel();  // again, and after its end: nothing
}

TEST(InferencePool, StoppingDropsWhatWaitsAndStopsWhatRuns) {
  InferencePool pool(1, 10);
  std::promise<void> begun;
  std::atomic<bool> dropped{true};
  ASSERT_TRUE(pool.submit([&](const JobStart& start) {
    begun.set_value();
    while (!start.stop.stop_requested()) std::this_thread::yield();
  }));
  begun.get_future().wait();
  ASSERT_TRUE(pool.submit([&](const JobStart&) { dropped = false; }));
  pool.stop();
  EXPECT_TRUE(dropped);
  EXPECT_FALSE(pool.submit([](const JobStart&) {}));
  EXPECT_EQ(pool.running(), 0U);
}

TEST(InferencePool, ManyThreadsSubmitAndCancel) {
  std::atomic<int> ran{0};
  std::atomic<int> admitted{0};
  InferencePool pool(3, 50);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 500; ++i) {
          InferencePool::Ticket ticket;
          if (pool.submit([&](const JobStart&) { ++ran; }, &ticket)) ++admitted;
          if ((i + t) % 3 == 0) ticket.cancel();
        }
      });
    }
  }
  while (pool.waiting() + pool.running() > 0) std::this_thread::yield();
  EXPECT_LE(ran, admitted);
  EXPECT_GT(ran, 0);
}

}  // namespace
}  // namespace undertone::server
