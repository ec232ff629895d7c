// Requests and answers as the routes see them: without sockets, parsers or TLS.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace undertone::server {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

// The first value of a header, whatever the case of its name; empty if it is not there.
std::string_view header_value(const HeaderList& headers, std::string_view name);

// Everything of a request but its body.
struct RequestHead {
  std::string method;
  std::string target;  // as sent: path and query
  HeaderList headers;
  std::string client;  // its address
  std::string id;      // what logs and the answer call it
  // A body follows; its size, unless it comes in chunks.
  bool has_body = false;
  std::optional<std::uint64_t> content_length;
  std::chrono::steady_clock::time_point begin{};  // when its first byte was there

  std::string_view header(std::string_view name) const { return header_value(headers, name); }
};

// What an answer tells logs and metrics, beside what it tells the client.
struct ResponseFacts {
  std::string error_code;  // empty: none
  double queue_ms = 0;     // waited for a worker
  double audio_s = 0;      // heard
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  // Bytes that live as long as the program, in place of `body`.
  std::span<const unsigned char> static_body{};
  HeaderList headers;
  bool close = false;  // end the connection after it
  ResponseFacts facts;

  std::string_view content() const {
    return static_body.empty() ? std::string_view(body)
                               : std::string_view(reinterpret_cast<const char*>(static_body.data()),
                                                  static_body.size());
  }
};

}  // namespace undertone::server
