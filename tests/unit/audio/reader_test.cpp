// The samples of WAV files made byte by byte: exact at 16 kHz, whatever the encoding.

#include "audio/reader.hpp"

#include <array>
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <random>
#include <thread>
#include <vector>

#include "recordings.hpp"
#include "support/expect_error.hpp"

namespace undertone::audio {
namespace {

using namespace test;

std::string every_16_bit_value() {
  std::string data;
  for (int value = -32768; value <= 32767; ++value) {
    data += little_endian(static_cast<std::int16_t>(value));
  }
  return data;
}

TEST(Reader, Passes16BitMonoThroughExactly) {
  const std::vector<float> samples = decode(wav(every_16_bit_value(), WavTag::kPcm, 16, 16000));
  ASSERT_EQ(samples.size(), 65536U);
  for (int value = -32768; value <= 32767; ++value) {
    ASSERT_EQ(samples[static_cast<std::size_t>(value + 32768)],
              static_cast<float>(value) / 32768.0F);
  }
}

TEST(Reader, DescribesItsSource) {
  const std::string file = wav(every_16_bit_value(), WavTag::kPcm, 16, 44100, 2);
  const Reader reader = Reader::open_memory(as_bytes(file), "clip");
  EXPECT_EQ(reader.source().container, "wav");
  EXPECT_EQ(reader.source().codec, "pcm_s16le");
  EXPECT_EQ(reader.source().sample_rate, 44100);
  EXPECT_EQ(reader.source().channels, 2);
}

TEST(Reader, DecodesEveryWidthOfPcm) {
  std::string data_8;
  std::string data_24;
  std::string data_32;
  std::vector<float> expected_8;
  std::vector<float> expected_24;
  std::vector<float> expected_32;
  std::mt19937 engine(3);
  for (int i = 0; i < 4000; ++i) {
    const auto value = static_cast<std::int32_t>(engine());
    data_8 += static_cast<char>(i % 256);
    expected_8.push_back(static_cast<float>(i % 256 - 128) / 128.0F);
    data_24 += little_endian(value >> 8).substr(0, 3);
    expected_24.push_back(static_cast<float>(value >> 8) / 8388608.0F);
    data_32 += little_endian(value);
    expected_32.push_back(static_cast<float>(value) / 2147483648.0F);
  }
  EXPECT_EQ(decode(wav(data_8, WavTag::kPcm, 8, 16000)), expected_8);
  EXPECT_EQ(decode(wav(data_24, WavTag::kPcm, 24, 16000)), expected_24);
  EXPECT_EQ(decode(wav(data_32, WavTag::kPcm, 32, 16000)), expected_32);
}

TEST(Reader, DecodesFloatOfBothWidths) {
  const std::vector<float> signal = speechlike(0.5, 16000);
  EXPECT_EQ(decode(float_wav(signal, 16000)), signal);
  std::string data;
  for (const float sample : signal) {
    data += little_endian(std::bit_cast<std::uint64_t>(static_cast<double>(sample)));
  }
  EXPECT_EQ(decode(wav(data, WavTag::kFloat, 64, 16000)), signal);
}

// ITU-T G.711: the 14- and 13-bit values that each byte stands for.
float mu_law(int byte) {
  const int code = ~byte & 0xFF;
  const int magnitude = ((((code & 0x0F) << 3) + 0x84) << ((code >> 4) & 7)) - 0x84;
  return static_cast<float>((code & 0x80) != 0 ? -magnitude : magnitude) / 32768.0F;
}

float a_law(int byte) {
  const int code = byte ^ 0x55;
  const int segment = (code >> 4) & 7;
  int magnitude = ((code & 0x0F) << 4) + 8;
  if (segment > 0) magnitude = (magnitude + 0x100) << (segment - 1);
  return static_cast<float>((code & 0x80) != 0 ? magnitude : -magnitude) / 32768.0F;
}

TEST(Reader, DecodesTheTelephoneLaws) {
  std::string data;
  std::vector<float> expected_mu;
  std::vector<float> expected_a;
  for (int i = 0; i < 1024; ++i) {
    data += static_cast<char>(i % 256);
    expected_mu.push_back(mu_law(i % 256));
    expected_a.push_back(a_law(i % 256));
  }
  EXPECT_EQ(decode(wav(data, WavTag::kMuLaw, 8, 16000)), expected_mu);
  EXPECT_EQ(decode(wav(data, WavTag::kALaw, 8, 16000)), expected_a);
}

TEST(Reader, ClampsFloatsBeyondFullScale) {
  const std::vector<float> samples =
      decode(float_wav(std::vector<float>{0.5F, 1.5F, -30000.0F, -0.5F}, 16000));
  EXPECT_EQ(samples, (std::vector<float>{0.5F, 1.0F, -1.0F, -0.5F}));
}

TEST(Reader, RefusesFloatsThatAreNoSound) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
        -std::numeric_limits<float>::infinity(), 1e30F, -2e6F}) {
    for (const int rate : {16000, 48000}) {
      std::vector<float> samples = sine(440.0, 0.5, rate);
      samples[samples.size() / 2] = bad;
      EXPECT_UNDERTONE_ERROR(decode(float_wav(samples, rate)), ErrorCode::kAudioUnreadable,
                             "no sound");
    }
  }
  const std::string data = little_endian(std::bit_cast<std::uint64_t>(std::nan("")));
  EXPECT_UNDERTONE_ERROR(decode(wav(data, WavTag::kFloat, 64, 16000)), ErrorCode::kAudioUnreadable,
                         "no sound");
}

TEST(Reader, MixesStereoToItsMean) {
  const std::vector<float> left = sine(440.0, 0.3, 16000, 0.9);
  const std::vector<float> right = speechlike(0.3, 16000);
  std::vector<float> interleaved;
  for (std::size_t i = 0; i < left.size(); ++i) {
    interleaved.push_back(left[i]);
    interleaved.push_back(right[i]);
  }
  const std::vector<float> mixed = decode(float_wav(interleaved, 16000, 2));
  ASSERT_EQ(mixed.size(), left.size());
  for (std::size_t i = 0; i < mixed.size(); ++i) {
    ASSERT_NEAR(mixed[i], 0.5F * (left[i] + right[i]), 1e-7F);
  }
}

TEST(Reader, StereoOfTwoEqualChannelsIsThatChannel) {
  const std::vector<float> mono = sine(440.0, 0.3, 16000, 1.0);
  const std::vector<float> mixed = decode(float_wav(sine(440.0, 0.3, 16000, 1.0, 2), 16000, 2));
  ASSERT_EQ(mixed.size(), mono.size());
  for (std::size_t i = 0; i < mixed.size(); ++i) ASSERT_NEAR(mixed[i], mono[i], 1e-6F);
}

// With a sound alike in all channels, any fair weighing that adds up to one gives that sound, less
// the bass channel where there is one.
TEST(Reader, MixesAnyNumberOfChannels) {
  for (const int channels : {3, 4, 5, 6, 7, 8, 9, 11, 16, 24, 33, 64}) {
    const std::vector<float> mono = sine(440.0, 0.05, 16000, 0.8);
    const std::vector<float> mixed =
        decode(float_wav(sine(440.0, 0.05, 16000, 0.8, channels), 16000, channels));
    ASSERT_EQ(mixed.size(), mono.size()) << channels;
    for (std::size_t i = 0; i < mixed.size(); ++i) {
      ASSERT_NEAR(mixed[i], mono[i], 1e-5F) << channels << " channels, sample " << i;
    }
  }
}

TEST(Reader, RefusesAbsurdHeaders) {
  const std::string data(65536, '\0');
  EXPECT_UNDERTONE_ERROR(decode(wav(data, WavTag::kPcm, 8, 16000, 65)), ErrorCode::kAudioUnreadable,
                         "65 channels");
  EXPECT_UNDERTONE_ERROR(decode(wav(data, WavTag::kPcm, 16, 999)), ErrorCode::kAudioUnreadable,
                         "999 Hz");
  EXPECT_UNDERTONE_ERROR(decode(wav(data, WavTag::kPcm, 16, 768001)), ErrorCode::kAudioUnreadable,
                         "768001 Hz");
}

TEST(Reader, GivesTheSameInPiecesOfAnySize) {
  for (const int rate : {16000, 44100}) {
    const std::string file = wav_16(speechlike(1.0, rate), rate);
    const std::vector<float> whole = decode(file);
    for (const std::size_t piece :
         {std::size_t{1}, std::size_t{7}, std::size_t{1023}, std::size_t{4096}}) {
      Reader reader = Reader::open_memory(as_bytes(file), "clip");
      std::vector<float> samples;
      std::vector<float> buffer(piece);
      std::size_t count = piece;
      while (count == piece) {
        count = reader.read(buffer);
        samples.insert(samples.end(), buffer.begin(),
                       buffer.begin() + static_cast<std::ptrdiff_t>(count));
      }
      EXPECT_EQ(samples, whole) << "pieces of " << piece << " at " << rate << " Hz";
      EXPECT_EQ(reader.read(buffer), 0U) << "an exhausted reader stays so";
    }
  }
}

TEST(Reader, AHeaderWithoutSamplesIsAnEmptyRecording) {
  EXPECT_TRUE(decode(wav("", WavTag::kPcm, 16, 16000)).empty());
}

TEST(Reader, CanBeMoved) {
  const std::vector<float> signal = speechlike(0.2, 16000);
  const std::string file = float_wav(signal, 16000);
  Reader first = Reader::open_memory(as_bytes(file), "clip");
  std::vector<float> head(100);
  ASSERT_EQ(first.read(head), 100U);
  Reader second = std::move(first);
  std::vector<float> all = read_all(second);
  all.insert(all.begin(), head.begin(), head.end());
  EXPECT_EQ(all, signal);
}

TEST(Reader, ReadersInParallelDoNotDisturbEachOther) {
  const std::string good = wav_16(speechlike(1.0, 44100), 44100);
  const std::string bad = good.substr(0, good.size() / 2);
  const std::vector<float> expected = decode(good);
  std::array<int, 4> right{};
  std::vector<std::thread> threads;
  for (int& count : right) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i) {
        if (decode(good) == expected) ++count;
        try {
          decode(bad);
        } catch (const Error& error) {
          if (error.code() == ErrorCode::kAudioUnreadable) ++count;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(right, ::testing::Each(20));
}

TEST(Reader, PrintsNothing) {
  ::testing::internal::CaptureStderr();
  ::testing::internal::CaptureStdout();
  const std::string file = wav_16(speechlike(0.5, 44100), 44100);
  EXPECT_THROW(decode(file.substr(0, 3000)), Error);
  EXPECT_THROW(decode("not audio at all, but long enough to be looked at"), Error);
  EXPECT_THROW(
      decode(std::string("ID3\x03\0\0\0\0\0\0\xFF\xFB\x90\x64", 14) + std::string(3000, 'x')),
      Error);
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace undertone::audio
