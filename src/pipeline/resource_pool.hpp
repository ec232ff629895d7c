// Things that one caller uses at a time, kept for the next.
#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace undertone::pipeline {

// Lends default-constructed Ts; makes a new one only when all others are lent. Thread-safe. Must
// outlive its loans.
template <class T>
class ResourcePool {
 public:
  class Loan {
   public:
    Loan(ResourcePool& pool, std::unique_ptr<T> resource)
        : pool_(pool), resource_(std::move(resource)) {}
    ~Loan() { pool_.give_back(std::move(resource_)); }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;

    T& operator*() const noexcept { return *resource_; }

   private:
    ResourcePool& pool_;
    std::unique_ptr<T> resource_;
  };

  Loan borrow() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<T> resource = std::move(idle_.back());
        idle_.pop_back();
        return Loan(*this, std::move(resource));
      }
    }
    return Loan(*this, std::make_unique<T>());
  }

 private:
  void give_back(std::unique_ptr<T> resource) noexcept {
    const std::lock_guard lock(mutex_);
    try {
      idle_.push_back(std::move(resource));
    } catch (...) {  // no memory to keep it: it is freed instead
    }
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<T>> idle_;
};

}  // namespace undertone::pipeline
