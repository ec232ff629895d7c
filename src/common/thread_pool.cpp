#include "common/thread_pool.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <sched.h>

#include <undertone/error.hpp>

namespace undertone {

struct ThreadPool::Loop {
  std::size_t count;
  FunctionRef<void(std::size_t)> body;
  std::atomic<std::size_t> next{0};
  std::atomic<bool> failed{false};
  std::exception_ptr failure{};  // written once, by whoever turns `failed` to true
  unsigned visitors = 0;         // workers inside run(); guarded by the pool's mutex
};

ThreadPool::ThreadPool(unsigned threads) {
  if (threads == 0) {
    throw Error(ErrorCode::kInvalidArgument, "a thread pool needs at least one thread");
  }
  workers_.reserve(threads - 1);
  for (unsigned i = 1; i < threads; ++i) workers_.emplace_back([this] { work(); });
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  loop_added_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::run(Loop& loop) {
  for (;;) {
    const std::size_t i = loop.next.fetch_add(1, std::memory_order_relaxed);
    if (i >= loop.count || loop.failed.load(std::memory_order_relaxed)) return;
    try {
      loop.body(i);
    } catch (...) {
      if (!loop.failed.exchange(true)) loop.failure = std::current_exception();
    }
  }
}

void ThreadPool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    loop_added_.wait(lock, [this] { return stopping_ || !loops_.empty(); });
    if (stopping_) return;
    Loop* loop = loops_.back();
    if (loop->next.load(std::memory_order_relaxed) >= loop->count) {
      std::erase(loops_, loop);
      continue;
    }
    ++loop->visitors;
    lock.unlock();
    run(*loop);
    lock.lock();
    std::erase(loops_, loop);
    if (--loop->visitors == 0) loop_left_.notify_all();
  }
}

void ThreadPool::parallel_for(std::size_t count, FunctionRef<void(std::size_t)> body) {
  Loop loop{.count = count, .body = body};
  const bool shared = count > 1 && !workers_.empty();
  if (shared) {
    {
      const std::lock_guard lock(mutex_);
      loops_.push_back(&loop);
    }
    const std::size_t helpers = std::min(count - 1, workers_.size());
    for (std::size_t i = 0; i < helpers; ++i) loop_added_.notify_one();
  }
  run(loop);
  if (shared) {
    std::unique_lock lock(mutex_);
    std::erase(loops_, &loop);
    loop_left_.wait(lock, [&loop] { return loop.visitors == 0; });
  }
  if (loop.failed) std::rethrow_exception(loop.failure);
}

unsigned available_threads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    return std::max(1U, static_cast<unsigned>(CPU_COUNT(&set)));
  }
  return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace undertone
