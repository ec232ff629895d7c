// Recordings made by computation.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace undertone::test {

// A voice-like buzz: harmonics of `pitch` Hz under a slow swell, with a little noise.
inline std::vector<float> buzz(double seconds, double pitch, unsigned seed = 1,
                               int sample_rate = 16000) {
  std::mt19937 random(seed);
  std::vector<float> samples(static_cast<std::size_t>(seconds * sample_rate));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double t = static_cast<double>(i) / sample_rate;
    double value = 0;
    for (int h = 1; h <= 6; ++h) value += std::sin(2 * 3.14159265358979 * pitch * h * t) / h;
    value *= 0.15 * (1.2 + std::sin(2 * 3.14159265358979 * 3 * t));
    value += 0.01 * (static_cast<double>(random() % 2001) / 1000 - 1);
    samples[i] = static_cast<float>(value / 2);
  }
  return samples;
}

// 16-bit PCM, mono.
inline std::string wav(const std::vector<float>& samples, int sample_rate = 16000) {
  std::string bytes;
  const auto put = [&bytes](auto value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  const auto size = static_cast<std::uint32_t>(2 * samples.size());
  bytes += "RIFF";
  put(size + 36);
  bytes += "WAVEfmt ";
  put(std::uint32_t{16});
  put(std::uint16_t{1});
  put(std::uint16_t{1});
  put(static_cast<std::uint32_t>(sample_rate));
  put(static_cast<std::uint32_t>(2 * sample_rate));
  put(std::uint16_t{2});
  put(std::uint16_t{16});
  bytes += "data";
  put(size);
  for (const float sample : samples) {
    put(static_cast<std::int16_t>(std::lround(std::fmax(-1.0F, std::fmin(1.0F, sample)) * 32767)));
  }
  return bytes;
}

}  // namespace undertone::test
