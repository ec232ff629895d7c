#include "server/request_target.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "server/api_error.hpp"
#include "server/http_syntax.hpp"
#include "tensor/unicode.hpp"

namespace undertone::server {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw ApiError(400, "bad_request", "the address of the request: " + what,
                 "Let an HTTP library write the address: it escapes what must be escaped.");
}

enum class Plus { kStands, kIsSpace };

std::string decoded(std::string_view text, Plus plus, std::string_view what) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus == Plus::kIsSpace) {
      result += ' ';
    } else if (text[i] == '%') {
      const int high = i + 1 < text.size() ? hex_value(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
      if (high < 0 || low < 0) fail(fmt::format("'%' in its {} begins no escape", what));
      result += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      result += text[i];
    }
  }
  if (std::any_of(result.begin(), result.end(), is_control_character)) {
    fail(fmt::format("control characters in its {}", what));
  }
  if (!tensor::is_utf8(result)) fail(fmt::format("its {} is not UTF-8", what));
  return result;
}

// "http://host/path" as "/path"; clients of a proxy write that, and servers must take it.
std::string_view without_origin(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!equal_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    const std::size_t end = std::min(target.find_first_of("/?"), target.size());
    if (end == 0) fail("no host in it");
    return target.substr(end);
  }
  return target;
}

std::string parse_path(std::string_view path) {
  // An escaped slash is not a separator, and no route has one that is not.
  if (lower(path).find("%2f") != std::string::npos) fail("an escaped slash in its path");
  return decoded(path, Plus::kStands, "path");
}

std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> parameters;
  while (!query.empty()) {
    const std::string_view parameter = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(parameter.size() + 1, query.size()));
    if (parameter.empty()) continue;
    if (parameters.size() == kMostQueryParameters) {
      fail(fmt::format("more than {} parameters in its query", kMostQueryParameters));
    }
    const std::size_t equals = std::min(parameter.find('='), parameter.size());
    const std::string_view value =
        equals == parameter.size() ? std::string_view() : parameter.substr(equals + 1);
    parameters.emplace_back(decoded(parameter.substr(0, equals), Plus::kIsSpace, "query"),
                            decoded(value, Plus::kIsSpace, "query"));
  }
  return parameters;
}

}  // namespace

RequestTarget parse_request_target(std::string_view target) {
  if (target.size() > kMostTargetBytes) {
    fail(fmt::format("{} bytes; at most {} are read", target.size(), kMostTargetBytes));
  }
  if (std::any_of(target.begin(), target.end(), [](char c) { return c < '!' || c > '~'; })) {
    fail("spaces, control characters or bytes beyond ASCII that are not escaped");
  }
  if (target.find('#') != std::string_view::npos) fail("a '#' in it");
  if (target == "*") return {"*", {}};

  const std::string_view local = without_origin(target);
  const std::size_t question = std::min(local.find('?'), local.size());
  std::string_view path = local.substr(0, question);
  if (path.empty() && local.size() < target.size()) path = "/";
  if (!path.starts_with('/')) fail("it does not begin with '/'");
  const std::string_view query =
      question == local.size() ? std::string_view() : local.substr(question + 1);
  return {parse_path(path), parse_query(query)};
}

}  // namespace undertone::server
