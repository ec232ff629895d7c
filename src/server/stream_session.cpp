#include "server/stream_session.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <utility>

#include "audio/quality.hpp"
#include "audio/reader.hpp"

namespace undertone::server {
namespace {

double to_seconds(std::uint64_t samples) {
  return static_cast<double>(samples) / audio::kSampleRate;
}

audio::Quality quality_of(std::span<const float> samples) {
  audio::QualityMeter meter;
  meter.add(samples);
  return meter.result();
}

StreamError refusal(CloseCode close, std::string code, const std::string& message,
                    std::string hint = {}) {
  return {close, ApiError(400, std::move(code), message, std::move(hint))};
}

StreamError too_large(const std::string& message) {
  return refusal(CloseCode::kMessageTooBig, "message_too_large", message,
                 "Send sound in pieces of a tenth of a second or so.");
}

bool is_sound_answer(const Prediction& prediction, const std::vector<std::string>& labels) {
  if (!std::isfinite(prediction.confidence)) return false;
  return std::equal(prediction.probabilities.begin(), prediction.probabilities.end(),
                    labels.begin(), labels.end(), [](const auto& entry, const auto& label) {
                      return entry.first == label && std::isfinite(entry.second);
                    });
}

}  // namespace

StreamSession::StreamSession(const StreamLimits& limits, std::vector<std::string> labels,
                             StreamTime now)
    : limits_(limits),
      labels_(std::move(labels)),
      opened_(now),
      last_message_(now),
      sums_(labels_.size()) {}

template <class Event>
StreamActions StreamSession::handle(Event event) {
  StreamActions actions;
  if (state_ == State::kClosed) return actions;
  try {
    event(actions);
  } catch (const StreamError& error) {
    fail(error, actions);
  } catch (...) {
    fail(StreamError::of_server(ApiError::of(std::current_exception())), actions);
  }
  return actions;
}

StreamActions StreamSession::on_text(std::string_view text, StreamTime now) {
  return handle([&](StreamActions& actions) {
    // A client may not yet know that its session is over.
    if (state_ == State::kDraining) return;
    last_message_ = now;
    if (text.size() > limits_.text_bytes) {
      throw too_large(fmt::format("a text message of {} bytes; at most {} are read", text.size(),
                                  limits_.text_bytes));
    }
    const ClientMessage message = parse_client_message(text);
    if (const auto* asked = std::get_if<StartMessage>(&message)) {
      start(*asked, now, actions);
    } else if (state_ == State::kAwaitingStart) {
      throw refusal(CloseCode::kPolicyViolation, "invalid_argument", "stop came before start");
    } else {
      drain(std::nullopt, now, actions);
    }
  });
}

StreamActions StreamSession::on_binary(std::span<const std::byte> data, StreamTime now) {
  return handle([&](StreamActions& actions) {
    if (state_ == State::kDraining) return;
    if (state_ == State::kAwaitingStart) {
      throw refusal(CloseCode::kUnsupportedData, "invalid_argument",
                    "sound came before start, which says its rate",
                    R"(Send {"type": "start", "rate": 48000} first.)");
    }
    if (data.size() > limits_.message_bytes) {
      throw too_large(fmt::format("a binary message of {} bytes; at most {} are read", data.size(),
                                  limits_.message_bytes));
    }
    if (data.size() % 2 != 0) {
      throw refusal(CloseCode::kUnsupportedData, "invalid_argument",
                    fmt::format("a binary message of {} bytes ends within a sample", data.size()),
                    "Send whole 16-bit samples.");
    }
    if (data.empty()) return;  // is no sign of life either
    last_message_ = now;
    check_speed(data.size(), now);
    audio_->add(data, [&](const StreamStep& step) { take_step(step, actions); });
  });
}

StreamActions StreamSession::on_oversized() {
  return handle([&](StreamActions& actions) {
    fail(too_large(fmt::format("a message of more than {} bytes", limits_.message_bytes)), actions);
  });
}

StreamActions StreamSession::on_tick(StreamTime now) {
  return handle([&](StreamActions& actions) {
    if (now < *deadline()) return;
    if (state_ == State::kDraining) {
      // The model does not answer in any useful time; the client is not to wait for it.
      summary_.skipped += (under_way_ ? 1U : 0U) + (waiting_ ? 1U : 0U);
      under_way_.reset();
      waiting_.reset();
      end_if_drained(actions);
      return;
    }
    if (now >= opened_ + limits_.session) {
      const StreamError error =
          refusal(CloseCode::kPolicyViolation, "session_timeout",
                  fmt::format("the session has lasted for {} s", limits_.session.count()),
                  "Open another one.");
      if (state_ == State::kAwaitingStart) throw error;
      drain(error, now, actions);
      return;
    }
    throw refusal(CloseCode::kPolicyViolation, "idle_timeout",
                  fmt::format("nothing came for {} s", limits_.idle.count()),
                  "Send silence while there is nothing to hear, or stop.");
  });
}

StreamActions StreamSession::on_result(std::uint64_t sequence, const Prediction& prediction) {
  return handle([&](StreamActions& actions) {
    if (!under_way_ || under_way_->sequence != sequence) return;
    if (!is_sound_answer(prediction, labels_)) {
      throw StreamError::of_server(ApiError(500, "internal", "the model's answer is damaged"));
    }
    Measurement measurement = *std::exchange(under_way_, std::nullopt);
    measurement.label = prediction.label;
    measurement.confidence = prediction.confidence;
    measurement.probabilities = prediction.probabilities;
    for (std::size_t i = 0; i < sums_.size(); ++i) sums_[i] += prediction.probabilities[i].second;
    ++summary_.measurements;
    actions.messages.push_back(measurement_message(measurement));
    measure_next(actions);
  });
}

StreamActions StreamSession::on_failure(std::uint64_t sequence, const ApiError& error) {
  return handle([&](StreamActions& actions) {
    if (!under_way_ || under_way_->sequence != sequence) return;
    fail(StreamError::of_server(error), actions);
  });
}

StreamActions StreamSession::on_refused(std::uint64_t sequence) {
  return handle([&](StreamActions& actions) {
    if (!under_way_ || under_way_->sequence != sequence) return;
    under_way_.reset();
    ++summary_.skipped;
    measure_next(actions);
  });
}

StreamActions StreamSession::on_shutdown() {
  return handle([&](StreamActions& actions) {
    fail(StreamError::of_server(
             ApiError(503, "shutting_down", "the server stops", "Connect again in a moment.")),
         actions);
  });
}

std::optional<StreamTime> StreamSession::deadline() const {
  switch (state_) {
    case State::kClosed:
      return std::nullopt;
    case State::kDraining:
      return drained_by_;
    default:
      return std::min(opened_ + limits_.session, last_message_ + limits_.idle);
  }
}

void StreamSession::start(const StartMessage& message, StreamTime now, StreamActions& actions) {
  if (state_ != State::kAwaitingStart) {
    throw refusal(CloseCode::kPolicyViolation, "invalid_argument", "start came twice",
                  "Open another stream to change how it is heard.");
  }
  audio_.emplace(message.rate, message.window_s, message.step_s);
  rate_ = message.rate;
  started_ = now;
  state_ = State::kListening;
  actions.messages.push_back(ready_message(message, labels_, limits_));
}

void StreamSession::check_speed(std::size_t bytes, StreamTime now) const {
  const double elapsed_s = std::chrono::duration<double>(now - started_).count();
  const double allowed_s = limits_.burst_s + limits_.rate_factor * std::max(elapsed_s, 0.0);
  const double received_s = audio_->received_s() + static_cast<double>(bytes / 2) / rate_;
  if (received_s > allowed_s) {
    throw refusal(
        CloseCode::kPolicyViolation, "rate_exceeded",
        fmt::format("{:.1f} s of sound came within {:.1f} s", received_s, std::max(elapsed_s, 0.0)),
        fmt::format("At most {:g} times the speed of sound being recorded, after the first {:g} s. "
                    "Send a finished recording to /emotion_predict.",
                    limits_.rate_factor, limits_.burst_s));
  }
}

void StreamSession::take_step(const StreamStep& step, StreamActions& actions) {
  if (!under_way_) {
    measure(step, actions);
    return;
  }
  if (waiting_) ++summary_.skipped;
  waiting_ = step;
}

// REQUIRES that none is under way.
void StreamSession::measure(const StreamStep& step, StreamActions& actions) {
  const std::span<const float> window = audio_->window(step);
  Measurement measurement{.sequence = step.sequence,
                          .start_s = to_seconds(step.begin),
                          .end_s = to_seconds(step.end),
                          .level_dbfs = quality_of(audio_->newest(step)).rms_dbfs,
                          .silent = quality_of(window).silent()};
  if (measurement.silent) {
    ++summary_.measurements;
    ++summary_.silent;
    actions.messages.push_back(measurement_message(measurement));
    return;
  }
  actions.measure = MeasureRequest{step.sequence, {window.begin(), window.end()}};
  under_way_ = std::move(measurement);
}

void StreamSession::measure_next(StreamActions& actions) {
  if (const auto step = std::exchange(waiting_, std::nullopt)) measure(*step, actions);
  end_if_drained(actions);
}

void StreamSession::drain(std::optional<StreamError> reason, StreamTime now,
                          StreamActions& actions) {
  state_ = State::kDraining;
  drained_by_ = now + limits_.idle;
  end_reason_ = std::move(reason);
  audio_->finish([&](const StreamStep& step) { take_step(step, actions); });
  end_if_drained(actions);
}

void StreamSession::end_if_drained(StreamActions& actions) {
  if (state_ != State::kDraining || under_way_ || waiting_) return;
  summarise(actions);
  if (end_reason_) {
    const StreamError reason = *end_reason_;
    fail(reason, actions);
  } else {
    close(CloseCode::kNormal, "", actions);
  }
}

void StreamSession::summarise(StreamActions& actions) const {
  Summary summary = summary_;
  summary.duration_s = audio_->received_s();
  const std::uint64_t heard = summary.measurements - summary.silent;
  if (heard > 0) {
    for (std::size_t i = 0; i < labels_.size(); ++i) {
      const double mean = sums_[i] / static_cast<double>(heard);
      summary.probabilities.emplace_back(labels_[i], mean);
      if (i == 0 || mean > summary.confidence) {
        summary.label = labels_[i];
        summary.confidence = mean;
      }
    }
  }
  actions.messages.push_back(summary_message(summary));
}

void StreamSession::fail(const StreamError& error, StreamActions& actions) {
  actions.messages.push_back(error_message(error));
  close(error.close(), error.code(), actions);
}

void StreamSession::close(CloseCode code, std::string reason, StreamActions& actions) {
  state_ = State::kClosed;
  actions.measure.reset();
  actions.close = StreamClose{code, std::move(reason)};
  under_way_.reset();
  waiting_.reset();
  audio_.reset();
}

}  // namespace undertone::server
