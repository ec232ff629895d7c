// Many items on several threads, results in order.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <map>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "common/function_ref.hpp"

namespace undertone::pipeline {

// Calls work(i) for i in [0, count) on `threads` threads and deliver(i, result) on the caller's, in
// the order of i, each as soon as all before it are done. At most threads + `look_ahead` items are
// begun and not yet delivered, so memory does not grow with `count`. One item after another on the
// caller's thread if `threads` is 1.
//
// Once `stop` is requested no further item is begun; those running are finished and delivered.
// If work or deliver throws, no further item is begun, and the first exception is thrown again when
// those running are done. Returns how many items were delivered.
template <class Result>
class BatchRunner {
 public:
  using Work = FunctionRef<Result(std::size_t)>;
  using Deliver = FunctionRef<void(std::size_t, Result&&)>;

  explicit BatchRunner(unsigned threads, std::size_t look_ahead = 16)
      : threads_(std::max(1U, threads)), look_ahead_(look_ahead) {}

  std::size_t run(std::size_t count, Work work, Deliver deliver, std::stop_token stop = {}) const {
    if (threads_ == 1 || count <= 1) {
      for (std::size_t i = 0; i < count; ++i) {
        if (stop.stop_requested()) return i;
        deliver(i, work(i));
      }
      return count;
    }
    Batch batch{.count = count, .room = threads_ + look_ahead_, .work = work};
    const std::stop_callback on_stop(stop, [&batch] { batch.stop(); });
    std::vector<std::jthread> workers;
    const auto size = std::min<std::size_t>(threads_, count);
    for (std::size_t t = 0; t < size; ++t) workers.emplace_back([&batch] { batch.work_through(); });
    try {
      batch.deliver_all(deliver);
    } catch (...) {
      batch.stop();
      throw;  // the workers are joined on the way out, while the batch is still there
    }
    workers.clear();
    if (batch.failure) std::rethrow_exception(batch.failure);
    return batch.delivered;
  }

 private:
  struct Batch {
    std::size_t count;
    std::size_t room;
    Work work;
    std::mutex mutex{};
    std::condition_variable room_made{};
    std::condition_variable result_added{};
    std::map<std::size_t, Result> results{};
    std::size_t next = 0;       // to begin
    std::size_t delivered = 0;  // all before it are
    std::size_t running = 0;
    bool stopping = false;
    std::exception_ptr failure{};

    void stop() {
      const std::lock_guard lock(mutex);
      stopping = true;
      room_made.notify_all();
      result_added.notify_all();
    }

    void work_through() {
      std::unique_lock lock(mutex);
      for (;;) {
        room_made.wait(lock,
                       [this] { return stopping || next >= count || next < delivered + room; });
        if (stopping || next >= count) return;
        const std::size_t i = next++;
        ++running;
        lock.unlock();
        try {
          Result result = work(i);
          lock.lock();
          results.emplace(i, std::move(result));
        } catch (...) {
          if (!lock.owns_lock()) lock.lock();
          if (!failure) failure = std::current_exception();
          stopping = true;
          room_made.notify_all();
        }
        --running;
        result_added.notify_one();
      }
    }

    void deliver_all(Deliver deliver) {
      std::unique_lock lock(mutex);
      for (;;) {
        // Items are begun in order, so once none is running all that were begun can be delivered.
        const auto nothing_will_come = [this] {
          return running == 0 && (stopping || next >= count);
        };
        result_added.wait(
            lock, [&] { return failure || results.contains(delivered) || nothing_will_come(); });
        const auto found = results.find(delivered);
        if (failure || found == results.end()) return;
        Result result = std::move(found->second);
        results.erase(found);
        lock.unlock();
        deliver(delivered, std::move(result));
        lock.lock();
        ++delivered;
        room_made.notify_one();
      }
    }
  };

  unsigned threads_;
  std::size_t look_ahead_;
};

}  // namespace undertone::pipeline
