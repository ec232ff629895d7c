#include "server/cors.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <system_error>

#include <undertone/error.hpp>

#include "server/http_syntax.hpp"

namespace undertone::server {
namespace {

constexpr std::string_view kPreflightSeconds = "600";
constexpr std::string_view kRequestHeaders = "Content-Type, X-Request-Id";
constexpr std::string_view kResponseHeaders = "X-Request-Id, Retry-After";
constexpr int kNoPort = 0;

struct HostAndPort {
  std::string host;  // in lower case, an IPv6 address with its brackets
  int port = kNoPort;

  bool operator==(const HostAndPort&) const = default;
};

struct Origin {
  std::string scheme;  // in lower case
  HostAndPort authority;
};

int default_port(std::string_view scheme) {
  if (scheme == "http") return 80;
  if (scheme == "https") return 443;
  return kNoPort;
}

bool is_host(std::string_view host) {
  if (host.starts_with('[')) {
    return host.size() > 2 && host.ends_with(']') &&
           host.substr(1, host.size() - 2).find_first_not_of("0123456789abcdefABCDEF:.") ==
               std::string_view::npos;
  }
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return is_digit(c) || is_letter(c) || c == '-' || c == '.' || c == '_';
  });
}

std::optional<HostAndPort> parse_authority(std::string_view text) {
  const std::size_t bracket = text.starts_with('[') ? text.find(']') : 0;
  const std::size_t colon =
      bracket == std::string_view::npos ? std::string_view::npos : text.find(':', bracket);
  HostAndPort result{lower(text.substr(0, colon)), kNoPort};
  if (!is_host(result.host)) return std::nullopt;
  if (colon == std::string_view::npos) return result;
  const std::string_view digits = text.substr(colon + 1);
  const char* end = digits.data() + digits.size();
  const auto [stop, failure] = std::from_chars(digits.data(), end, result.port);
  if (failure != std::errc() || stop != end || result.port < 1 || result.port > 65535) {
    return std::nullopt;
  }
  return result;
}

bool is_scheme(std::string_view scheme) {
  return !scheme.empty() && is_letter(scheme.front()) &&
         std::all_of(scheme.begin(), scheme.end(), [](char c) {
           return is_digit(c) || is_letter(c) || c == '+' || c == '-' || c == '.';
         });
}

std::optional<Origin> parse_origin(std::string_view text) {
  const std::size_t separator = text.find("://");
  if (separator == std::string_view::npos || !is_scheme(text.substr(0, separator))) {
    return std::nullopt;
  }
  auto authority = parse_authority(text.substr(separator + 3));
  if (!authority) return std::nullopt;
  return Origin{lower(text.substr(0, separator)), std::move(*authority)};
}

// As browsers write it: in lower case, without the scheme's own port.
std::string serialised(const Origin& origin) {
  const auto& [host, port] = origin.authority;
  if (port == kNoPort || port == default_port(origin.scheme)) {
    return fmt::format("{}://{}", origin.scheme, host);
  }
  return fmt::format("{}://{}:{}", origin.scheme, host, port);
}

std::string advice_for(std::string_view text) {
  const std::size_t separator = text.find("://");
  const std::size_t host = separator == std::string_view::npos ? 0 : separator + 3;
  const std::string_view before_path = text.substr(0, text.find_first_of("/?#", host));
  const std::string with_scheme =
      fmt::format("{}{}", separator == std::string_view::npos ? "https://" : "", before_path);
  if (const auto origin = parse_origin(with_scheme)) {
    return fmt::format("Write '{}'.", serialised(*origin));
  }
  return "Write it like 'https://example.org', 'http://localhost:3000', or '*' for any.";
}

}  // namespace

OriginPolicy::OriginPolicy(const std::vector<std::string>& origins) {
  for (const std::string& text : origins) {
    if (text == "*") {
      any_ = true;
    } else if (const auto origin = parse_origin(text)) {
      origins_.push_back(serialised(*origin));
    } else {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("--cors-origin: '{}' is not of the form scheme://host[:port]", text),
                  advice_for(text));
    }
  }
}

bool OriginPolicy::allows(std::string_view origin) const {
  return any_ || std::find(origins_.begin(), origins_.end(), origin) != origins_.end();
}

OriginPolicy::Headers OriginPolicy::headers(std::optional<std::string_view> origin) const {
  Headers result;
  if (any_) {
    result.emplace_back("Access-Control-Allow-Origin", "*");
  } else if (!origins_.empty()) {
    // Even where the answer grants nothing: a cache must not hand it to another origin.
    result.emplace_back("Vary", "Origin");
    if (!origin || !allows(*origin)) return result;
    result.emplace_back("Access-Control-Allow-Origin", *origin);
  } else {
    return result;
  }
  result.emplace_back("Access-Control-Expose-Headers", kResponseHeaders);
  return result;
}

OriginPolicy::Headers OriginPolicy::preflight_headers(std::optional<std::string_view> origin,
                                                      std::string_view methods) const {
  Headers result;
  if (!any_ && !origins_.empty()) result.emplace_back("Vary", "Origin");
  if (!origin || !allows(*origin)) return result;
  result.emplace_back("Access-Control-Allow-Origin", any_ ? "*" : *origin);
  result.emplace_back("Access-Control-Allow-Methods", methods);
  result.emplace_back("Access-Control-Allow-Headers", kRequestHeaders);
  result.emplace_back("Access-Control-Max-Age", kPreflightSeconds);
  return result;
}

bool OriginPolicy::allows_websocket(std::optional<std::string_view> origin,
                                    std::string_view host) const {
  if (!origin || allows(*origin)) return true;
  auto asking = parse_origin(*origin);
  auto asked = parse_authority(host);
  if (!asking || !asked) return false;
  // A Host without a port means the scheme's own, and the page's scheme is the best guess at it: a
  // proxy may have ended TLS before us.
  const int implied = default_port(asking->scheme);
  if (asking->authority.port == kNoPort) asking->authority.port = implied;
  if (asked->port == kNoPort) asked->port = implied;
  return asking->authority == *asked;
}

}  // namespace undertone::server
