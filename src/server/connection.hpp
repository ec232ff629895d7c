// What the server knows of a connection, whichever protocol it speaks.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace undertone::server {

// One client's connection; it keeps itself alive while something is under way on it.
class Connection {
 public:
  virtual ~Connection() = default;

  // From any thread. Ends it soon: at once if it is idle, after the answer it owes if it is not; a
  // live session is told why.
  virtual void finish() = 0;
};

// All connections that are open. Thread-safe.
class ConnectionRegistry {
 public:
  void add(const std::shared_ptr<Connection>& connection);

  // Asks all to finish.
  void finish_all();

 private:
  void forget_closed();

  std::mutex mutex_;
  std::vector<std::weak_ptr<Connection>> connections_;
  std::size_t forget_at_ = 64;
};

}  // namespace undertone::server
