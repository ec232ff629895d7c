// Uses Undertone as a program that links it would: through its public headers alone. Hears one
// second of a tone with the embedded default, checks that the answer is one, and prints the
// version.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <span>
#include <string>
#include <vector>

#include <undertone/error.hpp>
#include <undertone/prediction.hpp>
#include <undertone/recognizer.hpp>
#include <undertone/version.hpp>

namespace {

template <class Value>
void append(std::vector<std::byte>& bytes, Value value) {
  std::byte raw[sizeof(Value)];
  std::memcpy(raw, &value, sizeof(Value));
  bytes.insert(bytes.end(), raw, raw + sizeof(Value));
}

void append(std::vector<std::byte>& bytes, const char* tag) {
  for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<std::byte>(tag[i]));
}

std::vector<std::byte> tone_as_wav() {
  constexpr std::uint32_t kRate = 16000;
  std::vector<std::byte> bytes;
  append(bytes, "RIFF");
  append<std::uint32_t>(bytes, 36 + 2 * kRate);
  append(bytes, "WAVE");
  append(bytes, "fmt ");
  append<std::uint32_t>(bytes, 16);
  append<std::uint16_t>(bytes, 1);
  append<std::uint16_t>(bytes, 1);
  append<std::uint32_t>(bytes, kRate);
  append<std::uint32_t>(bytes, 2 * kRate);
  append<std::uint16_t>(bytes, 2);
  append<std::uint16_t>(bytes, 16);
  append(bytes, "data");
  append<std::uint32_t>(bytes, 2 * kRate);
  for (std::uint32_t i = 0; i < kRate; ++i) {
    append(bytes, static_cast<std::int16_t>(8000.0 *
                                            std::sin(2.0 * 3.14159265358979 * 220.0 * i / kRate)));
  }
  return bytes;
}

}  // namespace

int main() {
  try {
    const undertone::Recognizer recognizer = undertone::Recognizer::load();
    const undertone::Prediction prediction = recognizer.predict_memory(tone_as_wav(), "tone.wav");
    double sum = 0.0;
    for (const auto& [label, probability] : prediction.probabilities) sum += probability;
    if (prediction.label.empty() || std::fabs(sum - 1.0) > 1e-9) {
      std::fprintf(stderr, "not a prediction: '%s', probabilities add up to %f\n",
                   prediction.label.c_str(), sum);
      return 1;
    }
    try {
      recognizer.predict_memory(std::span<const std::byte>(), "nothing");
      std::fputs("an empty recording was accepted\n", stderr);
      return 1;
    } catch (const undertone::Error& error) {
      if (undertone::to_string(error.code()) != "audio_unreadable") throw;
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  const std::string version(undertone::version());
  std::printf("%s\n", version.c_str());
  return 0;
}
