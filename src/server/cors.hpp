// Which web pages may use the server: CORS (the Fetch standard, 3.2) and the origin of WebSockets.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace undertone::server {

// The origins of --cors-origin. Immutable; may be used by several threads at once.
//
// A browser says in `Origin` which page asks, "null" for those without an address. Without a header
// the client is no browser, and nothing here concerns it. `origin` is that header.
class OriginPolicy {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  // Allows no other origin.
  OriginPolicy() = default;

  // Each is "scheme://host", with a port where it is not the scheme's own, or "*" for any. Throws
  // Error(kInvalidArgument) that names the one that is neither and what to write instead.
  explicit OriginPolicy(const std::vector<std::string>& origins);

  // What every answer to a request of that origin carries.
  Headers headers(std::optional<std::string_view> origin) const;

  // What the answer to a preflight carries: an OPTIONS with Access-Control-Request-Method.
  // `methods` are the route's, as `Allow` lists them. An origin that is not allowed gets no
  // permission, and the browser refuses its page.
  Headers preflight_headers(std::optional<std::string_view> origin, std::string_view methods) const;

  // A WebSocket is not subject to CORS: whether a handshake comes from a page of this server, as
  // the request's `Host` says, from one of an origin that is allowed, or from no page at all.
  bool allows_websocket(std::optional<std::string_view> origin, std::string_view host) const;

 private:
  bool allows(std::string_view origin) const;

  bool any_ = false;
  std::vector<std::string> origins_;  // as browsers write them
};

}  // namespace undertone::server
