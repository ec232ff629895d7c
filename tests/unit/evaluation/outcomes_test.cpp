#include "evaluation/outcomes.hpp"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

#include "evaluation/embedding_map.hpp"
#include "evaluation/units.hpp"
#include "synthetic_samples.hpp"

namespace undertone::evaluation {
namespace {

using ::testing::HasSubstr;

ClipOutcome said(const Samples& samples, std::size_t row, int predicted) {
  ClipOutcome outcome;
  outcome.sample = row;
  outcome.truth = samples.labels[row];
  outcome.predicted = predicted;
  outcome.probabilities.assign(samples.class_names.size(), 0.1);
  outcome.probabilities[static_cast<std::size_t>(predicted)] = 0.9;
  return outcome;
}

// All of class A right, all of class B wrong.
std::vector<ClipOutcome> always_a(const Samples& samples) {
  std::vector<ClipOutcome> outcomes;
  for (std::size_t r = 0; r < samples.size(); ++r) outcomes.push_back(said(samples, r, 0));
  return outcomes;
}

Samples two_speakers() { return test::make_samples({.classes = 2, .speakers = 2, .each = 4}); }

TEST(Outcomes, AreCountedByFold) {
  const Samples samples = two_speakers();
  Fold fold;
  for (std::size_t r = 0; r < 16; ++r) (r < 9 ? fold.train : fold.test).push_back(r);
  std::vector<classifier::ClassPrediction> predictions(7, {1, {0.2, 0.8}});
  const auto clips = clip_outcomes(samples, fold, predictions);
  ASSERT_EQ(clips.size(), 7U);
  EXPECT_EQ(clips[0].sample, 9U);
  EXPECT_EQ(clips[0].predicted, 1);
  EXPECT_EQ(clips[6].truth, 1);
  const FoldOutcome outcome = fold_outcome(samples, fold, clips);
  EXPECT_EQ(outcome.train_samples, 9U);
  EXPECT_EQ(outcome.test_samples, 7U);
  EXPECT_EQ(outcome.train_speakers, 2U);
  EXPECT_EQ(outcome.test_speakers, 1U);
  EXPECT_EQ(outcome.shared_speakers, 1U);
  EXPECT_NEAR(outcome.scores.accuracy, 4.0 / 7, 1e-15);
}

TEST(Outcomes, MeanAndDeviationAreOverFolds) {
  const Samples samples = two_speakers();
  Evaluation evaluation;
  evaluation.clips = always_a(samples);
  for (const double accuracy : {0.25, 0.5, 0.75}) {
    FoldOutcome fold;
    fold.scores.accuracy = accuracy;
    evaluation.fold_outcomes.push_back(std::move(fold));
  }
  summarize_outcomes(samples, 0, evaluation);
  EXPECT_NEAR(evaluation.accuracy.mean, 0.5, 1e-15);
  EXPECT_NEAR(evaluation.accuracy.deviation, 0.25, 1e-15);  // of a sample: / (n - 1)
  EXPECT_EQ(evaluation.pooled.accuracy, 0.5);
  ASSERT_EQ(evaluation.notices.size(), 1U);
  EXPECT_THAT(evaluation.notices[0], HasSubstr("Only 2 speakers"));
  evaluation.fold_outcomes.erase(evaluation.fold_outcomes.begin() + 1,
                                 evaluation.fold_outcomes.end());
  summarize_outcomes(samples, 0, evaluation);
  EXPECT_EQ(evaluation.accuracy.deviation, 0);
}

TEST(Outcomes, SubgroupsAreThoseThatTellClipsApart) {
  Samples samples = two_speakers();
  EXPECT_TRUE(subgroups_of(samples, always_a(samples)).empty()) << "one corpus tells nothing";
  samples.columns["sex"].assign(16, "female");
  samples.columns["intensity"].assign(16, "");
  auto& intensity = samples.columns["intensity"];
  for (std::size_t r = 0; r < 4; ++r) intensity[r] = "strong";  // class A of the first speaker
  for (std::size_t r = 4; r < 8; ++r) intensity[r] = "normal";  // class B
  const auto groups = subgroups_of(samples, always_a(samples));
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].column, "intensity");
  EXPECT_EQ(groups[0].value, "normal");
  EXPECT_EQ(groups[0].scores.samples, 4U);
  EXPECT_EQ(groups[0].scores.accuracy, 0);
  EXPECT_EQ(groups[1].value, "strong");
  EXPECT_EQ(groups[1].scores.accuracy, 1);
  for (std::size_t r = 8; r < 16; ++r) samples.corpora[r] = "other";
  EXPECT_EQ(subgroups_of(samples, always_a(samples)).size(), 4U);
}

TEST(Outcomes, ListenersAreComparedWhereTheyAgreed) {
  Samples samples = two_speakers();
  EXPECT_FALSE(compare_with_listeners(samples, always_a(samples)));
  auto& heard = samples.columns["listener_emotion"];
  heard.assign(16, "");
  EXPECT_FALSE(compare_with_listeners(samples, always_a(samples)));
  heard[0] = "A";  // intended A, said A
  heard[1] = "B";  // intended A, said A
  heard[4] = "B";  // intended B, said A
  heard[5] = "A";  // intended B, said A
  const auto compared = compare_with_listeners(samples, always_a(samples));
  ASSERT_TRUE(compared);
  EXPECT_EQ(compared->clips, 4U);
  EXPECT_EQ(compared->model_accuracy, 0.5);
  EXPECT_EQ(compared->listener_accuracy, 0.5);
  EXPECT_EQ(compared->model_agreement, 0.5);
}

TEST(EmbeddingMap, ShowsTheWidestDirections) {
  Samples samples = test::make_samples({.classes = 2, .speakers = 10, .class_distance = 20});
  const auto map = embedding_map(samples);
  ASSERT_EQ(map.size(), samples.size());
  // The classes lie far apart: on either side of the first axis.
  for (std::size_t r = 0; r < map.size(); ++r) {
    EXPECT_EQ(map[r].label, samples.labels[r]);
    EXPECT_EQ(map[r].speaker, samples.speakers[r]);
    EXPECT_EQ(map[r].x > 0, (map[0].x > 0) == (samples.labels[r] == samples.labels[0]));
  }
  const auto thin = embedding_map(samples, 7);
  ASSERT_EQ(thin.size(), 7U);
  EXPECT_EQ(thin[0].x, map[0].x);
  EXPECT_EQ(thin[6].x, map[6 * samples.size() / 7].x);
}

TEST(EmbeddingMap, CopesWithOddData) {
  Samples one = test::make_samples({.classes = 2, .speakers = 2, .each = 1, .dimension = 1});
  for (const MapPoint& point : embedding_map(one)) EXPECT_EQ(point.y, 0);
  one.embeddings(1, 0) = std::numeric_limits<float>::quiet_NaN();
  const auto map = embedding_map(one);
  ASSERT_EQ(map.size(), 4U);
  for (const MapPoint& point : map) EXPECT_TRUE(std::isfinite(point.x));
  EXPECT_TRUE(embedding_map(Samples{}).empty());
}

}  // namespace
}  // namespace undertone::evaluation
