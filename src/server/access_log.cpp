#include "server/access_log.hpp"

#include <cmath>
#include <cstddef>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace undertone::server {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestText = 200;
constexpr std::size_t kLongestWord = 64;

// At most `bytes` of the text, and no half character at the end of UTF-8.
std::string cut(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  std::size_t end = bytes;
  constexpr std::size_t kContinuationBytes = 3;
  while (end > bytes - kContinuationBytes &&
         (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
    --end;
  }
  return std::string(text.substr(0, end));
}

std::string rfc3339(std::chrono::system_clock::time_point time) {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(milliseconds);
  return fmt::format("{:%FT%T}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                     (milliseconds - seconds).count());
}

// To the thousandth: more digits are noise.
double rounded(double value) { return std::round(value * 1000) / 1000; }

}  // namespace

std::string access_line(const AccessRecord& record) {
  const std::string_view target = record.target;
  Json line = {{"time", rfc3339(record.time)},
               {"id", cut(record.id, kLongestWord)},
               {"client", cut(record.client, kLongestWord)},
               {"method", cut(record.method, kLongestWord)},
               {"path", cut(target.substr(0, target.find_first_of("?#")), kLongestText)},
               {"status", record.status},
               {"bytes_in", record.bytes_in},
               {"bytes_out", record.bytes_out},
               {"duration_ms", rounded(record.duration_ms)}};
  if (record.queue_ms) line["queue_ms"] = rounded(*record.queue_ms);
  if (record.audio_s) line["audio_s"] = rounded(*record.audio_s);
  if (!record.error.empty()) line["error"] = cut(record.error, kLongestWord);
  if (!record.user_agent.empty()) line["user_agent"] = cut(record.user_agent, kLongestText);
  constexpr bool kAsciiOnly = true;
  return line.dump(-1, ' ', kAsciiOnly, Json::error_handler_t::replace);
}

}  // namespace undertone::server
