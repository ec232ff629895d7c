// Recordings that tests make themselves: signals, WAV files byte by byte, and other formats by the
// ffmpeg program where there is one.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <numbers>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audio/reader.hpp"
#include "support/temporary_folder.hpp"

namespace undertone::audio::test {

using undertone::test::read_file;
using undertone::test::TemporaryFolder;
using undertone::test::write_file;

inline std::span<const std::byte> as_bytes(const std::string& text) {
  return std::as_bytes(std::span(text));
}

inline std::vector<float> decode(const std::string& bytes, const Limits& limits = {}) {
  Reader reader = Reader::open_memory(as_bytes(bytes), "clip", limits);
  return read_all(reader);
}

// Interleaved samples of a sine, the same in every channel.
inline std::vector<float> sine(double frequency, double duration_s, int rate,
                               double amplitude = 0.5, int channels = 1) {
  std::vector<float> samples;
  const auto frames = static_cast<std::size_t>(std::llround(duration_s * rate));
  for (std::size_t i = 0; i < frames; ++i) {
    const double phase = 2.0 * std::numbers::pi * frequency * static_cast<double>(i) / rate;
    samples.insert(samples.end(), static_cast<std::size_t>(channels),
                   static_cast<float>(amplitude * std::sin(phase)));
  }
  return samples;
}

// A chirp from 200 to 2,200 Hz over a steady tone: every moment differs from every other, so that a
// delay shows, and all of it is well inside what a telephone codec keeps.
inline std::vector<float> speechlike(double duration_s, int rate) {
  std::vector<float> samples;
  const auto frames = static_cast<std::size_t>(std::llround(duration_s * rate));
  for (std::size_t i = 0; i < frames; ++i) {
    const double t = static_cast<double>(i) / rate;
    const double sweep = 200.0 * t + 1000.0 * t * t / duration_s;
    samples.push_back(static_cast<float>(0.35 * std::sin(2.0 * std::numbers::pi * sweep) +
                                         0.1 * std::sin(2.0 * std::numbers::pi * 700.0 * t)));
  }
  return samples;
}

template <class Number>
std::string little_endian(Number value) {
  std::string bytes;
  auto bits = static_cast<std::uint64_t>(value);
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    bytes += static_cast<char>(bits & 0xFF);
    bits >>= 8;
  }
  return bytes;
}

enum class WavTag : std::uint16_t { kPcm = 1, kFloat = 3, kALaw = 6, kMuLaw = 7 };

// A canonical WAV around sample data. `declared_bytes` replaces the size of the data chunk.
inline std::string wav(std::string_view data, WavTag tag, int bits, int rate, int channels = 1,
                       std::int64_t declared_bytes = -1) {
  const auto size = static_cast<std::uint32_t>(
      declared_bytes >= 0 ? declared_bytes : static_cast<std::int64_t>(data.size()));
  const auto block = static_cast<std::uint32_t>(channels * bits / 8);
  std::string file =
      "RIFF" + little_endian(size + 36) + "WAVEfmt " + little_endian(std::uint32_t{16});
  file += little_endian(static_cast<std::uint16_t>(tag));
  file += little_endian(static_cast<std::uint16_t>(channels));
  file += little_endian(static_cast<std::uint32_t>(rate));
  file += little_endian(static_cast<std::uint32_t>(rate) * block);
  file += little_endian(static_cast<std::uint16_t>(block));
  file += little_endian(static_cast<std::uint16_t>(bits));
  file += "data" + little_endian(size);
  return file.append(data);
}

inline std::string float_data(std::span<const float> samples) {
  std::string data;
  for (const float sample : samples) data += little_endian(std::bit_cast<std::uint32_t>(sample));
  return data;
}

inline std::string float_wav(std::span<const float> samples, int rate, int channels = 1) {
  return wav(float_data(samples), WavTag::kFloat, 32, rate, channels);
}

inline std::int16_t to_16_bit(float sample) {
  return static_cast<std::int16_t>(std::lround(std::fmin(sample, 0.9999F) * 32768.0F));
}

inline std::string wav_16(std::span<const float> samples, int rate, int channels = 1,
                          std::int64_t declared_bytes = -1) {
  std::string data;
  for (const float sample : samples) data += little_endian(to_16_bit(sample));
  return wav(data, WavTag::kPcm, 16, rate, channels, declared_bytes);
}

inline bool has_ffmpeg() {
  static const bool found = std::system("ffmpeg -version >/dev/null 2>&1") == 0;
  return found;
}

// Runs the ffmpeg program on `input` and returns what it wrote to a file called `name`; empty if it
// cannot write that format. Through a pipe it cannot go back to complete a header.
inline std::string encode(const std::string& input, const std::string& name,
                          const std::string& options, bool through_pipe = false) {
  const TemporaryFolder folder;
  write_file(folder / "input", input);
  const std::string output = (folder / name).string();
  const std::string command = "ffmpeg -nostdin -loglevel quiet -y -i '" +
                              (folder / "input").string() + "' -bitexact -t 10 " + options +
                              (through_pipe ? " pipe:1 | cat > '" : " '") + output + "'";
  if (std::system(command.c_str()) != 0) return {};
  return read_file(output);
}

#define UNDERTONE_NEEDS_FFMPEG()               \
  if (!::undertone::audio::test::has_ffmpeg()) \
  GTEST_SKIP() << "the ffmpeg program is not " \
                  "installed"

}  // namespace undertone::audio::test
