#include <algorithm>
#include <gtest/gtest.h>
#include <set>

#include "evaluation/splits.hpp"
#include "evaluation/units.hpp"
#include "support/expect_error.hpp"
#include "synthetic_samples.hpp"

namespace undertone::evaluation {
namespace {

using ::testing::HasSubstr;

SplitPlan plan(const Samples& samples, const SplitOptions& options) {
  return plan_split(samples, all_rows(samples), options);
}

// Two speakers of each of three corpora.
Samples three_corpora() {
  Samples samples = test::make_samples({.classes = 2, .speakers = 6});
  for (std::size_t r = 0; r < samples.size(); ++r) {
    samples.corpora[r] = std::string(1, static_cast<char>('x' + r / 16));
  }
  return samples;
}

TEST(CrossCorpus, EachIsTestedByTheOthers) {
  const Samples samples = three_corpora();
  const SplitPlan split = plan(samples, {.kind = SplitKind::kCorpus});
  EXPECT_EQ(split.name, "corpus");
  EXPECT_TRUE(split.speaker_independent);
  ASSERT_EQ(split.trainings.size(), 3U);
  for (std::size_t f = 0; f < 3; ++f) {
    EXPECT_EQ(split.trainings[f].test.size(), 16U);
    EXPECT_EQ(split.trainings[f].train.size(), 32U);
    EXPECT_EQ(split.trainings[f].test.front(), 16 * f);
  }
}

TEST(CrossCorpus, SidesMayBeNamed) {
  const Samples samples = three_corpora();
  const SplitPlan named =
      plan(samples, {.kind = SplitKind::kCorpus, .train_on = {"z"}, .test_on = {"x"}});
  ASSERT_EQ(named.trainings.size(), 1U);
  EXPECT_EQ(named.trainings[0].train.front(), 32U);
  EXPECT_EQ(named.trainings[0].train.size(), 16U);
  EXPECT_EQ(named.trainings[0].test.back(), 15U);
  EXPECT_EQ(named.description, "Cross-corpus: trained on z, tested on x.");
  const SplitPlan rest = plan(samples, {.kind = SplitKind::kCorpus, .test_on = {"x"}});
  EXPECT_EQ(rest.description, "Cross-corpus: trained on y, z, tested on x.");
}

TEST(CrossCorpus, RecordingsThatBothHaveAreNotLearned) {
  Samples samples = three_corpora();
  auto& sha256 = samples.columns["sha256"];
  sha256.assign(samples.size(), "");
  sha256[0] = sha256[40] = "same";
  const SplitPlan split =
      plan(samples, {.kind = SplitKind::kCorpus, .train_on = {"z"}, .test_on = {"x"}});
  EXPECT_EQ(split.trainings[0].train.size(), 15U);
  EXPECT_EQ(split.trainings[0].test.size(), 16U);
  ASSERT_EQ(split.notices.size(), 1U);
  EXPECT_THAT(split.notices[0], HasSubstr("1 clips were left out of training"));
}

TEST(CrossCorpus, WhatCannotBeIsNamed) {
  Samples samples = three_corpora();
  EXPECT_UNDERTONE_ERROR(plan(samples, {.kind = SplitKind::kCorpus, .train_on = {"w"}}),
                         ErrorCode::kDataInvalid, "no clip is of the corpus 'w'");
  EXPECT_UNDERTONE_ERROR(
      plan(samples, {.kind = SplitKind::kCorpus, .train_on = {"x"}, .test_on = {"x", "y"}}),
      ErrorCode::kInvalidArgument, "'x' cannot both train and be tested");
  EXPECT_UNDERTONE_ERROR(plan(test::make_samples(), {.kind = SplitKind::kCorpus}),
                         ErrorCode::kDataInvalid, "all clips are of one corpus (made-up)");
  samples.corpora[3].clear();
  EXPECT_UNDERTONE_ERROR(plan(samples, {.kind = SplitKind::kCorpus}), ErrorCode::kDataInvalid,
                         "the corpus of 1 of 48 clips is not known");
}

TEST(GivenSides, AreThoseOfTheColumn) {
  Samples samples = three_corpora();
  auto& column = samples.columns["split"];
  for (std::size_t r = 0; r < samples.size(); ++r) {
    column.emplace_back(r < 24 ? "train" : r < 32 ? "Dev" : r < 46 ? "TEST" : "");
  }
  const SplitPlan split = plan(samples, {.kind = SplitKind::kGiven});
  EXPECT_EQ(split.name, "published");
  ASSERT_EQ(split.trainings.size(), 1U);
  EXPECT_EQ(split.trainings[0].train.size(), 24U);
  EXPECT_EQ(split.trainings[0].validation.size(), 8U);
  EXPECT_EQ(split.trainings[0].test.size(), 14U);
  ASSERT_EQ(split.notices.size(), 1U);
  EXPECT_THAT(split.notices[0], HasSubstr("2 clips have no part"));
}

TEST(GivenSides, RelativesOfTestedClipsAreNotLearned) {
  Samples samples = three_corpora();
  auto& column = samples.columns["split"];
  for (std::size_t r = 0; r < samples.size(); ++r) column.emplace_back(r < 32 ? "train" : "test");
  auto& group = samples.columns["group"];
  group.assign(samples.size(), "");
  group[1] = group[2] = group[35] = "one recording";
  const SplitPlan split = plan(samples, {.kind = SplitKind::kGiven});
  EXPECT_EQ(split.trainings[0].train.size(), 30U);
  EXPECT_EQ(split.trainings[0].test.size(), 16U);
}

TEST(GivenSides, WhatCannotBeIsNamed) {
  Samples samples = three_corpora();
  EXPECT_UNDERTONE_ERROR(plan(samples, {.kind = SplitKind::kGiven}), ErrorCode::kDataInvalid,
                         "no column 'split'");
  samples.columns["split"].assign(samples.size(), "train");
  EXPECT_UNDERTONE_ERROR(plan(samples, {.kind = SplitKind::kGiven}), ErrorCode::kDataInvalid,
                         "fold 1 has no clip to test");
  samples.columns["split"][5] = "fold3";
  EXPECT_UNDERTONE_ERROR(plan(samples, {.kind = SplitKind::kGiven}), ErrorCode::kDataInvalid,
                         "clip5.wav: 'fold3'");
  samples.columns["split"].assign(samples.size(), "train");
  for (std::size_t r = 24; r < 48; ++r) {
    samples.columns["split"][r] = "test";
    const auto row = samples.embeddings.row(r - 24);  // the same recordings on both sides
    std::copy(row.begin(), row.end(), samples.embeddings.row(r).begin());
  }
  EXPECT_UNDERTONE_ERROR(plan(samples, {.kind = SplitKind::kGiven}), ErrorCode::kDataInvalid,
                         "no clip is left to train on");
}

}  // namespace
}  // namespace undertone::evaluation
