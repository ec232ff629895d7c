// What a request asks for: the request-target (RFC 9112, 3.2) taken apart.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace undertone::server {

inline constexpr std::size_t kMostTargetBytes = 8 * 1024;
inline constexpr std::size_t kMostQueryParameters = 32;

struct RequestTarget {
  // Decoded; begins with '/', or is "*". UTF-8 without control characters. A slash in it was one
  // in the request too.
  std::string path;
  // Decoded as forms encode them ('+' is a space), in their order; UTF-8 without control
  // characters. Names may repeat or be empty, as may values.
  std::vector<std::pair<std::string, std::string>> query;
};

// Takes "/path?query", "http://host/path?query" and "*". Throws ApiError(400, "bad_request") for
// anything else: a wrong percent escape, an escaped slash, bytes that must be escaped, a fragment,
// or more than the limits above.
RequestTarget parse_request_target(std::string_view target);

}  // namespace undertone::server
