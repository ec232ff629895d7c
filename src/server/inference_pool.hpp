// The threads that hear recordings, and the bounded queue before them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace undertone::server {

// What a job learns when it begins.
struct JobStart {
  // Nothing else is running or waiting: the job may use every core.
  bool alone = true;
  std::chrono::steady_clock::duration waited{};
  std::stop_token stop;  // the job's result is no longer wanted
};

// A fixed number of workers before which at most so many jobs wait, first come, first served.
// Thread-safe. A job must not throw.
class InferencePool {
 public:
  using Job = std::function<void(const JobStart&)>;

  // What submit() returns: a job that waits or runs. Letting go of it does not end the job.
  class Ticket {
   public:
    // The result is no longer wanted: a job that waits is never begun (nor is anything told to
    // it), one that runs is asked to stop.
    void cancel();

   private:
    friend class InferencePool;
    struct Entry;
    std::weak_ptr<Entry> entry_;
    InferencePool* pool_ = nullptr;
  };

  // REQUIRES: workers >= 1.
  InferencePool(unsigned workers, std::size_t queue_limit);
  // As stop().
  ~InferencePool();
  InferencePool(const InferencePool&) = delete;
  InferencePool& operator=(const InferencePool&) = delete;

  // False where the queue is full or the pool has stopped; then the job is never run. The ticket
  // must not be used beyond the life of the pool.
  bool submit(Job job, Ticket* ticket = nullptr);

  std::size_t waiting() const;
  std::size_t running() const;

  // Drops what waits, asks what runs to stop, and waits for it. Nothing is admitted any more.
  void stop();

 private:
  void work();
  void cancel(const std::shared_ptr<Ticket::Entry>& entry);

  mutable std::mutex mutex_;
  std::condition_variable job_added_;
  std::list<std::shared_ptr<Ticket::Entry>> queue_;
  std::vector<std::shared_ptr<Ticket::Entry>> running_;
  std::size_t queue_limit_;
  bool stopping_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace undertone::server
