// Ctrl-C as a request to stop.
#pragma once

#include <stop_token>
#include <string>
#include <thread>

namespace undertone::cli {

// While it lives, the first SIGINT or SIGTERM requests a stop and the second ends the process at
// once. One at a time.
class InterruptWatch {
 public:
  // `what_follows` tells the user, at the first signal, what will be done before the end.
  explicit InterruptWatch(std::string what_follows = "what is being worked on is finished");
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

  std::stop_token token() const { return source_.get_token(); }
  bool interrupted() const { return source_.stop_requested(); }

  // Returns once a stop is requested.
  void wait() const;

 private:
  std::stop_source source_;
  std::jthread thread_;
};

}  // namespace undertone::cli
