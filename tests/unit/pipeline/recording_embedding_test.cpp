#include "pipeline/recording_embedding.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "support/expect_error.hpp"

namespace undertone::pipeline {
namespace {

constexpr std::size_t kHop = 160;

// Each frame is the mean of its hop and the number of the window; counts calls.
struct FakeEncoder {
  std::vector<float> values{};
  std::size_t calls = 0;
  bool two_states = false;
  std::size_t shortest = std::numeric_limits<std::size_t>::max();
  std::size_t longest = 0;

  void operator()(std::span<const float> window, VisitFrames visit) {
    shortest = std::min(shortest, window.size());
    longest = std::max(longest, window.size());
    const std::size_t frames = window.size() / kHop;
    values.assign(frames * 2, static_cast<float>(calls));
    for (std::size_t t = 0; t < frames; ++t) values[2 * t] = window[t * kHop];
    ++calls;
    visit(0, {values.data(), frames, 2});
    if (!two_states) return;
    for (float& value : values) value = -value;
    visit(1, {values.data(), frames, 2});
  }
};

struct Source {
  std::vector<float> samples;
  std::size_t position = 0;

  std::size_t operator()(std::span<float> out) {
    const std::size_t count = std::min(out.size(), samples.size() - position);
    std::copy_n(samples.begin() + static_cast<std::ptrdiff_t>(position), count, out.begin());
    position += count;
    return count;
  }
};

std::vector<float> tone(double seconds, float amplitude = 0.1F) {
  std::vector<float> samples(static_cast<std::size_t>(seconds * 16000));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i] = amplitude * static_cast<float>(std::sin(0.1 * static_cast<double>(i)));
  }
  return samples;
}

Embedding embed(std::vector<float> samples, FakeEncoder& encoder, std::size_t receptive_field = 400,
                EmbeddingShape shape = {.dimension = 2}) {
  Source source{std::move(samples)};
  return embed_recording("clip.wav", shape, receptive_field, source, encoder);
}

TEST(RecordingEmbedding, BelowHalfASecondIsTooShort) {
  FakeEncoder encoder;
  EXPECT_UNDERTONE_ERROR(embed({}, encoder), ErrorCode::kAudioTooShort, "clip.wav: 0.00 s");
  EXPECT_UNDERTONE_ERROR(embed(std::vector<float>(7999), encoder), ErrorCode::kAudioTooShort,
                         "at least 0.50 s");
  EXPECT_EQ(encoder.calls, 0U);
  EXPECT_EQ(embed(std::vector<float>(8000), encoder).windows, 1U);
}

TEST(RecordingEmbedding, TheReceptiveFieldIsNeeded) {
  FakeEncoder encoder;
  EXPECT_UNDERTONE_ERROR(embed(std::vector<float>(15999), encoder, 16000),
                         ErrorCode::kAudioTooShort, "at least 1.00 s");
  EXPECT_EQ(encoder.calls, 0U);
}

TEST(RecordingEmbedding, FramesOfAllWindowsWeighTheSame) {
  FakeEncoder encoder;
  const std::size_t tail = 16000 * 3;
  const std::vector<float> samples = tone(63);
  const Embedding embedding = embed(samples, encoder);
  ASSERT_EQ(embedding.windows, 3U);
  const double frames = static_cast<double>(samples.size() / kHop);
  const double of_second = 480000.0 / kHop;
  const double of_third = static_cast<double>(tail / kHop);
  EXPECT_NEAR(embedding.values[1], (of_second * 1 + of_third * 2) / frames, 1e-6);
  double sum = 0;
  for (std::size_t i = 0; i < samples.size(); i += kHop) sum += static_cast<double>(samples[i]);
  EXPECT_NEAR(embedding.values[0], sum / frames, 1e-7);
  EXPECT_DOUBLE_EQ(embedding.quality.duration_s, 63.0);
  EXPECT_GE(embedding.decode_ms, 0.0);
  EXPECT_GE(embedding.encode_ms, 0.0);
}

TEST(RecordingEmbedding, SeveralStatesStandOneAfterTheOther) {
  FakeEncoder one;
  const Embedding single =
      embed(tone(40), one, 400, {.dimension = 2, .pooling = encoder::Pooling::kMeanStd});
  ASSERT_EQ(single.values.size(), 4U);
  FakeEncoder two{.two_states = true};
  const Embedding both = embed(
      tone(40), two, 400, {.states = 2, .dimension = 2, .pooling = encoder::Pooling::kMeanStd});
  ASSERT_EQ(both.values.size(), 8U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(both.values[i], single.values[i]);
    EXPECT_EQ(both.values[4 + i], i < 2 ? -single.values[i] : single.values[i]);
  }
  // The second value of a frame is the number of its window: 30 s of 0, 10 s of 1.
  EXPECT_NEAR(single.values[1], 0.25, 1e-7);
  EXPECT_NEAR(single.values[3], std::sqrt(0.25 * 0.75), 1e-7);
}

TEST(RecordingEmbedding, NoWindowIsShorterThanASecond) {
  for (const double seconds : {30.0001, 30.5, 30.9999, 31.0, 60.2, 61.0, 90.99}) {
    FakeEncoder encoder;
    embed(tone(seconds), encoder);
    EXPECT_GE(encoder.shortest, 16000U) << seconds;
  }
}

TEST(RecordingEmbedding, NoWindowIsLongerThanTheEncoderTakes) {
  for (const std::size_t most : {480000U, 32000U, 16000U}) {
    for (const double seconds :
         {0.6, 1.0001, 1.49, 30.0, 30.0001, 30.5, 30.9999, 31.0, 60.2, 61.3}) {
      FakeEncoder encoder;
      Source source{tone(seconds)};
      const Embedding embedding =
          embed_recording("clip.wav", {.dimension = 2}, 400, source, encoder, most);
      EXPECT_LE(encoder.longest, most) << seconds;
      EXPECT_GE(encoder.shortest, 8000U) << seconds;
      EXPECT_NEAR(embedding.quality.duration_s, seconds, 1e-3);
    }
  }
}

std::vector<std::string> codes(const std::vector<float>& samples) {
  audio::QualityMeter meter;
  meter.add(samples);
  std::vector<std::string> result;
  for (const Warning& warning : recording_warnings(meter.result())) {
    EXPECT_FALSE(warning.message.empty());
    result.push_back(warning.code);
  }
  return result;
}

TEST(RecordingWarnings, EachHasItsSituation) {
  using Codes = std::vector<std::string>;
  EXPECT_EQ(codes(tone(3)), Codes{});
  EXPECT_EQ(codes(tone(1)), Codes{});
  EXPECT_EQ(codes(tone(0.7)), Codes{"short_audio"});
  EXPECT_EQ(codes(tone(30)), Codes{});
  EXPECT_EQ(codes(tone(30.1)), Codes{"long_audio"});
  EXPECT_EQ(codes(std::vector<float>(16000 * 2)), Codes{"silent_audio"});
  EXPECT_EQ(codes(std::vector<float>(9000)), (Codes{"short_audio", "silent_audio"}));
  std::vector<float> clipped = tone(2, 3.0F);
  for (float& sample : clipped) sample = std::clamp(sample, -1.0F, 1.0F);
  EXPECT_EQ(codes(clipped), Codes{"clipped_audio"});
}

}  // namespace
}  // namespace undertone::pipeline
