// Every format that people have, made by the ffmpeg program from a signal of our own.

#include <cmath>
#include <cstdlib>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "recordings.hpp"

namespace undertone::audio {
namespace {

using namespace test;

struct Format {
  const char* label;
  const char* file;  // its extension tells ffmpeg the container
  const char* options;
  const char* container;
  const char* codec;
  bool lossless = false;
  double delay_ms = 0.0;  // the codec's own, where the container has no field for it
  int rate = 48000;
  bool through_pipe = false;
};

void PrintTo(const Format& format, std::ostream* out) { *out << format.label; }

class Formats : public ::testing::TestWithParam<Format> {};

// Cosine of the angle between `a` and `b` shifted by `lag`, from 0.1 s on.
double correlation(const std::vector<float>& a, const std::vector<float>& b, int lag,
                   int most = 100000) {
  double ab = 0.0;
  double aa = 0.0;
  double bb = 0.0;
  const int margin = 1600;
  const int count = static_cast<int>(std::min(a.size(), b.size())) - margin;
  for (int i = margin; i < std::min(count, most); ++i) {
    const double x = a[static_cast<std::size_t>(i)];
    const double y = b[static_cast<std::size_t>(i + lag)];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / std::sqrt(aa * bb);
}

TEST_P(Formats, SoundLikeTheOriginal) {
  UNDERTONE_NEEDS_FFMPEG();
  const Format& format = GetParam();
  constexpr double kDuration = 2.0;
  const std::string original = wav_16(speechlike(kDuration, format.rate), format.rate);
  const std::string file = encode(original, format.file, format.options, format.through_pipe);
  if (file.empty()) GTEST_SKIP() << "this ffmpeg cannot write " << format.label;
  Reader reader = Reader::open_memory(as_bytes(file), format.file);
  EXPECT_EQ(reader.source().container, format.container);
  EXPECT_EQ(reader.source().codec, format.codec);
  const std::vector<float> samples = read_all(reader);
  const std::vector<float> expected = decode(original);
  if (format.lossless) {
    EXPECT_EQ(samples, expected);
    return;
  }
  // The last frame may be padded.
  const double excess_s = static_cast<double>(samples.size()) / kSampleRate - kDuration;
  EXPECT_GT(excess_s, -0.06);
  EXPECT_LT(excess_s, 0.15);
  int best_lag = 0;
  double best = -1.0;
  for (int lag = -1200; lag <= 1200; ++lag) {
    const double found = correlation(expected, samples, lag, 8000);
    if (found > best) best_lag = lag;
    best = std::max(best, found);
  }
  EXPECT_GT(correlation(expected, samples, best_lag), 0.99);
  EXPECT_NEAR(best_lag * 1000.0 / kSampleRate, format.delay_ms, 3.0);
}

constexpr const char* kMov = "mov,mp4,m4a,3gp,3g2,mj2";
constexpr const char* kMatroska = "matroska,webm";

INSTANTIATE_TEST_SUITE_P(
    All, Formats,
    ::testing::Values(
        Format{"flac", "a.flac", "", "flac", "flac", true},
        Format{"flac_in_ogg", "a.oga", "-c:a flac", "ogg", "flac", true},
        Format{"alac", "a.m4a", "-c:a alac", kMov, "alac", true},
        Format{"wavpack", "a.wv", "", "wv", "wavpack", true},
        Format{"wave64", "a.w64", "", "w64", "pcm_s16le", true},
        Format{"rf64", "a.wav", "-rf64 always", "wav", "pcm_s16le", true},
        Format{"wav_extensible", "a.wav", "-c:a pcm_s24le", "wav", "pcm_s24le", true},
        Format{"wav_through_pipe", "a.wav", "-f wav", "wav", "pcm_s16le", true, 0, 48000, true},
        Format{"aiff", "a.aiff", "", "aiff", "pcm_s16be", true},
        Format{"au", "a.au", "", "au", "pcm_s16be", true},
        Format{"au_through_pipe", "a.au", "-f au", "au", "pcm_s16be", true, 0, 48000, true},
        Format{"caf", "a.caf", "-c:a pcm_s16be", "caf", "pcm_s16be", true},
        Format{"mov_pcm", "a.mov", "-c:a pcm_s16le", kMov, "pcm_s16le", true},
        Format{"matroska_pcm", "a.mka", "-c:a pcm_s16le", kMatroska, "pcm_s16le", true},
        Format{"mu_law", "a.wav", "-c:a pcm_mulaw", "wav", "pcm_mulaw", false, 0, 8000},
        Format{"ms_adpcm", "a.wav", "-c:a adpcm_ms", "wav", "adpcm_ms"},
        Format{"ima_adpcm", "a.wav", "-c:a adpcm_ima_wav", "wav", "adpcm_ima_wav"},
        Format{"mp3", "a.mp3", "-c:a libmp3lame", "mp3", "mp3"},
        Format{"mp3_vbr", "a.mp3", "-c:a libmp3lame -q:a 3", "mp3", "mp3"},
        Format{"mp3_at_8_khz", "a.mp3", "-c:a libmp3lame", "mp3", "mp3", false, 0, 8000},
        // The encoder's 576 + 529 samples (LAME's tech FAQ) that only the tag would tell of.
        Format{"mp3_without_tag", "a.mp3", "-c:a libmp3lame -write_xing 0 -id3v2_version 0", "mp3",
               "mp3", false, 1105 / 16.0, 16000},
        Format{"vorbis", "a.ogg", "-c:a libvorbis", "ogg", "vorbis"},
        Format{"opus", "a.opus", "-c:a libopus", "ogg", "opus"},
        Format{"opus_at_8_khz", "a.opus", "-c:a libopus", "ogg", "opus", false, 0, 8000},
        Format{"webm_opus", "a.webm", "-c:a libopus", kMatroska, "opus"},
        Format{"webm_vorbis", "a.webm", "-c:a libvorbis", kMatroska, "vorbis"},
        // As a browser's MediaRecorder writes it: live, without duration or index.
        Format{"webm_recorded", "a.webm", "-c:a libopus -f webm -live 1", kMatroska, "opus", false,
               0, 48000, true},
        Format{"m4a", "a.m4a", "-c:a aac", kMov, "aac"},
        Format{"m4a_index_first", "a.m4a", "-c:a aac -movflags +faststart", kMov, "aac"},
        // The first 1,024 samples are the encoder's: ADTS has no field to say so, and ffmpeg writes
        // no edit list into fragments.
        Format{"mp4_in_fragments", "a.mp4",
               "-c:a aac -movflags +frag_keyframe+empty_moov+delay_moov -frag_duration 300000",
               kMov, "aac", false, 1024 / 16.0, 16000},
        Format{"adts", "a.aac", "-c:a aac", "aac", "aac", false, 1024 / 16.0, 16000},
        // FFmpeg's decoder does not give the first 512 samples of what its encoder wrote.
        Format{"wma", "a.wma", "-c:a wmav2", "asf", "wmav2", false, -32.0, 16000}),
    [](const auto& test) { return std::string(test.param.label); });

TEST(FormatDetails, TagsAndPicturesAreNotAudio) {
  UNDERTONE_NEEDS_FFMPEG();
  const std::string original = wav_16(speechlike(1.0, 44100), 44100);
  const std::string plain = encode(original, "a.mp3", "-c:a libmp3lame");
  if (plain.empty()) GTEST_SKIP() << "this ffmpeg cannot write MP3";
  const std::vector<float> expected = decode(plain);
  const std::string decorated = encode(original, "a.mp3",
                                       "-f lavfi -i color=size=600x600:rate=1:duration=1 -map 0 "
                                       "-map 1 -frames:v 1 -c:v png -c:a libmp3lame "
                                       "-id3v2_version 3 -write_id3v1 1 -metadata title=Title");
  ASSERT_GT(decorated.size(), plain.size() + 128);
  EXPECT_EQ(decode(decorated), expected);
  std::string id3v1 = "TAG";
  id3v1.resize(128, 'x');
  EXPECT_EQ(decode(plain + id3v1), expected);
  EXPECT_EQ(decode(plain + std::string(500, 'x')), expected) << "after the promised length";
}

TEST(FormatDetails, AVideoIsHeardAndNotSeen) {
  UNDERTONE_NEEDS_FFMPEG();
  const std::string original = wav_16(speechlike(1.0, 48000), 48000);
  const std::string alone = encode(original, "a.mov", "-c:a pcm_s16le");
  const std::string video = encode(
      original, "a.mov", "-f lavfi -i testsrc=size=64x64:duration=1 -map 1 -map 0 -c:a pcm_s16le");
  ASSERT_FALSE(alone.empty());
  ASSERT_GT(video.size(), alone.size());
  EXPECT_EQ(decode(video), decode(alone));
}

TEST(FormatDetails, FilesJoinedEndToEndAreReadOn) {
  UNDERTONE_NEEDS_FFMPEG();
  for (const auto& [name, options] :
       {std::pair{"a.mp3", "-c:a libmp3lame"}, {"a.opus", "-c:a libopus"}, {"a.aac", "-c:a aac"}}) {
    const std::string part = encode(wav_16(sine(500.0, 1.0, 48000), 48000), name, options);
    if (part.empty()) continue;  // this ffmpeg cannot write it
    const std::vector<float> samples = decode(part + part);
    EXPECT_NEAR(static_cast<double>(samples.size()) / kSampleRate, 2.0, 0.15) << name;
    float peak = 0.0F;
    for (const float sample : samples) peak = std::max(peak, std::abs(sample));
    EXPECT_LT(peak, 0.75F) << name << ": something that is not audio was decoded";
  }
}

TEST(FormatDetails, TheBestOfSeveralStreamsIsTaken) {
  UNDERTONE_NEEDS_FFMPEG();
  const std::string original = wav_16(speechlike(1.0, 16000), 16000);
  const std::string file =
      encode(original, "a.mka", "-map 0 -map 0 -c:a pcm_s16le -disposition:a:1 default");
  ASSERT_FALSE(file.empty());
  EXPECT_EQ(decode(file), decode(original)) << "one stream, not two";
}

}  // namespace
}  // namespace undertone::audio
