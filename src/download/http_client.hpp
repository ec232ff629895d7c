// HTTP requests to a hub, by libcurl.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

#include "common/function_ref.hpp"
#include "download/http_headers.hpp"
#include "download/settings.hpp"

namespace undertone::download {

// A request that got no whole answer: no route, a broken connection, a stall, a limit exceeded.
class TransportError : public std::runtime_error {
 public:
  TransportError(const std::string& message, std::string hint, bool worth_retrying)
      : std::runtime_error(message), hint_(std::move(hint)), worth_retrying_(worth_retrying) {}

  const std::string& hint() const noexcept { return hint_; }
  bool worth_retrying() const noexcept { return worth_retrying_; }

 private:
  std::string hint_;
  bool worth_retrying_;
};

struct Answer {
  int status = 0;
  Headers headers;
  std::optional<std::uint64_t> content_length;
  std::chrono::seconds retry_after{0};  // what the server asks for; 0: nothing
};

struct Request {
  std::string url;
  bool head = false;       // headers only, and not beyond the endpoint's own host
  bool small = false;      // a short text: given up after kLongestSmallRequest in all
  std::uint64_t from = 0;  // the first byte that is wanted
  std::string if_range;    // an ETag of the endpoint's, without quotes; empty: none
};

// Follows redirects itself, so that it alone decides what goes where: the token and If-Range to the
// endpoint's own origin only (the token never over plain HTTP, but to this machine itself); never
// from https to http, and to http only if the endpoint is http. One connection is kept and used
// again. Not thread-safe.
class HttpClient {
 public:
  // Throws Error(kInvalidArgument) if the endpoint is no http or https URL. `settings` must outlive
  // the client.
  HttpClient(const Settings& settings, std::stop_token stop);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Called once, before the body: with the last answer's status and headers.
  using OnAnswer = FunctionRef<void(const Answer&)>;
  using OnBody = FunctionRef<void(std::span<const std::byte>)>;

  // Sends one request and follows its redirects. The body of an answer other than 200 or 206 is
  // dropped. What the callbacks throw passes through. Throws TransportError, and Error(kCancelled)
  // once a stop is requested. A HEAD that leads to another host ends with that redirect.
  Answer send(const Request& request, OnAnswer on_answer, OnBody on_body);

  // For headers and short texts, which may also be dripped.
  static constexpr std::chrono::seconds kLongestSmallRequest{120};

 private:
  struct Connection;
  std::unique_ptr<Connection> connection_;
};

}  // namespace undertone::download
