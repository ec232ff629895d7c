// Files that end before they should, and files that only seem to.

#include <gtest/gtest.h>
#include <random>
#include <string>
#include <vector>

#include "recordings.hpp"
#include "support/expect_error.hpp"

namespace undertone::audio {
namespace {

using namespace test;

std::string half(const std::string& bytes) { return bytes.substr(0, bytes.size() / 2); }

TEST(Truncation, OfAWavIsNoticed) {
  const std::string file = wav_16(speechlike(3.4, 16000), 16000);
  EXPECT_UNDERTONE_ERROR(decode(half(file)), ErrorCode::kAudioUnreadable,
                         "its header promises 3.40 s of audio, the data ends at 1.70 s");
  const std::string odd = file.substr(0, file.size() / 2 + 1);
  EXPECT_UNDERTONE_ERROR(decode(odd), ErrorCode::kAudioUnreadable, "promises 3.40 s");
  EXPECT_UNDERTONE_ERROR(decode(file.substr(0, 44)), ErrorCode::kAudioUnreadable, "ends at 0.00 s");
}

TEST(Truncation, ByAFewSamplesIsNot) {
  const std::string file = wav_16(speechlike(1.0, 16000), 16000);
  EXPECT_EQ(decode(file.substr(0, file.size() - 20)).size(), 15990U);
}

TEST(Truncation, LengthsLeftOpenPromiseNothing) {
  const std::vector<float> signal = speechlike(1.0, 16000);
  const std::vector<float> expected = decode(wav_16(signal, 16000));
  for (const std::int64_t size :
       {0LL, 0xFFFFFFFFLL, 0x7FFFF000LL, 0x80000000LL, 0x7FFFFFFFLL - 36}) {
    EXPECT_EQ(decode(wav_16(signal, 16000, 1, size)), expected) << std::hex << size;
  }
}

TEST(Truncation, WhatFollowsTheDataOfAWavIsNotAudio) {
  const std::vector<float> signal = speechlike(1.0, 16000);
  const std::string file = wav_16(signal, 16000);
  const std::vector<float> expected = decode(file);
  EXPECT_EQ(decode(file + std::string(5000, '\x7F')), expected);
  EXPECT_EQ(decode(file + "LIST" + little_endian(std::uint32_t{26}) + "INFOISFT" +
                   little_endian(std::uint32_t{14}) + "somebody else\0"),
            expected);
}

TEST(Truncation, ChunksBeforeTheDataAreSkipped) {
  std::string file = wav_16(speechlike(1.0, 16000), 16000);
  const std::vector<float> expected = decode(file);
  // An odd chunk with its byte of padding.
  file.insert(36, "LIST" + little_endian(std::uint32_t{3001}) + std::string(3002, 'x'));
  EXPECT_EQ(decode(file), expected);
  EXPECT_UNDERTONE_ERROR(decode(file.substr(0, 20000)), ErrorCode::kAudioUnreadable,
                         "promises 1.00 s");
}

struct Case {
  const char* label;
  const char* file;
  const char* options;
  const char* message;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.label; }

class TruncationOf : public ::testing::TestWithParam<Case> {};

TEST_P(TruncationOf, IsNoticed) {
  UNDERTONE_NEEDS_FFMPEG();
  const std::string file =
      encode(wav_16(speechlike(3.4, 48000), 48000), GetParam().file, GetParam().options);
  if (file.empty()) GTEST_SKIP() << "this ffmpeg cannot write " << GetParam().label;
  EXPECT_NO_THROW(decode(file));
  EXPECT_UNDERTONE_ERROR(decode(half(file)), ErrorCode::kAudioUnreadable, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Formats, TruncationOf,
    ::testing::Values(Case{"wav_float", "a.wav", "-c:a pcm_f32le", "promises 3.40 s"},
                      Case{"wav_mu_law", "a.wav", "-c:a pcm_mulaw", "promises 3.40 s"},
                      Case{"wav_adpcm", "a.wav", "-c:a adpcm_ms", "promises 3.4"},
                      Case{"rf64", "a.wav", "-rf64 always", "promises 3.40 s"},
                      Case{"wave64", "a.w64", "", "promises 3.40 s"},
                      Case{"caf", "a.caf", "-c:a pcm_s16be", "promises 3.40 s"},
                      Case{"aiff", "a.aiff", "", "promises 3.40 s"},
                      Case{"au", "a.au", "", "promises 3.40 s"},
                      Case{"flac", "a.flac", "", "promises 3.40 s"},
                      Case{"wavpack", "a.wv", "", "promises 3.40 s"},
                      Case{"mp3_with_tag", "a.mp3", "-c:a libmp3lame", "promises 3.4"},
                      Case{"mp3_vbr_with_tag", "a.mp3", "-c:a libmp3lame -q:a 4", "promises 3.4"},
                      Case{"m4a", "a.m4a", "-c:a aac", "moov atom not found"},
                      Case{"m4a_index_first", "a.m4a", "-c:a aac -movflags +faststart",
                           "promises 3.4"},
                      Case{"webm", "a.webm", "-c:a libopus", "promises 3.4"}),
    [](const auto& test) { return std::string(test.param.label); });

class UnnoticedTruncationOf : public ::testing::TestWithParam<Case> {};

// Without a length in the header, a recording that was cut is a shorter recording.
TEST_P(UnnoticedTruncationOf, GivesWhatIsThere) {
  UNDERTONE_NEEDS_FFMPEG();
  const std::string file =
      encode(wav_16(speechlike(3.4, 48000), 48000), GetParam().file, GetParam().options, true);
  if (file.empty()) GTEST_SKIP() << "this ffmpeg cannot write " << GetParam().label;
  const double duration_s = static_cast<double>(decode(half(file)).size()) / kSampleRate;
  EXPECT_GT(duration_s, 0.8);
  EXPECT_LT(duration_s, 2.2);
}

INSTANTIATE_TEST_SUITE_P(
    Formats, UnnoticedTruncationOf,
    ::testing::Values(Case{"wav_from_a_pipe", "a.wav", "-f wav", ""},
                      Case{"mp3_without_tag", "a.mp3", "-c:a libmp3lame -write_xing 0 -f mp3", ""},
                      Case{"adts", "a.aac", "-c:a aac -f adts", ""},
                      Case{"ogg_opus", "a.opus", "-c:a libopus -page_duration 100000 -f ogg", ""},
                      Case{"webm_live", "a.webm", "-c:a libopus -f webm -live 1", ""}),
    [](const auto& test) { return std::string(test.param.label); });

TEST(Damage, InTheMiddleIsNoticed) {
  UNDERTONE_NEEDS_FFMPEG();
  const std::string original = wav_16(speechlike(3.4, 48000), 48000);
  for (const auto& [name, options] : {std::pair{"a.flac", ""},
                                      {"a.m4a", "-c:a aac"},
                                      {"a.aac", "-c:a aac"},
                                      {"a.opus", "-c:a libopus"},
                                      {"a.ogg", "-c:a libvorbis"},
                                      {"a.wv", ""}}) {
    std::string file = encode(original, name, options);
    if (file.empty()) continue;  // this ffmpeg cannot write it
    std::mt19937 engine(1);
    for (std::size_t i = 0; i < 200; ++i) file[file.size() / 2 + i] = static_cast<char>(engine());
    EXPECT_UNDERTONE_ERROR(decode(file), ErrorCode::kAudioUnreadable, " s");
  }
}

}  // namespace
}  // namespace undertone::audio
