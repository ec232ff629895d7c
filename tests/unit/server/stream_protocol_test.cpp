#include "server/stream_protocol.hpp"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>

#include "support/json_schema.hpp"
#include "support/paths.hpp"

namespace undertone::server {
namespace {

using Json = nlohmann::json;

// The close code and the message of a refusal.
std::pair<CloseCode, std::string> refusal(const std::string& text) {
  try {
    parse_client_message(text);
  } catch (const StreamError& error) {
    EXPECT_EQ(error.code(), "invalid_argument");
    EXPECT_TRUE(Json::accept(error_message(error)));
    return {error.close(), error.what()};
  }
  ADD_FAILURE() << text << " is accepted";
  return {CloseCode::kNormal, ""};
}

TEST(StreamProtocol, ReadsAStart) {
  const auto start = std::get<StartMessage>(parse_client_message(
      R"({"type": "start", "format": "pcm_s16le", "rate": 44100, "window_s": 5, "step_s": 0.25})"));
  EXPECT_EQ(start.rate, 44100);
  EXPECT_EQ(start.window_s, 5.0);
  EXPECT_EQ(start.step_s, 0.25);
}

TEST(StreamProtocol, KnowsDefaults) {
  const auto start =
      std::get<StartMessage>(parse_client_message(R"({"rate": 48000.0, "type": "start"})"));
  EXPECT_EQ(start.rate, 48000);
  EXPECT_EQ(start.window_s, 3.0);
  EXPECT_EQ(start.step_s, 0.5);
}

TEST(StreamProtocol, ReadsAStop) {
  EXPECT_TRUE(std::holds_alternative<StopMessage>(parse_client_message(R"({"type": "stop"})")));
}

TEST(StreamProtocol, RefusesWhatIsNoMessage) {
  for (const std::string text : {"",
                                 "{",
                                 "null",
                                 "3",
                                 "\"start\"",
                                 "[]",
                                 "{}",
                                 "[[[[",
                                 R"({"type": 1})",
                                 R"({"type": "pause"})",
                                 R"({"type": "stop"} {})",
                                 R"({"type": "stop", "type": "stop"})",
                                 R"({"type": "stop", "rate": 8000})",
                                 R"({"type": {"type": "stop"}})",
                                 R"({"type": "stop", "x": [1]})",
                                 R"({"type": "stop", "x": null})",
                                 R"({"type": "start", "rate": true})",
                                 R"({"type": "start", "rate": NaN})",
                                 R"({"type": "start", "rate": 1e999})",
                                 "{\"type\": \"\xff\"}"}) {
    EXPECT_EQ(refusal(text).first, CloseCode::kUnsupportedData) << text;
  }
}

TEST(StreamProtocol, RefusesWhatIsImpossible) {
  for (const std::string rest :
       {R"("rate": 7999)", R"("rate": 192001)", R"("rate": -16000)", R"("rate": 16000.5)",
        R"("rate": "16000")", R"("rate": 1e300)", R"("window_s": 3)",
        R"("rate": 16000, "window_s": 0.9)", R"("rate": 16000, "window_s": 31)",
        R"("rate": 16000, "step_s": 0.09)", R"("rate": 16000, "step_s": 10.1, "window_s": 30)",
        R"("rate": 16000, "step_s": 4)", R"("rate": 16000, "format": "opus")",
        R"("rate": 16000, "format": 1)", R"("rate": 16000, "windows": 1)"}) {
    EXPECT_EQ(refusal(R"({"type": "start", )" + rest + "}").first, CloseCode::kPolicyViolation)
        << rest;
  }
  EXPECT_EQ(refusal(R"({"type": "start", "rate": 4000})").second,
            "rate is 4000 Hz; 8000 to 192000 are heard");
}

TEST(StreamProtocol, QuotesLittleOfWhatClientsSend) {
  EXPECT_LT(refusal(R"({"type": ")" + std::string(4000, 'x') + R"("})").second.size(), 120U);
}

TEST(StreamProtocol, DescribesItsExamplesTruly) {
  std::ifstream file(UNDERTONE_SOURCE_DIR "/docs/asyncapi.json");
  const test::JsonSchema schema(Json::parse(file));
  const Json& document = schema.document();
  int examples = 0;
  for (const auto& [name, message] : document.at("components").at("messages").items()) {
    for (const Json& example : message.value("examples", Json::array())) {
      const Json& payload = example.at("payload");
      EXPECT_THAT(schema.violations(message.at("payload"), payload), ::testing::IsEmpty()) << name;
      Json damaged = payload;
      damaged["type"] = "other";
      EXPECT_THAT(schema.violations(message.at("payload"), damaged),
                  ::testing::Not(::testing::IsEmpty()))
          << name;
      if (name == "start" || name == "stop") {
        EXPECT_NO_THROW(parse_client_message(payload.dump()));
      }
      ++examples;
    }
  }
  EXPECT_GE(examples, 7);
}

TEST(StreamProtocol, DescribesTheRangesThatAreKept) {
  std::ifstream file(UNDERTONE_SOURCE_DIR "/docs/asyncapi.json");
  const Json properties =
      Json::parse(file).at("components").at("schemas").at("Start").at("properties");
  for (const std::string key : {"rate", "window_s", "step_s"}) {
    for (const std::string bound : {"minimum", "maximum"}) {
      Json start = {{"type", "start"}, {"rate", 16000}, {"window_s", 30}, {"step_s", 0.1}};
      start[key] = properties.at(key).at(bound);
      if (key == "window_s" && bound == "minimum") start["step_s"] = 1;
      EXPECT_NO_THROW(parse_client_message(start.dump())) << start;
      start[key] = start[key].get<double>() + (bound == "minimum" ? -0.01 : 1.0);
      refusal(start.dump());
    }
  }
}

}  // namespace
}  // namespace undertone::server
