#include "server/query.hpp"

#include <charconv>
#include <fmt/format.h>
#include <system_error>
#include <utility>

#include "server/api_error.hpp"

namespace undertone::server {
namespace {

// What a message repeats of a client's text.
std::string excerpt(const std::string& text) {
  constexpr std::size_t kLongest = 40;
  if (text.size() <= kLongest) return text;
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

double parse_window(const std::string& value) {
  double window_s = 0;
  const char* end = value.data() + value.size();
  const auto [stop, failure] = std::from_chars(value.data(), end, window_s);
  // Not a number compares as out of range.
  const bool in_range = window_s >= kShortestWindow && window_s <= kLongestWindow;
  if (failure != std::errc() || stop != end || !in_range) {
    throw ApiError(400, "invalid_argument",
                   fmt::format("window_s is '{}'; {} to {} seconds are possible", excerpt(value),
                               kShortestWindow, kLongestWindow),
                   "Leave it out for windows of 30 s.");
  }
  return window_s;
}

bool parse_switch(const std::string& name, const std::string& value) {
  if (value == "1" || value == "true") return true;
  if (value == "0" || value == "false") return false;
  throw ApiError(400, "invalid_argument",
                 fmt::format("{} is '{}'; 1, true, 0 or false are possible", name, excerpt(value)));
}

}  // namespace

PredictionQuery parse_prediction_query(const RequestTarget& target) {
  PredictionQuery result;
  bool has_window = false;
  bool has_timing = false;
  for (const auto& [name, value] : target.query) {
    bool repeated = false;
    if (name == "window_s") {
      repeated = std::exchange(has_window, true);
      result.window_s = parse_window(value);
    } else if (name == "timing") {
      repeated = std::exchange(has_timing, true);
      result.timing = parse_switch(name, value);
    } else {
      throw ApiError(400, "invalid_argument", fmt::format("there is no option '{}'", excerpt(name)),
                     "The options of a prediction are window_s and timing.");
    }
    if (repeated) throw ApiError(400, "invalid_argument", name + " is given more than once");
  }
  return result;
}

}  // namespace undertone::server
