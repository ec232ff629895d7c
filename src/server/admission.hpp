// How much one client, and all of them together, may have under way.
#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace undertone::server {

// Counts by client. Thread-safe. Memory is that of the clients which hold something now.
class ClientCounter {
 public:
  // Holds one of a client's places while it lives. Must not outlive the counter.
  class Place {
   public:
    Place() = default;
    Place(ClientCounter& counter, std::string client)
        : counter_(&counter), client_(std::move(client)) {}
    Place(Place&& other) noexcept
        : counter_(std::exchange(other.counter_, nullptr)), client_(std::move(other.client_)) {}
    Place& operator=(Place&& other) noexcept {
      std::swap(counter_, other.counter_);
      std::swap(client_, other.client_);
      return *this;
    }
    ~Place() {
      if (counter_ != nullptr) counter_->leave(client_);
    }

    explicit operator bool() const noexcept { return counter_ != nullptr; }

   private:
    ClientCounter* counter_ = nullptr;
    std::string client_;
  };

  explicit ClientCounter(unsigned limit) : limit_(limit) {}

  // An empty place where the client has as many as it may.
  Place enter(const std::string& client) {
    const std::lock_guard lock(mutex_);
    unsigned& count = counts_[client];
    if (count >= limit_) return {};
    ++count;
    return {*this, client};
  }

 private:
  void leave(const std::string& client) noexcept {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(client);
    if (--found->second == 0) counts_.erase(found);
  }

  unsigned limit_;
  std::mutex mutex_;
  std::map<std::string, unsigned> counts_;
};

// A quantity of which only so much is there: bytes of uploads, connections, sessions. Thread-safe.
class Budget {
 public:
  // Holds its amount while it lives. Must not outlive the budget.
  class Share {
   public:
    Share() = default;
    Share(Budget& budget, std::size_t amount) : budget_(&budget), amount_(amount) {}
    Share(Share&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), amount_(other.amount_) {}
    Share& operator=(Share&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(amount_, other.amount_);
      return *this;
    }
    ~Share() {
      if (budget_ != nullptr) budget_->taken_ -= amount_;
    }

    explicit operator bool() const noexcept { return budget_ != nullptr; }

   private:
    Budget* budget_ = nullptr;
    std::size_t amount_ = 0;
  };

  explicit Budget(std::size_t total) : total_(total) {}

  // An empty share where there is not so much left.
  Share take(std::size_t amount) {
    std::size_t taken = taken_.load();
    do {
      if (amount > total_ - taken) return {};
    } while (!taken_.compare_exchange_weak(taken, taken + amount));
    return {*this, amount};
  }

  std::size_t taken() const { return taken_.load(); }

 private:
  std::size_t total_;
  std::atomic<std::size_t> taken_{0};
};

}  // namespace undertone::server
