// A client of the live stream that sends anything at all, and a model that answers anyhow.
//
// The input is a list of events: a byte that says which, a byte that says how long or how much, and
// for a text message as many bytes as the second byte says.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <undertone/prediction.hpp>

#include "server/stream_session.hpp"

namespace {

using namespace undertone;
using namespace undertone::server;

const std::vector<std::string> kLabels = {"Neutral", "Happy"};

// What every answer of the session must be, whatever came before.
class Witness {
 public:
  void take(const StreamActions& actions) {
    const bool any = !actions.messages.empty() || actions.measure || actions.close;
    if (closed_ && any) std::abort();
    for (const std::string& message : actions.messages) {
      const auto json = nlohmann::json::parse(message);
      if (json.at("type") != "measurement") continue;
      const auto sequence = json.at("sequence").get<std::uint64_t>();
      if (sequence <= last_sequence_) std::abort();
      last_sequence_ = sequence;
      if (json.at("end_s").get<double>() <= json.at("start_s").get<double>()) std::abort();
    }
    if (actions.measure) {
      if (actions.close || actions.measure->samples.size() < 16000) std::abort();
      if (actions.measure->samples.size() > 30 * 16000) std::abort();
      if (actions.measure->sequence <= last_sequence_) std::abort();
      under_way_ = actions.measure->sequence;
    }
    if (actions.close) closed_ = true;
  }

  std::uint64_t under_way() const { return under_way_; }
  bool closed() const { return closed_; }

 private:
  std::uint64_t last_sequence_ = 0;
  std::uint64_t under_way_ = 0;
  bool closed_ = false;
};

Prediction prediction_of(std::uint8_t how) {
  const double happy = how / 255.0;
  Prediction prediction;
  prediction.probabilities = {{kLabels[0], 1.0 - happy}, {kLabels[1], happy}};
  prediction.label = kLabels[happy > 0.5 ? 1 : 0];
  prediction.confidence = std::max(happy, 1.0 - happy);
  if (how == 7) prediction.probabilities.pop_back();
  return prediction;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  StreamTime now{std::chrono::seconds(1)};
  StreamSession session({}, kLabels, now);
  Witness witness;
  std::span<const std::uint8_t> input(data, size);
  std::vector<std::byte> sound;
  std::uint32_t noise = 1;
  // The resampler is fast, but not so fast that thousands of full messages are one test.
  for (int events = 0; events < 64 && input.size() >= 2; ++events) {
    const std::uint8_t what = input[0];
    const std::uint8_t amount = input[1];
    input = input.subspan(2);
    switch (what % 10) {
      case 0: {
        const std::size_t length = std::min<std::size_t>(amount, input.size());
        const std::string_view text(reinterpret_cast<const char*>(input.data()), length);
        input = input.subspan(length);
        witness.take(session.on_text(text, now));
        break;
      }
      case 1:  // noise
        sound.resize(std::size_t{amount} * 1030);
        for (std::byte& byte : sound) {
          noise = noise * 1664525U + 1013904223U;
          byte = static_cast<std::byte>(noise >> 24U);
        }
        witness.take(session.on_binary(sound, now));
        break;
      case 2:  // silence
        sound.assign(std::size_t{amount} * 512, std::byte{0});
        witness.take(session.on_binary(sound, now));
        break;
      case 3:  // the input's own bytes, half samples among them
        sound.clear();
        for (const std::uint8_t byte : input.first(std::min<std::size_t>(amount, input.size()))) {
          sound.push_back(static_cast<std::byte>(byte));
        }
        input = input.subspan(sound.size());
        witness.take(session.on_binary(sound, now));
        break;
      case 4:
        now += std::chrono::milliseconds(std::int64_t{amount} * amount);
        witness.take(session.on_tick(now));
        break;
      case 5:
        witness.take(session.on_result(witness.under_way(), prediction_of(amount)));
        break;
      case 6:
        witness.take(session.on_refused(witness.under_way()));
        break;
      case 7:
        if (const auto deadline = session.deadline()) now = std::max(now, *deadline);
        witness.take(session.on_tick(now));
        break;
      case 8:
        witness.take(amount == 0 ? session.on_shutdown() : session.on_result(amount, {}));
        break;
      default:
        witness.take(amount == 0 ? session.on_oversized()
                                 : session.on_failure(witness.under_way() + (amount & 1U),
                                                      ApiError(503, "overloaded", "full")));
    }
    if (session.held_samples() > 42 * 16000) std::abort();
    if (session.closed() != witness.closed()) std::abort();
  }
  // Left alone, every session ends: by idling or by its time, and then what it waits for.
  for (int i = 0; i < 3 && !session.closed(); ++i) {
    witness.take(session.on_tick(*session.deadline()));
  }
  if (!session.closed() || !witness.closed() || session.deadline()) std::abort();
  return 0;
}
