#include "server/connection.hpp"

#include <algorithm>

namespace undertone::server {

void ConnectionRegistry::add(const std::shared_ptr<Connection>& connection) {
  const std::lock_guard lock(mutex_);
  if (connections_.size() >= forget_at_) {
    forget_closed();
    forget_at_ = std::max<std::size_t>(64, 2 * connections_.size());
  }
  connections_.push_back(connection);
}

void ConnectionRegistry::finish_all() {
  std::vector<std::shared_ptr<Connection>> open;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& weak : connections_) {
      if (auto connection = weak.lock()) open.push_back(std::move(connection));
    }
  }
  for (const auto& connection : open) connection->finish();
}

void ConnectionRegistry::forget_closed() {
  std::erase_if(connections_, [](const auto& weak) { return weak.expired(); });
}

}  // namespace undertone::server
