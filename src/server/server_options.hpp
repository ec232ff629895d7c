// What a server can be told, with the defaults of `undertone serve`.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace undertone::server {

// Every limit that a request can meet; docs/api.md says what is answered beyond each.
struct ServerLimits {
  std::size_t body_bytes = std::size_t{25} << 20;
  std::size_t header_bytes = std::size_t{16} << 10;
  // Of all uploads that are held in memory at the same time.
  std::size_t upload_bytes = std::size_t{256} << 20;
  double duration_s = 600.0;         // of a recording
  unsigned connections = 512;        // at once
  unsigned client_requests = 8;      // under way for one client at once, streams among them
  unsigned client_connections = 64;  // of one peer at once; none with trust_proxy
  std::size_t queue = 64;            // recordings and windows that wait for a worker
  unsigned streams = 32;             // live sessions at once

  std::chrono::milliseconds header_time{10'000};   // from a request's first byte to its last header
  std::chrono::milliseconds request_time{60'000};  // from a request's first byte to its answer
  std::chrono::milliseconds idle_time{60'000};     // of a connection between requests
  std::chrono::seconds stream_idle{30};
  std::chrono::seconds stream_session{3600};
  std::chrono::milliseconds drain_time{30'000};  // for what runs when the server is told to stop
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;  // 0: one that is free
  // PEM files, both or none: then HTTPS only.
  std::filesystem::path tls_certificate{};
  std::filesystem::path tls_key{};
  std::vector<std::string> cors_origins{};
  // Believe the last address in X-Forwarded-For: only behind a proxy that sets it.
  bool trust_proxy = false;
  unsigned io_threads = 2;
  unsigned workers =
      0;  // recordings heard at the same time; 0: as many as the recogniser's threads
  ServerLimits limits{};
  // Each takes one line without its end, from any thread. Empty: not wanted.
  std::function<void(std::string_view)> access_log{};  // one JSON object for each request
  std::function<void(std::string_view)> error_log{};   // what went wrong inside, for operators
};

}  // namespace undertone::server
