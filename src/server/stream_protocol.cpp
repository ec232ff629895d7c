#include "server/stream_protocol.hpp"

#include <cmath>
#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>

#include <undertone/recognizer.hpp>

#include "audio/pcm_stream.hpp"

namespace undertone::server {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kShortestStep = 0.1;  // seconds
constexpr double kLongestStep = 10.0;

constexpr const char* kStartHint =
    R"(A stream begins with {"type": "start", "rate": 48000} and ends with {"type": "stop"}.)";

[[noreturn]] void refuse(CloseCode close, const std::string& message, std::string hint = {}) {
  throw StreamError(close, ApiError(400, "invalid_argument", message, std::move(hint)));
}

// Of a client's own words in our message, as much as helps to find them.
std::string in_quotes(const std::string& text) {
  constexpr std::size_t kMost = 40;
  return text.size() <= kMost ? "'" + text + "'" : "'" + text.substr(0, kMost) + "...'";
}

// Takes an object of strings and numbers, and stops at anything deeper, at a repeated key and at a
// value of any other kind.
class FlatObject : public nlohmann::json_sax<nlohmann::json> {
 public:
  using Value = std::variant<std::string, double>;

  std::map<std::string, Value> take() { return std::move(values_); }
  const std::string& problem() const { return problem_; }

  bool start_object(std::size_t) override { return !std::exchange(open_, true) || nested(); }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return nested(); }
  bool end_array() override { return true; }
  bool key(string_t& name) override {
    key_ = name;
    return !values_.contains(key_) || stop("the key " + in_quotes(key_) + " is there twice");
  }
  bool string(string_t& value) override { return keep(value); }
  bool number_integer(number_integer_t value) override { return keep(static_cast<double>(value)); }
  bool number_unsigned(number_unsigned_t value) override {
    return keep(static_cast<double>(value));
  }
  bool number_float(number_float_t value, const string_t&) override { return keep(value); }
  bool null() override { return wrong_kind(); }
  bool boolean(bool) override { return wrong_kind(); }
  bool binary(binary_t&) override { return wrong_kind(); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception&) override {
    return stop(fmt::format("it is not JSON (byte {})", position));
  }

 private:
  bool keep(Value value) {
    if (!open_) return stop("it is no JSON object");
    values_.emplace(key_, std::move(value));
    return true;
  }
  bool wrong_kind() {
    return stop(open_ ? in_quotes(key_) + " is neither a string nor a number"
                      : "it is no JSON object");
  }
  bool nested() {
    return stop(open_ ? in_quotes(key_) + " holds an object or array; messages are flat"
                      : "it is no JSON object");
  }
  bool stop(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  std::map<std::string, Value> values_;
  std::string key_;
  std::string problem_;
  bool open_ = false;
};

double number(const std::string& key, const FlatObject::Value& value) {
  const double* found = std::get_if<double>(&value);
  if (found == nullptr) refuse(CloseCode::kPolicyViolation, key + " is a string, not a number");
  return *found;
}

double seconds(const std::string& key, const FlatObject::Value& value, double lowest,
               double highest) {
  const double found = number(key, value);
  if (!(found >= lowest && found <= highest)) {
    refuse(CloseCode::kPolicyViolation,
           fmt::format("{} is {:g} s; {:g} to {:g} s are possible", key, found, lowest, highest));
  }
  return found;
}

int sample_rate(const FlatObject::Value& value) {
  const double found = number("rate", value);
  if (!(found >= audio::kLowestPcmRate && found <= audio::kHighestPcmRate)) {
    refuse(CloseCode::kPolicyViolation,
           fmt::format("rate is {:g} Hz; {} to {} are heard", found, audio::kLowestPcmRate,
                       audio::kHighestPcmRate),
           "Send the rate that the samples were recorded at; the server resamples.");
  }
  if (found != std::floor(found)) {
    refuse(CloseCode::kPolicyViolation, fmt::format("rate is {} Hz; a whole number is", found));
  }
  return static_cast<int>(found);
}

StartMessage start_message(const std::map<std::string, FlatObject::Value>& values) {
  StartMessage start;
  for (const auto& [key, value] : values) {
    if (key == "rate") {
      start.rate = sample_rate(value);
    } else if (key == "window_s") {
      start.window_s = seconds(key, value, kShortestWindow, kLongestWindow);
    } else if (key == "step_s") {
      start.step_s = seconds(key, value, kShortestStep, kLongestStep);
    } else if (key == "format") {
      const std::string* format = std::get_if<std::string>(&value);
      if (format == nullptr || *format != "pcm_s16le") {
        refuse(CloseCode::kPolicyViolation, "the format is not 'pcm_s16le', the only one there is");
      }
    } else if (key != "type") {
      refuse(CloseCode::kPolicyViolation, "start has an unknown key " + in_quotes(key),
             "It may have format, rate, window_s and step_s.");
    }
  }
  if (start.rate == 0) refuse(CloseCode::kPolicyViolation, "start has no rate", kStartHint);
  if (start.step_s > start.window_s) {
    refuse(
        CloseCode::kPolicyViolation,
        fmt::format("step_s is {:g} s, more than window_s, {:g} s", start.step_s, start.window_s),
        "A longer step would leave sound between the windows unheard.");
  }
  return start;
}

std::string written(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void add_heard(Json& json, bool heard, const std::string& label, double confidence,
               const Probabilities& probabilities) {
  json["label"] = nullptr;
  json["confidence"] = nullptr;
  json["probabilities"] = nullptr;
  if (!heard) return;
  json["label"] = label;
  json["confidence"] = confidence;
  Json& each = json["probabilities"] = Json::object();
  for (const auto& [name, probability] : probabilities) each[name] = probability;
}

}  // namespace

StreamError StreamError::of_server(const ApiError& error) {
  if (error.code() == "overloaded") return {CloseCode::kTryAgainLater, error};
  if (error.code() == "shutting_down") return {CloseCode::kServiceRestart, error};
  return {CloseCode::kInternalError,
          ApiError(500, "internal", "the server failed to handle this stream")};
}

ClientMessage parse_client_message(std::string_view text) {
  FlatObject object;
  if (!nlohmann::json::sax_parse(text, &object)) {
    refuse(CloseCode::kUnsupportedData, "a text message cannot be read: " + object.problem(),
           kStartHint);
  }
  const std::map<std::string, FlatObject::Value> values = object.take();
  const auto type = values.find("type");
  const std::string* name =
      type == values.end() ? nullptr : std::get_if<std::string>(&type->second);
  if (name == nullptr) {
    refuse(CloseCode::kUnsupportedData, "a text message has no type", kStartHint);
  }
  if (*name == "start") return start_message(values);
  if (*name != "stop") {
    refuse(CloseCode::kUnsupportedData, "a text message has the unknown type " + in_quotes(*name),
           kStartHint);
  }
  if (values.size() > 1) {
    refuse(CloseCode::kUnsupportedData, "stop has keys besides its type", kStartHint);
  }
  return StopMessage{};
}

std::string ready_message(const StartMessage& start, std::span<const std::string> labels,
                          const StreamLimits& limits) {
  Json json = {{"type", "ready"}, {"window_s", start.window_s}, {"step_s", start.step_s}};
  json["labels"] = std::vector<std::string>(labels.begin(), labels.end());
  json["limits"] = {{"message_bytes", limits.message_bytes},
                    {"idle_s", limits.idle.count()},
                    {"session_s", limits.session.count()}};
  return written(json);
}

std::string measurement_message(const Measurement& measurement) {
  Json json = {{"type", "measurement"},
               {"sequence", measurement.sequence},
               {"start_s", measurement.start_s},
               {"end_s", measurement.end_s},
               {"level_dbfs", std::round(10.0 * measurement.level_dbfs) / 10.0},
               {"silent", measurement.silent}};
  add_heard(json, !measurement.silent, measurement.label, measurement.confidence,
            measurement.probabilities);
  return written(json);
}

std::string summary_message(const Summary& summary) {
  Json json = {{"type", "summary"},
               {"duration_s", summary.duration_s},
               {"measurements", summary.measurements},
               {"silent", summary.silent},
               {"skipped", summary.skipped}};
  add_heard(json, !summary.probabilities.empty(), summary.label, summary.confidence,
            summary.probabilities);
  return written(json);
}

std::string error_message(const ApiError& error) {
  Json what = {{"code", error.code()}, {"message", error.what()}};
  if (!error.hint().empty()) what["hint"] = error.hint();
  return written(Json{{"type", "error"}, {"error", std::move(what)}});
}

}  // namespace undertone::server
