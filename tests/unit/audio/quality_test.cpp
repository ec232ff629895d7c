#include "audio/quality.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <gtest/gtest.h>
#include <random>
#include <vector>

#include "recordings.hpp"

namespace undertone::audio {
namespace {

using test::sine;

Quality measure(std::span<const float> samples) {
  QualityMeter meter;
  meter.add(samples);
  return meter.result();
}

std::vector<float> noise(std::size_t count, float amplitude) {
  std::mt19937 engine(7);
  std::uniform_real_distribution<float> uniform(-amplitude, amplitude);
  std::vector<float> samples(count);
  std::generate(samples.begin(), samples.end(), [&] { return uniform(engine); });
  return samples;
}

TEST(Quality, OfNothingIsSilence) {
  const Quality quality = QualityMeter().result();
  EXPECT_EQ(quality.duration_s, 0.0);
  EXPECT_EQ(quality.rms_dbfs, -200.0);
  EXPECT_TRUE(quality.silent());
  EXPECT_FALSE(quality.clipped());
}

TEST(Quality, MeasuresASine) {
  const Quality quality = measure(sine(1000.0, 2.0, kSampleRate, 0.5));
  EXPECT_DOUBLE_EQ(quality.duration_s, 2.0);
  EXPECT_FLOAT_EQ(quality.peak, 0.5F);
  const double expected = 20.0 * std::log10(0.5 / std::sqrt(2.0));
  EXPECT_NEAR(quality.rms_dbfs, expected, 1e-4);
  EXPECT_NEAR(quality.loudest_dbfs, expected, 1e-4);
  EXPECT_FALSE(quality.silent());
  EXPECT_FALSE(quality.clipped());
}

TEST(Quality, PeakCountsNegativeSamples) {
  EXPECT_EQ(measure(std::vector<float>{0.25F, -0.75F, 0.5F}).peak, 0.75F);
}

TEST(Quality, IsTheSameForEverySplit) {
  std::vector<float> samples = noise(3 * kSampleRate + 517, 1.2F);
  for (float& sample : samples) sample = std::clamp(sample, -1.0F, 1.0F);
  const Quality whole = measure(samples);
  ASSERT_GT(whole.clipped_fraction, 0.0);
  std::mt19937 engine(11);
  for (int trial = 0; trial < 20; ++trial) {
    QualityMeter meter;
    std::span<const float> rest(samples);
    const std::size_t longest = trial == 0 ? 1 : 1 + engine() % 3000;
    while (!rest.empty()) {
      const std::size_t count = std::min<std::size_t>(rest.size(), engine() % (longest + 1));
      meter.add(rest.first(count));
      rest = rest.subspan(count);
    }
    const Quality split = meter.result();
    EXPECT_EQ(split.duration_s, whole.duration_s);
    EXPECT_EQ(split.peak, whole.peak);
    EXPECT_EQ(std::bit_cast<std::uint64_t>(split.rms_dbfs),
              std::bit_cast<std::uint64_t>(whole.rms_dbfs));
    EXPECT_EQ(std::bit_cast<std::uint64_t>(split.loudest_dbfs),
              std::bit_cast<std::uint64_t>(whole.loudest_dbfs));
    EXPECT_EQ(split.clipped_fraction, whole.clipped_fraction);
  }
}

TEST(Quality, SilenceIsJudgedAtMinus60Dbfs) {
  const double rms_at_limit = 1e-3;
  const double amplitude = rms_at_limit * std::sqrt(2.0);
  EXPECT_TRUE(measure(sine(1000.0, 1.0, kSampleRate, amplitude * 0.99)).silent());
  EXPECT_FALSE(measure(sine(1000.0, 1.0, kSampleRate, amplitude * 1.01)).silent());
}

TEST(Quality, OneLoudBlockIsNotSilence) {
  std::vector<float> samples(5 * kSampleRate, 0.0F);
  const std::vector<float> beep = sine(1000.0, 0.05, kSampleRate, 0.1);
  std::copy(beep.begin(), beep.end(), samples.begin() + 800 * 40);
  const Quality quality = measure(samples);
  EXPECT_FALSE(quality.silent());
  EXPECT_NEAR(quality.loudest_dbfs, 20.0 * std::log10(0.1 / std::sqrt(2.0)), 1e-3);
  EXPECT_NEAR(quality.rms_dbfs, quality.loudest_dbfs - 20.0, 1e-3);
}

TEST(Quality, AConstantOffsetIsSilence) {
  const Quality constant = measure(std::vector<float>(kSampleRate, 0.25F));
  EXPECT_TRUE(constant.silent());
  EXPECT_NEAR(constant.rms_dbfs, 20.0 * std::log10(0.25), 1e-6);

  std::vector<float> offset_tone = sine(1000.0, 1.0, kSampleRate, 0.1);
  for (float& sample : offset_tone) sample += 0.25F;
  EXPECT_NEAR(measure(offset_tone).loudest_dbfs, 20.0 * std::log10(0.1 / std::sqrt(2.0)), 1e-3);
}

TEST(Quality, ALastBlockCountsFrom10Milliseconds) {
  for (const auto& [count, silent] : {std::pair{159, true}, std::pair{160, false}}) {
    std::vector<float> samples(kSampleRate, 0.0F);
    const std::vector<float> tail = sine(1000.0, 0.05, kSampleRate, 0.1);
    samples.insert(samples.end(), tail.begin(), tail.begin() + count);
    EXPECT_EQ(measure(samples).silent(), silent) << count;
  }
  // A recording that is nothing but a short block is judged by it.
  EXPECT_FALSE(measure(sine(1000.0, 0.005, kSampleRate, 0.1)).silent());
}

TEST(Quality, CountsRunsAtFullScale) {
  const auto clipped = [](const std::vector<float>& samples) {
    return std::lround(measure(samples).clipped_fraction * static_cast<double>(samples.size()));
  };
  EXPECT_EQ(clipped({0.0F, 1.0F, 1.0F, 0.0F}), 0);
  EXPECT_EQ(clipped({0.0F, 1.0F, 1.0F, 1.0F, 0.0F}), 3);
  EXPECT_EQ(clipped({-1.0F, -1.0F, -1.0F, -1.0F, -1.0F}), 5);
  EXPECT_EQ(clipped({1.0F, 1.0F, -1.0F, -1.0F}), 0) << "a run has one sign";
  EXPECT_EQ(clipped({1.0F, 1.0F, 0.5F, 1.0F, 1.0F}), 0);
  EXPECT_EQ(clipped({1.0F, 1.0F, 1.0F, 0.0F, -1.0F, -1.0F, -1.0F, -1.0F}), 7);
  const float largest_16_bit = 32767.0F / 32768.0F;
  EXPECT_EQ(clipped({largest_16_bit, largest_16_bit, largest_16_bit}), 3);
  EXPECT_EQ(clipped({0.9998F, 0.9998F, 0.9998F}), 0);
}

TEST(Quality, ClippedMeansMoreThanAThousandth) {
  std::vector<float> samples = sine(440.0, 1.0, kSampleRate, 0.5);
  std::fill_n(samples.begin(), 16, 1.0F);
  EXPECT_FALSE(measure(samples).clipped()) << "exactly 0.1 %";
  samples[16] = 1.0F;
  EXPECT_TRUE(measure(samples).clipped());
}

TEST(Quality, AFullScaleSineIsNotClippedAndAnOverdrivenOneIs) {
  EXPECT_FALSE(measure(sine(1000.0, 1.0, kSampleRate, 1.0)).clipped());
  std::vector<float> overdriven = sine(200.0, 1.0, kSampleRate, 1.5);
  for (float& sample : overdriven) sample = std::clamp(sample, -1.0F, 1.0F);
  EXPECT_TRUE(measure(overdriven).clipped());
}

}  // namespace
}  // namespace undertone::audio
