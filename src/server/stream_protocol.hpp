// The text messages of /v1/stream: those of clients, parsed, and ours, written. docs/asyncapi.json
// describes them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "server/api_error.hpp"

namespace undertone::server {

// Why a WebSocket is closed (RFC 6455, section 7.4, and IANA's register).
enum class CloseCode : std::uint16_t {
  kNormal = 1000,
  kUnsupportedData = 1003,
  kPolicyViolation = 1008,
  kMessageTooBig = 1009,
  kInternalError = 1011,
  kServiceRestart = 1012,
  kTryAgainLater = 1013,
};

// An error that ends a stream: what the client is told, and the close code that follows.
class StreamError : public ApiError {
 public:
  StreamError(CloseCode close, const ApiError& error) : ApiError(error), close_(close) {}

  // `overloaded` closes with 1013, `shutting_down` with 1012, anything else is told as `internal`
  // and closes with 1011.
  static StreamError of_server(const ApiError& error);

  CloseCode close() const noexcept { return close_; }

 private:
  CloseCode close_;
};

// What one client may ask of a stream.
struct StreamLimits {
  std::size_t message_bytes = 262144;  // of a binary message
  std::size_t text_bytes = 4096;       // of a text message
  std::chrono::seconds idle{30};       // without a message
  std::chrono::seconds session{3600};  // from the handshake on
  double rate_factor = 4.0;            // how much faster than real time sound may come ...
  double burst_s = 10.0;               // ... beyond this much of it
};

struct StartMessage {
  int rate = 0;           // Hz
  double window_s = 3.0;  // of the past that each measurement hears
  double step_s = 0.5;    // from one measurement to the next
};
struct StopMessage {};
using ClientMessage = std::variant<StartMessage, StopMessage>;

// A flat JSON object of known keys, each at most once, within their ranges. Throws StreamError:
// 1003 for what is no message at all, 1008 for a start that says something impossible.
// REQUIRES a text of bounded length.
ClientMessage parse_client_message(std::string_view text);

// In the order of the model's labels.
using Probabilities = std::vector<std::pair<std::string, double>>;

// One step: the window [start_s, end_s) of the sound.
struct Measurement {
  std::uint64_t sequence = 0;
  double start_s = 0;
  double end_s = 0;
  double level_dbfs = 0;
  bool silent = false;  // then what follows is empty, and null in the message
  std::string label{};
  double confidence = 0;
  Probabilities probabilities{};
};

struct Summary {
  double duration_s = 0;
  std::uint64_t measurements = 0;  // the silent ones too
  std::uint64_t silent = 0;
  std::uint64_t skipped = 0;
  // The mean over the measurements that are not silent; empty, and null in the message, if there
  // are none.
  std::string label{};
  double confidence = 0;
  Probabilities probabilities{};
};

// One line of JSON each. Bytes that are not UTF-8 become U+FFFD. REQUIRES finite numbers.
std::string ready_message(const StartMessage& start, std::span<const std::string> labels,
                          const StreamLimits& limits);
std::string measurement_message(const Measurement& measurement);
std::string summary_message(const Summary& summary);
std::string error_message(const ApiError& error);

}  // namespace undertone::server
