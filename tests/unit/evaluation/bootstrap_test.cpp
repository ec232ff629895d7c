#include "evaluation/bootstrap.hpp"

#include <gtest/gtest.h>

#include "synthetic_samples.hpp"

namespace undertone::evaluation {
namespace {

ClipOutcome outcome(const Samples& samples, std::size_t row, bool right) {
  ClipOutcome result;
  result.sample = row;
  result.truth = samples.labels[row];
  result.predicted = right ? result.truth : 1 - result.truth;
  return result;
}

// 20 speakers with 10 clips each; right(speaker, row) says whether a clip is recognised.
std::vector<ClipOutcome> outcomes(const Samples& samples, auto right) {
  std::vector<ClipOutcome> result;
  for (std::size_t r = 0; r < samples.size(); ++r) {
    result.push_back(outcome(samples, r, right(r / 10, r)));
  }
  return result;
}

Samples twenty_speakers() {
  return test::make_samples({.classes = 2, .speakers = 20, .each = 5, .dimension = 1});
}

TEST(Bootstrap, DrawsSpeakersWhole) {
  // Half of the speakers are always recognised, the others never: what is uncertain is the
  // speakers, and drawing clips would hide it.
  Samples samples = twenty_speakers();
  const auto extreme =
      outcomes(samples, [](std::size_t speaker, std::size_t) { return speaker % 2 == 0; });
  const ScoreIntervals by_speaker = bootstrap_intervals(samples, extreme, 1);
  EXPECT_EQ(by_speaker.unit, "speakers");
  EXPECT_EQ(by_speaker.resamples, 2000U);
  // Binomial: 20 draws of a half, standard deviation 0.112.
  EXPECT_NEAR(by_speaker.accuracy.low, 0.5 - 1.96 * 0.112, 0.05);
  EXPECT_NEAR(by_speaker.accuracy.high, 0.5 + 1.96 * 0.112, 0.05);
  EXPECT_NEAR(by_speaker.uar.low, by_speaker.accuracy.low, 1e-9);

  samples.speakers[3].clear();
  const ScoreIntervals by_clip = bootstrap_intervals(samples, extreme, 1);
  EXPECT_EQ(by_clip.unit, "clips");
  // 200 draws of a half, standard deviation 0.035.
  EXPECT_NEAR(by_clip.accuracy.low, 0.5 - 1.96 * 0.035, 0.02);
  EXPECT_NEAR(by_clip.accuracy.high, 0.5 + 1.96 * 0.035, 0.02);
}

TEST(Bootstrap, IsAPointWhereAllAreAlike) {
  const Samples samples = twenty_speakers();
  const auto perfect = outcomes(samples, [](std::size_t, std::size_t) { return true; });
  const ScoreIntervals intervals = bootstrap_intervals(samples, perfect, 1);
  EXPECT_EQ(intervals.accuracy.low, 1);
  EXPECT_EQ(intervals.macro_f1.high, 1);
}

TEST(Bootstrap, OfADifferenceDrawsTheSameSpeakersForBoth) {
  // Speakers differ widely, and the second evaluation loses one clip in ten of each: either figure
  // alone is uncertain, their difference is not.
  const Samples samples = twenty_speakers();
  const auto first = outcomes(
      samples, [](std::size_t speaker, std::size_t r) { return r % 10 < (speaker % 2 ? 9 : 3); });
  const auto second = outcomes(
      samples, [](std::size_t speaker, std::size_t r) { return r % 10 < (speaker % 2 ? 8 : 2); });
  const Difference difference = bootstrap_difference(samples, first, second, 1);
  EXPECT_EQ(difference.unit, "speakers");
  EXPECT_NEAR(difference.accuracy.low, -0.1, 1e-9);
  EXPECT_NEAR(difference.accuracy.high, -0.1, 1e-9);
  EXPECT_GT(bootstrap_intervals(samples, first, 1).accuracy.high -
                bootstrap_intervals(samples, first, 1).accuracy.low,
            0.1);
  const Difference turned = bootstrap_difference(samples, second, first, 1);
  EXPECT_NEAR(turned.uar.low, -difference.uar.high, 1e-12);
}

TEST(Bootstrap, DependsOnTheSeedAlone) {
  const Samples samples = twenty_speakers();
  const auto mixed =
      outcomes(samples, [](std::size_t s, std::size_t r) { return (s + r) % 3 > 0; });
  const ScoreIntervals a = bootstrap_intervals(samples, mixed, 7, 200);
  const ScoreIntervals b = bootstrap_intervals(samples, mixed, 7, 200);
  const ScoreIntervals c = bootstrap_intervals(samples, mixed, 8, 200);
  EXPECT_EQ(a.macro_f1.low, b.macro_f1.low);
  EXPECT_EQ(a.uar.high, b.uar.high);
  EXPECT_TRUE(a.uar.low != c.uar.low || a.uar.high != c.uar.high ||
              a.macro_f1.low != c.macro_f1.low);
  EXPECT_LT(a.accuracy.low, a.accuracy.high);
}

TEST(Bootstrap, OfOneSpeakerDrawsClips) {
  Samples samples = twenty_speakers();
  samples.speakers.assign(samples.size(), "only");
  const auto mixed = outcomes(samples, [](std::size_t, std::size_t r) { return r % 2 == 0; });
  EXPECT_EQ(bootstrap_intervals(samples, mixed, 1, 50).unit, "clips");
}

}  // namespace
}  // namespace undertone::evaluation
