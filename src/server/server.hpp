// The server as a whole: it listens, answers, and stops in order.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "server/hearing.hpp"
#include "server/page_assets.hpp"
#include "server/server_options.hpp"

namespace undertone::server {

// Listens from its construction on; tells whoever asks that it is loading until set_hearing(). Its
// threads are its own; all members may be called from any thread.
class Server {
 public:
  // Throws Error(kInvalidArgument) for options that cannot be, among them an address that is not
  // this machine's or a port that is taken, and what tls_context() throws.
  explicit Server(const ServerOptions& options, std::span<const PageAsset> assets = page_assets());
  // Stops at once.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const;
  // "http://127.0.0.1:8080".
  std::string url() const;

  void set_hearing(std::shared_ptr<const Hearing> hearing);

  // Refuses what is new, ends live sessions, and waits until every request that was admitted is
  // answered, or for the limit of options.limits.drain_time; then stops. Returns whether all were
  // answered.
  bool drain_and_stop();

  // Ends everything now. What still runs leaves off within a layer of the encoder.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace undertone::server
