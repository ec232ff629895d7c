#include "server/http_translation.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <chrono>
#include <fmt/format.h>

#include "server/http_date.hpp"
#include "server/request_id.hpp"

namespace undertone::server {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::size_t kLongestAddress = 64;

// The one that the proxy itself saw: those before it, in this header or in earlier ones of its
// name, are whatever the client wrote.
std::string_view last_address(const HeaderList& headers) {
  std::string_view forwarded_for;
  for (const auto& [name, value] : headers) {
    if (beast::iequals(name, "X-Forwarded-For")) forwarded_for = value;
  }
  const std::size_t comma = forwarded_for.rfind(',');
  if (comma != std::string_view::npos) forwarded_for.remove_prefix(comma + 1);
  while (forwarded_for.starts_with(' ')) forwarded_for.remove_prefix(1);
  return forwarded_for;
}

}  // namespace

RequestHead request_head(const RequestParser& parser, const std::string& peer, bool trust_proxy) {
  const auto& message = parser.get();
  RequestHead head;
  head.method = std::string(message.method_string());
  head.target = std::string(message.target());
  for (const auto& field : message) head.headers.emplace_back(field.name_string(), field.value());
  head.client = peer;
  if (trust_proxy) {
    const std::string_view address = last_address(head.headers);
    if (!address.empty() && address.size() <= kLongestAddress) head.client = std::string(address);
  }
  head.id = request_id(head.header("X-Request-Id"));
  if (const auto length = parser.content_length()) head.content_length = *length;
  head.has_body = parser.chunked() || head.content_length.value_or(0) > 0;
  return head;
}

std::optional<ApiError> offence_of(const RequestParser& parser) {
  const auto& message = parser.get();
  if (message.version() >= 11 && message.count(http::field::host) != 1) {
    return ApiError(400, "bad_request", "there must be one Host header");
  }
  // Anything else could be framed in two ways, by us and by a proxy before us.
  if (message.count(http::field::transfer_encoding) > 0 &&
      (!parser.chunked() || parser.content_length() ||
       !beast::iequals(message[http::field::transfer_encoding], "chunked"))) {
    return ApiError(400, "bad_request", "the body's Transfer-Encoding is not understood",
                    "Send it with Content-Length, or chunked and nothing else.");
  }
  return {};
}

std::optional<ApiError> answer_to_malformed(const boost::system::error_code& error,
                                            const ServerLimits& limits) {
  if (error == http::error::body_limit) {
    return ApiError(413, "body_too_large",
                    fmt::format("the body has more than {} bytes", limits.body_bytes),
                    "Send a shorter recording, or a compressed one (FLAC, Opus).");
  }
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return ApiError(431, "headers_too_large",
                    fmt::format("the headers have more than {} bytes", limits.header_bytes));
  }
  if (error == http::error::end_of_stream || error == http::error::partial_message) return {};
  if (error.category() == http::make_error_code(http::error::bad_method).category()) {
    return ApiError(400, "bad_request", "this is no HTTP request: " + error.message());
  }
  return {};
}

BeastResponse beast_response(const Response& response, std::string_view method, bool keep_alive) {
  BeastResponse message;
  message.version(11);
  message.result(static_cast<unsigned>(response.status));
  message.set(http::field::date, http_date(std::chrono::system_clock::now()));
  if (!response.content_type.empty()) {
    message.set(http::field::content_type, response.content_type);
  }
  for (const auto& [name, value] : response.headers) message.insert(name, value);
  message.keep_alive(keep_alive);
  const std::string_view content = response.content();
  const bool bodiless = response.status == 204 || response.status == 304;
  if (!bodiless) message.content_length(content.size());
  if (method != "HEAD" && !bodiless) {
    message.body() = beast::span<const char>(content.data(), content.size());
  }
  return message;
}

}  // namespace undertone::server
