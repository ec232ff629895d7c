// The access log: one JSON object a line for each request that was answered.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace undertone::server {

struct AccessRecord {
  std::chrono::system_clock::time_point time{};  // when the request began
  std::string id{};                              // as in X-Request-Id
  std::string client{};                          // the peer's address
  std::string method{};
  std::string target{};  // of the request line; the query is not logged
  int status = 0;
  std::uint64_t bytes_in = 0;        // of the body
  std::uint64_t bytes_out = 0;       // of the body
  double duration_ms = 0;            // from the first byte of the request to the last of the answer
  std::optional<double> queue_ms{};  // of it, spent waiting for a worker
  std::optional<double> audio_s{};   // how much sound was heard
  std::string error{};               // the code of the error object; empty if all went well
  std::string user_agent{};
};

// {"time", "id", "client", "method", "path", "status", "bytes_in", "bytes_out", "duration_ms",
// "queue_ms", "audio_s", "error", "user_agent"} in this order, without those that are not known,
// and with no line end. Pure ASCII: everything else is escaped, bytes that are not UTF-8 become
// U+FFFD, so that no client can forge a line or steer a terminal. Path and user agent are cut at
// 200 bytes, id, client and method at 64. The time is RFC 3339 in UTC with milliseconds. Numbers
// that are not finite are null.
std::string access_line(const AccessRecord& record);

// Hands lines to a sink. As thread-safe as the sink is.
class AccessLog {
 public:
  using Sink = std::function<void(std::string_view)>;

  // An empty sink switches the log off.
  explicit AccessLog(Sink sink) : sink_(std::move(sink)) {}

  void write(const AccessRecord& record) const {
    if (sink_) sink_(access_line(record));
  }

 private:
  Sink sink_;
};

}  // namespace undertone::server
