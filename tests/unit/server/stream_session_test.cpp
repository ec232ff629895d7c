#include "server/stream_session.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <nlohmann/json.hpp>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include "support/json_schema.hpp"
#include "support/paths.hpp"

namespace undertone::server {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

const std::vector<std::string> kLabels = {"Neutral", "Happy", "Sad"};

std::vector<std::byte> tone(double duration_s, int rate, double amplitude = 0.3) {
  std::vector<std::byte> bytes;
  const auto count = static_cast<int>(std::lround(duration_s * rate));
  for (int i = 0; i < count; ++i) {
    const double phase = 2.0 * std::numbers::pi * (300.0 + 0.001 * i) * i / rate;
    const auto sample = static_cast<std::uint16_t>(
        static_cast<std::int16_t>(std::lround(32767.0 * amplitude * std::sin(phase))));
    bytes.push_back(static_cast<std::byte>(sample & 0xFFU));
    bytes.push_back(static_cast<std::byte>(sample >> 8U));
  }
  return bytes;
}

Prediction heard(double happy = 0.6) {
  Prediction prediction;
  prediction.label = "Happy";
  prediction.confidence = happy;
  prediction.probabilities = {{"Neutral", 0.9 - happy}, {"Happy", happy}, {"Sad", 0.1}};
  return prediction;
}

const Json& description() {
  static const Json document = [] {
    std::ifstream file(UNDERTONE_SOURCE_DIR "/docs/asyncapi.json");
    return Json::parse(file);
  }();
  return document;
}

// A session with a clock of its own, whose every message is held to docs/asyncapi.json and whose
// close must be the last thing it says.
class Stream {
 public:
  explicit Stream(const StreamLimits& limits = {}) : session_(limits, kLabels, now_) {}

  void text(const std::string& message) { take(session_.on_text(message, now_)); }
  void start(int rate = 16000, double window_s = 3, double step_s = 0.5) {
    text(
        Json{{"type", "start"}, {"rate", rate}, {"window_s", window_s}, {"step_s", step_s}}.dump());
  }
  void stop() { text(R"({"type": "stop"})"); }
  void binary(std::span<const std::byte> data) { take(session_.on_binary(data, now_)); }
  void result(std::uint64_t sequence, const Prediction& prediction = heard()) {
    take(session_.on_result(sequence, prediction));
  }
  void tick() { take(session_.on_tick(now_)); }
  void wait(milliseconds time) { now_ += time; }

  // Sends sound in pieces and answers at once, while time passes as the sound does.
  void speak(std::span<const std::byte> sound, int rate,
             const std::function<std::size_t()>& samples) {
    while (!sound.empty()) {
      const std::size_t bytes = std::min(2 * samples(), sound.size());
      wait(milliseconds(1 + 1000 * (bytes / 2) / static_cast<std::size_t>(rate)));
      binary(sound.first(bytes));
      sound = sound.subspan(bytes);
      answer();
    }
  }
  void answer() {
    while (under_way()) result(requests.back().sequence);
  }
  bool under_way() const { return requests.size() > answered_; }

  void take(StreamActions actions) {
    if (closed_) {
      EXPECT_TRUE(actions.messages.empty() && !actions.measure && !actions.close)
          << "after the close";
    }
    for (const std::string& message : actions.messages) {
      messages.push_back(Json::parse(message));
      const Json& json = messages.back();
      std::string name = json.at("type");
      name[0] = static_cast<char>(std::toupper(name[0]));
      const Json& schema = description().at("components").at("schemas").at(name);
      static const test::JsonSchema kSchemas(description());
      EXPECT_THAT(kSchemas.violations(schema, json), ::testing::IsEmpty()) << name;
      if (json["type"] == "measurement" && !json["silent"]) ++answered_;
    }
    if (actions.measure) {
      EXPECT_FALSE(actions.close);
      EXPECT_FALSE(under_way());
      requests.push_back(std::move(*actions.measure));
    }
    if (actions.close) closed_ = std::move(actions.close);
    EXPECT_EQ(session_.closed(), closed_.has_value());
    EXPECT_EQ(session_.deadline().has_value(), !closed_);
  }

  std::vector<Json> of_type(const std::string& type) const {
    std::vector<Json> found;
    std::copy_if(messages.begin(), messages.end(), std::back_inserter(found),
                 [&](const Json& message) { return message["type"] == type; });
    return found;
  }
  void expect_closed(CloseCode code, const std::string& error = "") const {
    ASSERT_TRUE(closed_);
    EXPECT_EQ(static_cast<int>(closed_->code), static_cast<int>(code));
    EXPECT_EQ(closed_->reason, error);
    if (error.empty()) {
      EXPECT_TRUE(of_type("error").empty());
    } else {
      EXPECT_EQ(messages.back()["error"]["code"], error);
    }
  }
  bool closed() const { return closed_.has_value(); }
  StreamSession& session() { return session_; }
  void refused() {
    const std::uint64_t sequence = requests.back().sequence;
    ++answered_;
    take(session_.on_refused(sequence));
  }

  std::vector<Json> messages;
  std::vector<MeasureRequest> requests;

 private:
  StreamTime now_{seconds(1000)};
  StreamSession session_;
  std::size_t answered_ = 0;
  std::optional<StreamClose> closed_;
};

TEST(StreamSession, MeasuresEachStepAndSumsUp) {
  Stream stream;
  stream.start();
  ASSERT_EQ(stream.messages.size(), 1U);
  EXPECT_EQ(stream.messages[0]["labels"], Json(kLabels));
  stream.speak(tone(4.2, 16000), 16000, [] { return 1600; });
  stream.stop();
  const std::vector<Json> measurements = stream.of_type("measurement");
  ASSERT_EQ(measurements.size(), 7U);  // at 1, 1.5, ... 4
  EXPECT_EQ(measurements[0]["start_s"], 0.0);
  EXPECT_EQ(measurements[0]["end_s"], 1.0);
  EXPECT_EQ(measurements[5]["sequence"], 6);
  EXPECT_EQ(measurements[5]["start_s"], 0.5);
  EXPECT_EQ(measurements[5]["end_s"], 3.5);
  EXPECT_NEAR(measurements[5]["level_dbfs"].get<double>(), 20 * std::log10(0.3) - 3.01, 0.1);
  const Json summary = stream.messages.back();
  EXPECT_EQ(summary["measurements"], 7);
  EXPECT_EQ(summary["skipped"], 0);
  EXPECT_EQ(summary["duration_s"], 4.2);
  EXPECT_EQ(summary["label"], "Happy");
  EXPECT_NEAR(summary["probabilities"]["Happy"].get<double>(), 0.6, 1e-12);
  stream.expect_closed(CloseCode::kNormal);
}

TEST(StreamSession, HandsOutExactlyTheSamplesOfTheWindow) {
  Stream stream;
  stream.start(16000, 2, 0.7);
  const std::vector<std::byte> sound = tone(5, 16000);
  stream.speak(sound, 16000, [] { return 777; });
  ASSERT_EQ(stream.requests.size(), 6U);  // at 1, 1.7, ... 4.5
  for (std::size_t k = 0; k < stream.requests.size(); ++k) {
    const std::size_t end = 16000 + k * 11200;
    const std::size_t begin = end - std::min<std::size_t>(end, 32000);
    std::vector<float> expected;
    for (std::size_t i = begin; i < end; ++i) {
      const auto sample =
          static_cast<std::int16_t>(std::to_integer<unsigned>(sound[2 * i]) |
                                    std::to_integer<unsigned>(sound[2 * i + 1]) << 8U);
      expected.push_back(static_cast<float>(sample) / 32768.0F);
    }
    EXPECT_EQ(stream.requests[k].samples, expected) << k;
  }
}

TEST(StreamSession, AsksTheSameHoweverTheSoundIsCut) {
  for (const int rate : {8000, 16000, 44100, 48000}) {
    const std::vector<std::byte> sound = tone(6, rate);
    std::vector<MeasureRequest> expected;
    std::mt19937 random(3);
    for (const unsigned most : {0U, 1U, 400U, 3000U}) {
      Stream stream;
      stream.start(rate, 2.5, 0.5);
      // Below the number of samples of a step, or a message could complete two.
      stream.speak(sound, rate, [&]() -> std::size_t {
        return most == 0 ? static_cast<std::size_t>(rate) / 20 : 1 + random() % most;
      });
      stream.stop();
      stream.answer();
      stream.expect_closed(CloseCode::kNormal);
      if (expected.empty()) expected = stream.requests;
      ASSERT_EQ(stream.requests.size(), expected.size());
      EXPECT_EQ(expected.size(), 11U) << "those that the filter held back come at the end";
      for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(stream.requests[i].sequence, expected[i].sequence);
        EXPECT_EQ(stream.requests[i].samples, expected[i].samples) << rate << " Hz, " << most;
      }
    }
  }
}

TEST(StreamSession, SkipsToTheNewestWindowRatherThanLag) {
  Stream stream;
  stream.start();
  stream.binary(tone(4, 16000));
  ASSERT_EQ(stream.requests.size(), 1U);
  EXPECT_EQ(stream.requests[0].sequence, 1U);
  stream.result(1);
  ASSERT_EQ(stream.requests.size(), 2U);
  EXPECT_EQ(stream.requests[1].sequence, 7U);
  EXPECT_EQ(stream.requests[1].samples.size(), 48000U);
  stream.stop();
  EXPECT_FALSE(stream.closed()) << "it waits for what is under way";
  stream.result(7);
  stream.expect_closed(CloseCode::kNormal);
  EXPECT_EQ(stream.messages.back()["measurements"], 2);
  EXPECT_EQ(stream.messages.back()["skipped"], 5);
}

TEST(StreamSession, MeasuresWhatWaitsBeforeItEnds) {
  Stream stream;
  stream.start();
  stream.binary(tone(1.5, 16000));
  stream.stop();
  stream.binary(tone(1, 16000));
  stream.text("a client that does not know yet");
  stream.result(1);
  stream.result(2);
  stream.expect_closed(CloseCode::kNormal);
  EXPECT_EQ(stream.messages.back()["measurements"], 2);
  EXPECT_EQ(stream.messages.back()["duration_s"], 1.5);
}

TEST(StreamSession, AnswersSilenceItselfAndInOrder) {
  Stream stream;
  stream.start(16000, 1, 0.5);
  stream.binary(std::vector<std::byte>(2 * 16000));
  EXPECT_TRUE(stream.requests.empty());
  stream.binary(tone(0.5, 16000));
  ASSERT_EQ(stream.requests.size(), 1U);
  stream.binary(
      std::vector<std::byte>(3 * 16000));  // steps 3 to 5, of which the last two are silent
  EXPECT_EQ(stream.of_type("measurement").size(), 1U) << "silence does not overtake";
  stream.result(2);
  stream.stop();
  const std::vector<Json> measurements = stream.of_type("measurement");
  ASSERT_EQ(measurements.size(), 3U);
  EXPECT_EQ(measurements[0]["silent"], true);
  EXPECT_EQ(measurements[0]["level_dbfs"], -200.0);
  EXPECT_TRUE(measurements[0]["label"].is_null());
  EXPECT_EQ(measurements[1]["sequence"], 2);
  EXPECT_EQ(measurements[2]["sequence"], 5);
  EXPECT_EQ(measurements[2]["silent"], true);
  EXPECT_EQ(stream.messages.back()["silent"], 2);
  EXPECT_EQ(stream.messages.back()["skipped"], 2);
  EXPECT_EQ(stream.messages.back()["label"], "Happy");
}

TEST(StreamSession, SumsUpNothingAsNull) {
  Stream stream;
  stream.start();
  stream.binary(tone(0.9, 16000));
  stream.stop();
  EXPECT_TRUE(stream.requests.empty());
  EXPECT_TRUE(stream.messages.back()["label"].is_null());
  EXPECT_EQ(stream.messages.back()["measurements"], 0);
  stream.expect_closed(CloseCode::kNormal);
}

TEST(StreamSession, GoesOnWhereThereIsNoRoom) {
  Stream stream;
  stream.start();
  stream.binary(tone(1.5, 16000));
  stream.refused();
  ASSERT_EQ(stream.requests.size(), 2U);
  stream.result(2);
  stream.stop();
  EXPECT_EQ(stream.messages.back()["skipped"], 1);
  EXPECT_EQ(stream.messages.back()["measurements"], 1);
}

TEST(StreamSession, IgnoresAnswersToWhatItDidNotAsk) {
  Stream stream;
  stream.start();
  stream.result(1);
  stream.binary(tone(1, 16000));
  stream.take(stream.session().on_result(2, heard()));
  stream.take(stream.session().on_failure(7, ApiError(500, "internal", "x")));
  EXPECT_EQ(stream.messages.size(), 1U);
  EXPECT_FALSE(stream.closed());
}

TEST(StreamSession, FailsOnAnswersThatAreNone) {
  std::vector<Prediction> damaged(3, heard());
  damaged[0].probabilities[1].second = std::numeric_limits<double>::quiet_NaN();
  damaged[1].probabilities.pop_back();
  damaged[2].probabilities[0].first = "Other";
  for (const Prediction& prediction : damaged) {
    Stream stream;
    stream.start();
    stream.binary(tone(1, 16000));
    stream.result(1, prediction);
    stream.expect_closed(CloseCode::kInternalError, "internal");
  }
}

TEST(StreamSession, TellsFailuresOfTheServerApart) {
  const std::vector<std::tuple<std::string, CloseCode, std::string>> cases = {
      {"overloaded", CloseCode::kTryAgainLater, "overloaded"},
      {"shutting_down", CloseCode::kServiceRestart, "shutting_down"},
      {"model_corrupt", CloseCode::kInternalError, "internal"}};
  for (const auto& [code, close, told] : cases) {
    Stream stream;
    stream.start();
    stream.binary(tone(1, 16000));
    stream.take(stream.session().on_failure(1, ApiError(503, code, "/srv/secret")));
    stream.expect_closed(close, told);
    stream.result(1);
  }
}

TEST(StreamSession, RefusesWhatIsOutOfOrder) {
  {
    Stream stream;
    stream.binary(tone(0.1, 16000));
    stream.expect_closed(CloseCode::kUnsupportedData, "invalid_argument");
  }
  {
    Stream stream;
    stream.stop();
    stream.expect_closed(CloseCode::kPolicyViolation, "invalid_argument");
  }
  {
    Stream stream;
    stream.start();
    stream.start();
    stream.expect_closed(CloseCode::kPolicyViolation, "invalid_argument");
    stream.start();
    stream.stop();
    stream.binary(tone(2, 16000));
    stream.tick();
    stream.take(stream.session().on_shutdown());
  }
  {
    Stream stream;
    stream.start();
    stream.binary(std::vector<std::byte>(3));
    stream.expect_closed(CloseCode::kUnsupportedData, "invalid_argument");
  }
}

TEST(StreamSession, RefusesWhatIsTooLarge) {
  {
    Stream stream;
    stream.start(48000);
    stream.binary(std::vector<std::byte>(262144));
    EXPECT_FALSE(stream.closed());
    stream.binary(std::vector<std::byte>(262146));
    stream.expect_closed(CloseCode::kMessageTooBig, "message_too_large");
  }
  {
    Stream stream;
    stream.text(std::string(4097, ' '));
    stream.expect_closed(CloseCode::kMessageTooBig, "message_too_large");
  }
  {
    Stream stream;
    stream.take(stream.session().on_oversized());
    stream.expect_closed(CloseCode::kMessageTooBig, "message_too_large");
  }
}

TEST(StreamSession, RefusesSoundThatComesTooFast) {
  Stream stream;
  stream.start(8000);
  const std::vector<std::byte> second(16000);
  for (int i = 0; i < 10; ++i) stream.binary(second);
  stream.wait(seconds(1));
  for (int i = 0; i < 4; ++i) stream.binary(second);
  EXPECT_FALSE(stream.closed());
  stream.binary(second);
  stream.expect_closed(CloseCode::kPolicyViolation, "rate_exceeded");
}

TEST(StreamSession, EndsWhenNothingComes) {
  Stream stream;
  stream.wait(seconds(29));
  stream.start();
  stream.wait(seconds(29));
  stream.tick();
  stream.binary({});
  EXPECT_FALSE(stream.closed());
  stream.wait(seconds(1));
  stream.tick();
  stream.expect_closed(CloseCode::kPolicyViolation, "idle_timeout");
}

TEST(StreamSession, SumsUpWhenItsTimeIsOver) {
  StreamLimits limits;
  limits.session = seconds(20);
  Stream stream(limits);
  stream.start();
  stream.binary(tone(1, 16000));
  stream.wait(seconds(20));
  stream.tick();
  EXPECT_FALSE(stream.closed());
  stream.result(1);
  stream.expect_closed(CloseCode::kPolicyViolation, "session_timeout");
  EXPECT_EQ(stream.of_type("summary").size(), 1U);
}

TEST(StreamSession, DoesNotWaitForAModelThatNeverAnswers) {
  Stream stream;
  stream.start();
  stream.binary(tone(1.5, 16000));
  stream.stop();
  stream.wait(seconds(30));
  stream.tick();
  stream.expect_closed(CloseCode::kNormal);
  EXPECT_EQ(stream.messages.back()["skipped"], 2);
  stream.take(stream.session().on_result(1, heard()));
}

TEST(StreamSession, SaysThatTheServerStops) {
  Stream stream;
  stream.start();
  stream.binary(tone(1, 16000));
  stream.take(stream.session().on_shutdown());
  stream.expect_closed(CloseCode::kServiceRestart, "shutting_down");
}

TEST(StreamSession, HoldsNoMoreThanItNeeds) {
  Stream stream;
  stream.start(8000, 30, 10);
  const std::vector<std::byte> sound = tone(15, 8000);
  std::size_t most = 0;
  for (int i = 0; i < 20; ++i) {
    stream.wait(seconds(15));
    stream.binary(sound);
    most = std::max(most, stream.session().held_samples());
  }
  EXPECT_GE(most, 40U * 16000);
  EXPECT_LE(most, 42U * 16000);
}

}  // namespace
}  // namespace undertone::server
