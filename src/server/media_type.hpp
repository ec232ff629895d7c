// A Content-Type: what it names, and its parameters (RFC 9110, 8.3.1).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace undertone::server {

struct MediaType {
  std::string name;  // "type/subtype", in lower case
  // Names in lower case, values without their quotes, in the order of the header.
  std::vector<std::pair<std::string, std::string>> parameters;

  // Null if there is none. Throws ApiError(400, "bad_request") if there are several.
  const std::string* parameter(std::string_view parameter_name) const;
};

// Values that ought to be quoted and are not (a boundary with '/', '=' or '?') are taken as they
// stand. Throws ApiError(400, "bad_request") for what is no media type.
MediaType parse_media_type(std::string_view header);

}  // namespace undertone::server
