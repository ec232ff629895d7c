// A fixed set of threads that share loops.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

#include "common/function_ref.hpp"

namespace undertone {

// Runs the iterations of a loop on `size()` threads, the caller's among them. Thread-safe: several
// threads may call parallel_for at once, and a body may call it again (the inner loop then shares
// whatever threads are free).
class ThreadPool {
 public:
  // A pool of one has no thread of its own: the caller does all the work. Throws
  // Error(kInvalidArgument) for zero.
  explicit ThreadPool(unsigned threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  unsigned size() const noexcept { return static_cast<unsigned>(workers_.size()) + 1; }

  // Calls body(i) once for each i in [0, count), in no particular order, and returns when all have
  // returned. If a body throws, iterations not yet begun are skipped and the first exception is
  // thrown again here.
  void parallel_for(std::size_t count, FunctionRef<void(std::size_t)> body);

 private:
  struct Loop;

  void work();
  static void run(Loop& loop);

  std::mutex mutex_;
  std::condition_variable loop_added_;
  std::condition_variable loop_left_;
  std::vector<Loop*> loops_;  // those that may still have iterations to hand out
  bool stopping_ = false;
  std::vector<std::thread> workers_;
};

// The number of threads this process may run on at once (its CPU affinity), at least 1.
unsigned available_threads();

}  // namespace undertone
