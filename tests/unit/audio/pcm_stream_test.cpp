#include "audio/pcm_stream.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <vector>

#include <undertone/error.hpp>

#include "recordings.hpp"

namespace undertone::audio {
namespace {

using namespace test;

std::string pcm_16(std::span<const float> samples) {
  std::string data;
  for (const float sample : samples) data += little_endian(to_16_bit(sample));
  return data;
}

// `next_size` says how many samples each message holds.
template <class NextSize>
std::vector<float> stream(const std::string& pcm, int rate, NextSize next_size) {
  PcmStream stream(rate);
  std::vector<float> out;
  std::span<const std::byte> rest = as_bytes(pcm);
  while (!rest.empty()) {
    const std::size_t bytes = std::min<std::size_t>(2 * next_size(), rest.size());
    stream.add(rest.first(bytes), out);
    rest = rest.subspan(bytes);
  }
  stream.finish(out);
  return out;
}

constexpr int kRates[] = {8000,  11025, 12000, 16000, 22050, 24000,
                          32000, 44100, 48000, 96000, 192000};

TEST(PcmStream, GivesWhatAReaderGivesOfAWavFile) {
  for (const int rate : kRates) {
    const std::vector<float> sound = speechlike(1.7, rate);
    const std::vector<float> expected = decode(wav_16(sound, rate));
    for (const std::size_t size :
         {std::size_t{1}, std::size_t{128}, std::size_t{960}, std::size_t{4801}, sound.size()}) {
      EXPECT_EQ(stream(pcm_16(sound), rate, [size] { return size; }), expected)
          << rate << " Hz in messages of " << size << " samples";
    }
  }
}

TEST(PcmStream, GivesTheSameHoweverTheBytesAreCut) {
  std::mt19937 random(7);
  for (const int rate : {8000, 16000, 44100, 48000, 15999, 100003}) {
    std::string noise(std::size_t{2} * rate, '\0');
    for (char& byte : noise) byte = static_cast<char>(random() & 0xFFU);
    const std::vector<float> expected = stream(noise, rate, [&] { return noise.size() / 2; });
    for (int repetition = 0; repetition < 5; ++repetition) {
      const unsigned most = 1U << (2 * repetition + 3);
      EXPECT_EQ(stream(noise, rate, [&] { return 1 + random() % most; }), expected)
          << rate << " Hz in messages of up to " << most << " samples";
    }
  }
}

TEST(PcmStream, PassesSixteenKilohertzAtOnceAndExactly) {
  PcmStream stream(kSampleRate);
  std::vector<float> out;
  const std::string pcm = little_endian(std::int16_t{-32768}) + little_endian(std::int16_t{32767}) +
                          little_endian(std::int16_t{1}) + little_endian(std::int16_t{-12345});
  stream.add(as_bytes(pcm), out);
  EXPECT_EQ(
      out, (std::vector<float>{-1.0F, 32767.0F / 32768.0F, 1.0F / 32768.0F, -12345.0F / 32768.0F}));
  stream.finish(out);
  EXPECT_EQ(out.size(), 4U);
}

TEST(PcmStream, HoldsBackLessThanAnEighthOfASecond) {
  for (const int rate : kRates) {
    PcmStream stream(rate);
    std::vector<float> out;
    const std::string pcm = pcm_16(std::vector<float>(static_cast<std::size_t>(rate) / 100, 0.1F));
    double largest_s = 0.0;
    double given_s = 0.0;
    for (int i = 0; i < 500; ++i) {
      stream.add(as_bytes(pcm), out);
      given_s += static_cast<double>(pcm.size() / 2) / rate;
      largest_s = std::max(largest_s, given_s - static_cast<double>(out.size()) / kSampleRate);
    }
    EXPECT_LT(largest_s, rate == kSampleRate ? 1e-9 : 0.125) << rate << " Hz";
  }
}

TEST(PcmStream, GivesNothingOfNothing) {
  PcmStream stream(48000);
  std::vector<float> out;
  stream.add({}, out);
  stream.finish(out);
  EXPECT_TRUE(out.empty());
}

ErrorCode refusal(int rate, std::size_t bytes) {
  std::vector<float> out;
  try {
    PcmStream(rate).add(std::vector<std::byte>(bytes), out);
  } catch (const Error& error) {
    EXPECT_TRUE(out.empty());
    return error.code();
  }
  ADD_FAILURE() << rate << " Hz, " << bytes << " bytes are accepted";
  return ErrorCode::kInternal;
}

TEST(PcmStream, RefusesHalfASample) {
  EXPECT_EQ(refusal(16000, 1), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refusal(48000, 9601), ErrorCode::kInvalidArgument);
}

TEST(PcmStream, RefusesRatesOfNoSpeech) {
  for (const int rate : {-1, 0, 7999, 192001}) {
    EXPECT_EQ(refusal(rate, 2), ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace undertone::audio
