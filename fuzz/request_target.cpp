// A request-target, and the header values that clients choose: what is taken is clean, and anything
// else is the client's error.
#include "server/request_target.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include <undertone/error.hpp>

#include "server/access_log.hpp"
#include "server/api_error.hpp"
#include "server/cors.hpp"
#include "server/query.hpp"
#include "server/request_id.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_clean(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '/') {
      result += c;
      continue;
    }
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    result += '%';
    result += kDigits[static_cast<unsigned char>(c) >> 4];
    result += kDigits[static_cast<unsigned char>(c) & 0xf];
  }
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace undertone::server;
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    const RequestTarget target = parse_request_target(text);
    require(target.path == "*" || target.path.starts_with('/'));
    require(is_clean(target.path) && target.query.size() <= kMostQueryParameters);
    for (const auto& [name, value] : target.query) require(is_clean(name) && is_clean(value));
    if (target.path != "*" && 3 * target.path.size() <= kMostTargetBytes) {
      require(parse_request_target(escaped(target.path)).path == target.path);
    }
    try {
      const PredictionQuery query = parse_prediction_query(target);
      require(query.window_s >= undertone::kShortestWindow &&
              query.window_s <= undertone::kLongestWindow);
    } catch (const ApiError& error) {
      require(error.status() == 400 && nlohmann::json::accept(error.json()));
    }
  } catch (const ApiError& error) {
    require(error.status() == 400 && nlohmann::json::accept(error.json()));
  }

  AccessRecord record;
  record.target = text;
  record.user_agent = text;
  const std::string line = access_line(record);
  require(is_clean(line) && nlohmann::json::accept(line));

  const std::string id = request_id(text);
  require(!id.empty() && id.size() <= 64);

  const OriginPolicy own;
  if (own.allows_websocket(text, "127.0.0.1:8080")) {
    std::string origin = text;
    std::transform(origin.begin(), origin.end(), origin.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    require(origin.ends_with("://127.0.0.1:8080"));
  }
  own.allows_websocket("http://127.0.0.1:8080", text);
  try {
    const OriginPolicy policy({text});
    for (const auto& [name, value] : policy.headers(text)) require(is_clean(value));
  } catch (const undertone::Error& error) {
    require(error.code() == undertone::ErrorCode::kInvalidArgument);
  }
  return 0;
}
