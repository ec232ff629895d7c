#include "server/media_type.hpp"

#include <algorithm>
#include <stdexcept>

#include "server/api_error.hpp"
#include "server/header_parameters.hpp"
#include "server/http_syntax.hpp"

namespace undertone::server {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw ApiError(400, "bad_request", "Content-Type: " + what,
                 "Write it like 'audio/wav', or let your HTTP library write it.");
}

}  // namespace

const std::string* MediaType::parameter(std::string_view parameter_name) const {
  const auto is_it = [&](const auto& parameter) { return parameter.first == parameter_name; };
  const auto found = std::find_if(parameters.begin(), parameters.end(), is_it);
  if (found == parameters.end()) return nullptr;
  if (std::count_if(found, parameters.end(), is_it) > 1) {
    fail("more than one parameter '" + std::string(parameter_name) + "'");
  }
  return &found->second;
}

MediaType parse_media_type(std::string_view header) {
  if (std::any_of(header.begin(), header.end(),
                  [](char c) { return is_control_character(c) && c != '\t'; })) {
    fail("control characters in it");
  }
  const std::string_view name = trimmed(header.substr(0, header.find(';')));
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos || !is_token(name.substr(0, slash)) ||
      !is_token(name.substr(slash + 1))) {
    fail("not of the form type/subtype");
  }
  MediaType result{lower(name), {}};
  const std::size_t semicolon = header.find(';');
  if (semicolon == std::string_view::npos) return result;
  try {
    result.parameters = parse_header_parameters(header.substr(semicolon), Quoting::kHttp);
  } catch (const std::invalid_argument& error) {
    fail(error.what());
  }
  return result;
}

}  // namespace undertone::server
