// One live stream, from the handshake to the close, without socket, clock or thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <undertone/prediction.hpp>

#include "server/stream_audio.hpp"
#include "server/stream_protocol.hpp"

namespace undertone::server {

using StreamTime = std::chrono::steady_clock::time_point;

// A window to be heard by the model. To be answered by exactly one of on_result(), on_failure() and
// on_refused() with its sequence.
struct MeasureRequest {
  std::uint64_t sequence = 0;
  std::vector<float> samples;  // 16 kHz, at least a second
};

struct StreamClose {
  CloseCode code = CloseCode::kNormal;
  std::string reason;  // a code of docs/api.md, or empty
};

// What is to be done after an event, in this order.
struct StreamActions {
  std::vector<std::string> messages;      // text, to be sent
  std::optional<MeasureRequest> measure;  // never together with `close`
  std::optional<StreamClose> close;       // nothing follows
};

// The state machine behind /v1/stream (docs/api.md). At most one measurement is under way at a
// time: while it is, the newest complete step waits, and those that it replaces are counted as
// skipped. Silent windows are answered here. Every session ends in exactly one close, after which
// all events are ignored. Of the sound it holds a window, a step and two seconds at most, however
// much comes.
//
// Not thread-safe. Throws nothing but std::bad_alloc: what fails inside ends the stream with
// `internal`. An event costs at most the resampling of its sound and one pass over a window, below
// a few milliseconds.
//
// The transport should read messages of more than `limits.message_bytes` far enough to pass them
// on, or call on_oversized(), so that the client is told why it is closed. It calls on_tick() at
// deadline(), which may change with every event.
class StreamSession {
 public:
  // `now` is the time of the handshake. `labels` are the model's, in the order of its predictions.
  StreamSession(const StreamLimits& limits, std::vector<std::string> labels, StreamTime now);

  StreamActions on_text(std::string_view text, StreamTime now);
  StreamActions on_binary(std::span<const std::byte> data, StreamTime now);
  StreamActions on_oversized();
  StreamActions on_tick(StreamTime now);

  // The answers to a MeasureRequest; those to any other are ignored.
  StreamActions on_result(std::uint64_t sequence, const Prediction& prediction);
  // Ends the stream; see StreamError::of_server().
  StreamActions on_failure(std::uint64_t sequence, const ApiError& error);
  // There was no room for it just now: skipped, and the stream goes on.
  StreamActions on_refused(std::uint64_t sequence);

  StreamActions on_shutdown();

  // When on_tick() has something to do; nothing once closed.
  std::optional<StreamTime> deadline() const;
  bool closed() const { return state_ == State::kClosed; }
  // What was done so far; its duration and probabilities are known only at the end.
  const Summary& summary() const { return summary_; }
  std::size_t held_samples() const { return audio_ ? audio_->held_samples() : 0; }

 private:
  enum class State {
    kAwaitingStart,
    kListening,
    kDraining,  // no more sound is heard; what is under way or waits is still measured
    kClosed,
  };

  template <class Event>
  StreamActions handle(Event event);
  void start(const StartMessage& message, StreamTime now, StreamActions& actions);
  void check_speed(std::size_t bytes, StreamTime now) const;
  void take_step(const StreamStep& step, StreamActions& actions);
  void measure(const StreamStep& step, StreamActions& actions);
  void measure_next(StreamActions& actions);
  void drain(std::optional<StreamError> reason, StreamTime now, StreamActions& actions);
  void end_if_drained(StreamActions& actions);
  void summarise(StreamActions& actions) const;
  void fail(const StreamError& error, StreamActions& actions);
  void close(CloseCode code, std::string reason, StreamActions& actions);

  StreamLimits limits_;
  std::vector<std::string> labels_;
  StreamTime opened_;
  StreamTime last_message_;
  StreamTime started_{};
  StreamTime drained_by_{};
  State state_ = State::kAwaitingStart;
  int rate_ = 0;
  std::optional<StreamAudio> audio_;
  std::optional<Measurement> under_way_;   // still without what the model says
  std::optional<StreamStep> waiting_;      // only while another is under way
  std::optional<StreamError> end_reason_;  // of a draining session that was not stopped
  Summary summary_;
  std::vector<double> sums_;  // of the probabilities, by label
};

}  // namespace undertone::server
