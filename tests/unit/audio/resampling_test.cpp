// How true the 16 kHz signal is to the original one.

#include <cmath>
#include <gtest/gtest.h>
#include <numbers>
#include <vector>

#include "recordings.hpp"

namespace undertone::audio {
namespace {

using namespace test;

double power(std::span<const float> samples) {
  double sum = 0.0;
  for (const float sample : samples) sum += static_cast<double>(sample) * sample;
  return sum / static_cast<double>(samples.size());
}

double ratio_db(double signal, double noise) { return 10.0 * std::log10(signal / noise); }

// Without the edges, where a sine that begins from nothing is no sine.
std::span<const float> middle(const std::vector<float>& samples) {
  return std::span(samples).subspan(1600, samples.size() - 3200);
}

TEST(Resampling, KeepsTheLength) {
  for (const int rate : {8000, 11025, 12000, 16000, 22050, 24000, 24414, 32000, 44100, 48000, 88200,
                         96000, 192000}) {
    for (const std::size_t frames : {std::size_t{1}, std::size_t{100}, std::size_t{4097},
                                     static_cast<std::size_t>(rate) + 1}) {
      const std::vector<float> samples = decode(wav_16(std::vector<float>(frames, 0.1F), rate));
      const double expected = static_cast<double>(frames) * kSampleRate / rate;
      EXPECT_NEAR(static_cast<double>(samples.size()), expected, 1.0)
          << frames << " samples at " << rate << " Hz";
    }
  }
}

TEST(Resampling, KeepsATonePureAndInPlace) {
  for (const int rate : {8000, 24000, 44100, 48000, 96000, 192000}) {
    const std::vector<float> resampled = decode(float_wav(sine(1000.0, 1.0, rate), rate));
    const std::vector<float> ideal = sine(1000.0, 1.0, kSampleRate);
    ASSERT_GE(resampled.size(), ideal.size() - 1);
    std::vector<float> difference;
    for (std::size_t i = 0; i < std::min(ideal.size(), resampled.size()); ++i) {
      difference.push_back(resampled[i] - ideal[i]);
    }
    EXPECT_GT(ratio_db(power(middle(ideal)), power(middle(difference))), 90.0) << rate << " Hz";
  }
}

TEST(Resampling, RejectsWhatWouldAlias) {
  for (const double frequency : {8800.0, 10000.0, 15000.0, 20000.0}) {
    const std::vector<float> tone = sine(frequency, 1.0, 48000);
    const std::vector<float> resampled = decode(float_wav(tone, 48000));
    EXPECT_GT(ratio_db(power(tone), power(middle(resampled))), 80.0) << frequency << " Hz";
  }
}

TEST(Resampling, PassesTheSpeechBandUnchanged) {
  for (const double frequency : {50.0, 300.0, 3400.0, 7000.0}) {
    const std::vector<float> resampled = decode(float_wav(sine(frequency, 1.0, 48000), 48000));
    EXPECT_NEAR(
        ratio_db(power(middle(resampled)), power(middle(sine(frequency, 1.0, kSampleRate)))), 0.0,
        0.01)
        << frequency << " Hz";
  }
}

TEST(Resampling, NeverExceedsFullScale) {
  std::vector<float> square = sine(400.0, 0.5, 48000, 1.0);
  for (float& sample : square) sample = sample < 0.0F ? -1.0F : 1.0F;
  float peak = 0.0F;
  for (const float sample : decode(float_wav(square, 48000)))
    peak = std::max(peak, std::abs(sample));
  EXPECT_EQ(peak, 1.0F) << "a square wave rings beyond full scale and is clamped";
}

TEST(Resampling, HandlesOddRates) {
  for (const int rate : {1000, 1001, 7919, 15999, 16001, 383999, 768000}) {
    const std::vector<float> samples = decode(float_wav(sine(200.0, 0.5, rate), rate));
    EXPECT_NEAR(static_cast<double>(samples.size()), 8000.0, 1.0 + 8000.0 / rate) << rate << " Hz";
    EXPECT_NEAR(power(middle(samples)), 0.125, 0.002) << rate << " Hz";
  }
}

}  // namespace
}  // namespace undertone::audio
