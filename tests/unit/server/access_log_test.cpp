#include "server/access_log.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace undertone::server {
namespace {

using Json = nlohmann::json;

AccessRecord record() {
  AccessRecord result;
  result.time = std::chrono::system_clock::time_point(std::chrono::milliseconds(1700000000007));
  result.id = "abc";
  result.client = "127.0.0.1";
  result.method = "POST";
  result.target = "/emotion_predict?window_s=5";
  result.status = 200;
  result.bytes_in = 26000000000;
  result.bytes_out = 300;
  result.duration_ms = 12.34567;
  return result;
}

TEST(AccessLog, WritesALineForARequest) {
  AccessRecord full = record();
  full.queue_ms = 1.5;
  full.audio_s = 2.43;
  full.error = "audio_too_short";
  full.user_agent = "curl/7.88.1";
  EXPECT_EQ(access_line(full),
            R"({"time":"2023-11-14T22:13:20.007Z","id":"abc","client":"127.0.0.1","method":"POST",)"
            R"("path":"/emotion_predict","status":200,"bytes_in":26000000000,"bytes_out":300,)"
            R"("duration_ms":12.346,"queue_ms":1.5,"audio_s":2.43,"error":"audio_too_short",)"
            R"("user_agent":"curl/7.88.1"})");
}

TEST(AccessLog, LeavesOutWhatIsNotKnown) {
  const Json line = Json::parse(access_line(record()));
  for (const char* key : {"queue_ms", "audio_s", "error", "user_agent"}) {
    EXPECT_FALSE(line.contains(key)) << key;
  }
}

TEST(AccessLog, HandlesTimesBeforeTheEpoch) {
  AccessRecord early = record();
  early.time = std::chrono::system_clock::time_point(std::chrono::milliseconds(-1));
  EXPECT_EQ(Json::parse(access_line(early))["time"], "1969-12-31T23:59:59.999Z");
}

TEST(AccessLog, CannotBeForged) {
  AccessRecord hostile = record();
  hostile.target = "/\"}\n{\"status\":200}\r\x1b[2J\x7f\xc2\x9b\xff";
  hostile.user_agent = std::string("a\0b\n", 4) + "\xe2\x80\xa8\xf0\x9f\x98\x80\xed\xa0\x80";
  hostile.method = "GET\n";
  hostile.client = "::1\n";
  hostile.id = "x\n";
  const std::string line = access_line(hostile);
  EXPECT_TRUE(std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; }));
  const Json json = Json::parse(line);
  EXPECT_EQ(json["status"], 200);
  EXPECT_EQ(json["path"], "/\"}\n{\"status\":200}\r\x1b[2J\x7f\xc2\x9b\xef\xbf\xbd");
}

TEST(AccessLog, CutsLongTexts) {
  AccessRecord longer = record();
  longer.target = "/" + std::string(198, 'x') + "äöü?query";
  longer.user_agent = std::string(100000, '\x80');
  longer.method = std::string(1000, 'M');
  const Json json = Json::parse(access_line(longer));
  EXPECT_EQ(json["path"], "/" + std::string(198, 'x')) << "no half characters";
  EXPECT_EQ(json["method"].get<std::string>().size(), 64U);
  EXPECT_LE(access_line(longer).size(), 2500U);
}

TEST(AccessLog, NeverWritesTheQuery) {
  for (const char* target : {"/?secret", "/#secret", "/a?b?secret"}) {
    AccessRecord with_query = record();
    with_query.target = target;
    EXPECT_EQ(access_line(with_query).find("secret"), std::string::npos);
  }
}

TEST(AccessLog, StaysJsonWhateverTheNumbers) {
  AccessRecord odd = record();
  odd.duration_ms = std::numeric_limits<double>::quiet_NaN();
  odd.audio_s = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(Json::parse(access_line(odd))["duration_ms"].is_null());
}

TEST(AccessLog, HandsLinesToItsSink) {
  std::vector<std::string> lines;
  AccessLog([&](std::string_view line) { lines.emplace_back(line); }).write(record());
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0], access_line(record()));
  AccessLog(nullptr).write(record());
}

}  // namespace
}  // namespace undertone::server
