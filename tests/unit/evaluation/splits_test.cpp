#include "evaluation/splits.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

#include "evaluation/units.hpp"
#include "support/expect_error.hpp"
#include "synthetic_samples.hpp"

namespace undertone::evaluation {
namespace {

using test::make_samples;
using ::testing::HasSubstr;

SplitPlan plan(const Samples& samples, const SplitOptions& options) {
  return plan_split(samples, all_rows(samples), options);
}

std::set<std::string> values(const std::vector<std::string>& column,
                             const std::vector<std::size_t>& rows) {
  std::set<std::string> result;
  for (const std::size_t r : rows) result.insert(column[r]);
  return result;
}

bool share(const std::set<std::string>& a, const std::set<std::string>& b) {
  return std::any_of(a.begin(), a.end(), [&](const auto& value) { return b.contains(value); });
}

// What holds for every plan: no row twice, and no unit on two sides.
void expect_no_leak(const Samples& samples, const SplitPlan& plan) {
  const auto units = units_of(samples, all_rows(samples), {});
  for (const Fold& fold : plan.trainings) {
    std::set<std::size_t> rows;
    std::vector<std::set<std::int64_t>> units_on;
    for (const auto* list : {&fold.train, &fold.validation, &fold.test}) {
      EXPECT_TRUE(std::is_sorted(list->begin(), list->end()));
      units_on.emplace_back();
      for (const std::size_t r : *list) {
        EXPECT_TRUE(rows.insert(r).second) << "row " << r << " is on two sides";
        units_on.back().insert(units[r]);
      }
    }
    for (std::size_t a = 0; a < units_on.size(); ++a) {
      for (std::size_t b = a + 1; b < units_on.size(); ++b) {
        for (const auto unit : units_on[a]) EXPECT_FALSE(units_on[b].contains(unit));
      }
    }
  }
}

void expect_each_tested_once(const Samples& samples, const SplitPlan& plan) {
  std::vector<std::size_t> tested(samples.size(), 0);
  for (const Fold& fold : plan.trainings) {
    EXPECT_EQ(fold.train.size() + fold.test.size(), samples.size());
    for (const std::size_t r : fold.test) ++tested[r];
  }
  for (const std::size_t times : tested) EXPECT_EQ(times, plan.repeats);
}

TEST(Splits, BySpeakerNoSpeakerIsOnBothSides) {
  const Samples samples = make_samples({.speakers = 11});
  const SplitPlan split = plan(samples, {.folds = 4, .repeats = 3});
  EXPECT_EQ(split.name, "speaker");
  EXPECT_TRUE(split.speaker_independent);
  EXPECT_EQ(split.trainings.size(), 12U);
  EXPECT_EQ(
      split.description,
      "Speaker-independent: 4 folds over 11 speakers, 3 times with other folds; no speaker is "
      "on both sides of a fold.");
  expect_no_leak(samples, split);
  expect_each_tested_once(samples, split);
  for (const Fold& fold : split.trainings) {
    EXPECT_FALSE(share(values(samples.speakers, fold.train), values(samples.speakers, fold.test)));
    EXPECT_GE(fold.test.size(), 24U);  // 2 or 3 of 11 speakers, 12 clips each
    EXPECT_LE(fold.test.size(), 36U);
  }
  EXPECT_NE(split.trainings[0].test, split.trainings[4].test) << "repeats are to differ";
}

TEST(Splits, RandomKeepsClassesEven) {
  const Samples samples = make_samples({.classes = 4, .speakers = 5, .each = 5});
  const SplitPlan split = plan(samples, {.kind = SplitKind::kRandom, .folds = 5, .repeats = 2});
  EXPECT_FALSE(split.speaker_independent);
  EXPECT_THAT(split.description, HasSubstr("speakers are on both sides"));
  expect_no_leak(samples, split);
  expect_each_tested_once(samples, split);
  for (const Fold& fold : split.trainings) {
    std::vector<int> count(4, 0);
    for (const std::size_t r : fold.test) ++count[static_cast<std::size_t>(samples.labels[r])];
    for (const int c : count) EXPECT_EQ(c, 5);
  }
}

TEST(Splits, BySentenceNoSentenceIsOnBothSides) {
  const Samples samples = make_samples();
  const SplitPlan split = plan(samples, {.kind = SplitKind::kSentence, .folds = 2});
  EXPECT_FALSE(split.speaker_independent);
  EXPECT_THAT(split.description, HasSubstr("2 folds over 2 sentences"));
  expect_no_leak(samples, split);
  expect_each_tested_once(samples, split);
  for (const Fold& fold : split.trainings) {
    EXPECT_FALSE(
        share(values(samples.sentences, fold.train), values(samples.sentences, fold.test)));
  }
}

TEST(Splits, HoldoutHasThreeParts) {
  const Samples samples = make_samples({.speakers = 20});
  for (const auto kind : {SplitKind::kHoldout, SplitKind::kHoldoutRandom}) {
    const SplitPlan split = plan(samples, {.kind = kind, .repeats = 2});
    ASSERT_EQ(split.trainings.size(), 2U);
    expect_no_leak(samples, split);
    for (const Fold& fold : split.trainings) {
      EXPECT_EQ(fold.train.size() + fold.validation.size() + fold.test.size(), samples.size());
      EXPECT_NEAR(static_cast<double>(fold.train.size()), 0.70 * 240, 4);
      EXPECT_NEAR(static_cast<double>(fold.validation.size()), 0.15 * 240, 4);
      EXPECT_NEAR(static_cast<double>(fold.test.size()), 0.15 * 240, 4);
      if (kind == SplitKind::kHoldoutRandom) continue;
      const auto train = values(samples.speakers, fold.train);
      const auto validation = values(samples.speakers, fold.validation);
      const auto test = values(samples.speakers, fold.test);
      EXPECT_FALSE(share(train, test) || share(train, validation) || share(validation, test));
    }
    EXPECT_EQ(split.speaker_independent, kind == SplitKind::kHoldout);
  }
  const SplitPlan two = plan(samples, {.kind = SplitKind::kHoldout, .shares = {3, 0, 1}});
  EXPECT_TRUE(two.trainings[0].validation.empty());
  EXPECT_EQ(two.trainings[0].test.size(), 60U);
}

TEST(Splits, RelativesStayTogetherInEverySplit) {
  Samples samples = make_samples({.speakers = 12, .each = 6});
  // Copies across speakers: each third clip of s0 and s1 is the same recording; so are some of s5
  // and s6; and a chain of derived ones.
  auto& sha256 = samples.columns["sha256"];
  auto& group = samples.columns["group"];
  sha256.assign(samples.size(), "");
  group.assign(samples.size(), "");
  for (std::size_t i = 0; i < 18; i += 3) sha256[i] = sha256[18 + i] = "x" + std::to_string(i);
  for (std::size_t i = 0; i < 4; ++i) group[90 + 2 * i] = group[112 + 3 * i] = "g";
  for (const auto kind :
       {SplitKind::kSpeaker, SplitKind::kRandom, SplitKind::kHoldout, SplitKind::kHoldoutRandom}) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      const SplitPlan split = plan(samples, {.kind = kind, .repeats = 2, .seed = seed});
      expect_no_leak(samples, split);
      ASSERT_FALSE(split.notices.empty());
      EXPECT_THAT(split.notices[0], HasSubstr("are kept on one side"));
    }
  }
  const SplitPlan sentences = plan(make_samples(), {.kind = SplitKind::kSentence, .folds = 2});
  EXPECT_TRUE(sentences.notices.empty());
  EXPECT_UNDERTONE_ERROR(plan(samples, {.kind = SplitKind::kSentence, .folds = 2}),
                         ErrorCode::kDataInvalid, "there are 1 sentences");
}

TEST(Splits, AreTheSameForTheSameSeed) {
  const Samples samples = make_samples({.speakers = 15});
  for (const auto kind : {SplitKind::kSpeaker, SplitKind::kRandom, SplitKind::kHoldout}) {
    const SplitPlan a = plan(samples, {.kind = kind, .seed = 3});
    const SplitPlan b = plan(samples, {.kind = kind, .seed = 3});
    const SplitPlan c = plan(samples, {.kind = kind, .seed = 4});
    bool differs = false;
    for (std::size_t f = 0; f < a.trainings.size(); ++f) {
      EXPECT_EQ(a.trainings[f].test, b.trainings[f].test);
      EXPECT_EQ(a.trainings[f].validation, b.trainings[f].validation);
      differs = differs || a.trainings[f].test != c.trainings[f].test;
    }
    EXPECT_TRUE(differs);
  }
}

TEST(Splits, DefaultToSpeakersWhereAllAreKnown) {
  Samples samples = make_samples();
  EXPECT_EQ(default_split(samples, all_rows(samples)), SplitKind::kSpeaker);
  samples.speakers[7].clear();
  EXPECT_EQ(default_split(samples, all_rows(samples)), SplitKind::kRandom);
}

TEST(Splits, UnknownSpeakersAreRefusedAndCounted) {
  Samples samples = make_samples();
  samples.speakers[7].clear();
  samples.speakers[9].clear();
  for (const auto kind : {SplitKind::kSpeaker, SplitKind::kHoldout}) {
    EXPECT_UNDERTONE_ERROR(plan(samples, {.kind = kind}), ErrorCode::kDataInvalid,
                           "the speaker of 2 of 72 clips is not known");
  }
  const SplitPlan random = plan(samples, {.kind = SplitKind::kRandom});
  EXPECT_FALSE(random.speaker_independent);
  EXPECT_THAT(random.description, HasSubstr("is not known"));
  samples.sentences[0].clear();
  EXPECT_UNDERTONE_ERROR(plan(samples, {.kind = SplitKind::kSentence}), ErrorCode::kDataInvalid,
                         "the sentence of 1 of 72 clips");
}

TEST(Splits, FewerSpeakersThanFoldsAreRefused) {
  EXPECT_UNDERTONE_ERROR(plan(make_samples({.speakers = 4}), {.folds = 5}), ErrorCode::kDataInvalid,
                         "there are 4 speakers");
  EXPECT_UNDERTONE_ERROR(plan(make_samples({.speakers = 2}), {.kind = SplitKind::kHoldout}),
                         ErrorCode::kDataInvalid, "there are 2 speakers");
}

TEST(Splits, AClassThatCannotBeTrainedIsNamed) {
  // Only s0 has class C: whichever fold tests s0 cannot train it.
  Samples samples = make_samples({.classes = 2, .speakers = 6});
  samples.class_names.emplace_back("C");
  for (std::size_t i = 0; i < 4; ++i) samples.labels[i] = 2;
  EXPECT_UNDERTONE_ERROR(plan(samples, {.folds = 3}), ErrorCode::kDataInvalid,
                         "class 'C' is missing among the training clips of fold");
}

TEST(Splits, OneClassIsRefused) {
  Samples samples = make_samples();
  samples.labels.assign(samples.size(), 1);
  EXPECT_UNDERTONE_ERROR(plan(samples, {}), ErrorCode::kDataInvalid, "of one class");
  const Samples none;
  EXPECT_UNDERTONE_ERROR(plan(none, {}), ErrorCode::kDataInvalid, "0 clips of no class");
}

TEST(Splits, OptionsOutsideTheirRangeAreRefused) {
  const Samples samples = make_samples();
  EXPECT_UNDERTONE_ERROR(plan(samples, {.folds = 1}), ErrorCode::kInvalidArgument, "folds, not 1");
  EXPECT_UNDERTONE_ERROR(plan(samples, {.repeats = 0}), ErrorCode::kInvalidArgument,
                         "repeats, not 0");
  EXPECT_UNDERTONE_ERROR(plan(samples, {.kind = SplitKind::kHoldout, .shares = {1, -1, 1}}),
                         ErrorCode::kInvalidArgument, "must be positive");
}

}  // namespace
}  // namespace undertone::evaluation
