#include "server/inference_pool.hpp"

#include <algorithm>
#include <utility>

namespace undertone::server {

struct InferencePool::Ticket::Entry {
  Job job;
  std::stop_source stop;
  std::chrono::steady_clock::time_point submitted;
};

void InferencePool::Ticket::cancel() {
  if (const auto entry = entry_.lock()) pool_->cancel(entry);
}

InferencePool::InferencePool(unsigned workers, std::size_t queue_limit)
    : queue_limit_(queue_limit) {
  for (unsigned i = 0; i < workers; ++i) workers_.emplace_back([this] { work(); });
}

InferencePool::~InferencePool() { stop(); }

bool InferencePool::submit(Job job, Ticket* ticket) {
  const auto entry = std::make_shared<Ticket::Entry>();
  entry->job = std::move(job);
  entry->submitted = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock(mutex_);
    // A job that a free worker will take at once does not wait.
    const std::size_t free = workers_.size() - running_.size();
    if (stopping_ || queue_.size() >= queue_limit_ + free) return false;
    queue_.push_back(entry);
    if (ticket != nullptr) {
      ticket->entry_ = entry;
      ticket->pool_ = this;
    }
  }
  job_added_.notify_one();
  return true;
}

void InferencePool::cancel(const std::shared_ptr<Ticket::Entry>& entry) {
  std::shared_ptr<Ticket::Entry> dropped;  // its job is destroyed outside of the lock
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::find(queue_.begin(), queue_.end(), entry);
    if (found != queue_.end()) {
      dropped = std::move(*found);
      queue_.erase(found);
    }
  }
  entry->stop.request_stop();
}

std::size_t InferencePool::waiting() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

std::size_t InferencePool::running() const {
  const std::lock_guard lock(mutex_);
  return running_.size();
}

void InferencePool::stop() {
  std::list<std::shared_ptr<Ticket::Entry>> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(queue_);
    for (const auto& entry : running_) entry->stop.request_stop();
  }
  job_added_.notify_all();
  for (std::thread& worker : workers_) {
    if (worker.joinable()) worker.join();
  }
}

void InferencePool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    job_added_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    std::shared_ptr<Ticket::Entry> entry = std::move(queue_.front());
    queue_.pop_front();
    const JobStart start{running_.empty() && queue_.empty(),
                         std::chrono::steady_clock::now() - entry->submitted,
                         entry->stop.get_token()};
    running_.push_back(entry);
    lock.unlock();
    entry->job(start);
    entry->job = nullptr;  // what it holds is let go by the thread that ran it
    lock.lock();
    std::erase(running_, entry);
  }
}

}  // namespace undertone::server
