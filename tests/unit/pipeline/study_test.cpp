#include "pipeline/study.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

#include "embedding_clusters.hpp"
#include "pipeline/labelled_samples.hpp"
#include "pipeline/training.hpp"
#include "support/expect_error.hpp"

namespace undertone::pipeline {
namespace {

using test::clusters;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

TEST(LabelledSamples, CarryWhatIsKnown) {
  EmbeddingTable table = clusters({"Sad", "calm", "Happy"}, 3, 3);
  table.columns["sex"] = {"f", "f", "f", "m", "m", "m", "f", "f", "f"};
  const LabelledSamples labelled = labelled_samples(table, {"Happy", "Sad"});
  const evaluation::Samples& samples = labelled.samples;
  ASSERT_EQ(samples.size(), 6U);
  EXPECT_EQ(samples.labels, (std::vector<int>{1, 0, 1, 0, 1, 0}));
  EXPECT_EQ(samples.paths[1], "clip2.wav");
  EXPECT_EQ(samples.embeddings(1, 4), table.embeddings(2, 4));
  EXPECT_EQ(samples.speakers[2], "s1");
  EXPECT_EQ(samples.sentences, std::vector<std::string>(6)) << "not in the table";
  EXPECT_EQ((*samples.column("sex"))[2], "m");
  EXPECT_EQ(samples.column("age"), nullptr);
  EXPECT_EQ(labelled.left_out.at("calm"), 3U);
  EXPECT_EQ(labelled.class_counts.at("Happy"), 3U);
}

TEST(Study, IsBySpeakerUnlessAskedOtherwise) {
  ThreadPool pool(2);
  const EmbeddingTable table = clusters({"Sad", "calm", "Happy"}, 20, 5, 8, 2);
  const evaluation::Study study = study_embeddings(table, {.source = "emb.npz"}, pool);
  EXPECT_EQ(study.source, "emb.npz");
  EXPECT_THAT(study.created_by, HasSubstr("undertone "));
  EXPECT_EQ(study.samples, 40U);
  EXPECT_EQ(study.speakers, 5U);
  EXPECT_EQ(study.class_names, (std::vector<std::string>{"Happy", "Sad"})) << "in display order";
  EXPECT_EQ(study.paths.size(), 40U);
  EXPECT_EQ(study.speaker_of.size(), 40U);
  EXPECT_EQ(study.map.size(), 40U);
  ASSERT_EQ(study.evaluations.size(), 1U);
  EXPECT_EQ(study.evaluations[0].split, "speaker");
  EXPECT_EQ(study.evaluations[0].clips.size(), 40U);
  EXPECT_EQ(study.evaluations[0].subgroups.size(), 2U) << "the two corpora";
  EXPECT_THAT(study.facts, Contains(Pair("encoder", "enc")));
  EXPECT_THAT(study.facts, Contains(Pair("layer", "12")));
  EXPECT_THAT(study.facts, Contains(Pair("left out", "20 labelled 'calm'")));
  EXPECT_THAT(study.facts, Contains(Pair("seed", "0")));
}

TEST(Study, IsRandomWithANoticeWhereSpeakersAreNotKnown) {
  ThreadPool pool(1);
  EmbeddingTable table = clusters({"Sad", "Happy"}, 20, 5);
  table.speakers[4].clear();
  const evaluation::Study study = study_embeddings(table, {.source = ""}, pool);
  EXPECT_EQ(study.speakers, 0U);
  EXPECT_EQ(study.evaluations[0].split, "random");
  EXPECT_THAT(study.evaluations[0].notices,
              Contains(HasSubstr("The speaker of 1 of 40 clips is not known")));
}

TEST(Study, ComparesSplitsAndCountsAllTrainings) {
  ThreadPool pool(1);
  const EmbeddingTable table = clusters({"Sad", "Happy"}, 20, 5);
  StudyOptions options;
  options.splits = {evaluation::SplitKind::kRandom, evaluation::SplitKind::kSpeaker};
  options.split.folds = 4;
  std::vector<std::size_t> seen;
  const evaluation::Study study =
      study_embeddings(table, options, pool, [&](std::size_t done, std::size_t total) {
        seen.push_back(done);
        EXPECT_EQ(total, 8U);
      });
  EXPECT_EQ(seen, (std::vector<std::size_t>{1, 2, 3, 4, 5, 6, 7, 8}));
  ASSERT_EQ(study.evaluations.size(), 2U);
  EXPECT_EQ(study.evaluations[0].split, "random");
  EXPECT_EQ(study.evaluations[1].split, "speaker");
}

TEST(Study, RefusesAnySplitBeforeTheFirstTraining) {
  ThreadPool pool(1);
  StudyOptions options;
  options.splits = {evaluation::SplitKind::kRandom, evaluation::SplitKind::kSpeaker};
  EXPECT_UNDERTONE_ERROR(
      study_embeddings(clusters({"Sad", "Happy"}, 20, 3), options, pool,
                       [](std::size_t, std::size_t) { ADD_FAILURE() << "trained already"; }),
      ErrorCode::kDataInvalid, "there are 3 speakers");
  EXPECT_UNDERTONE_ERROR(study_embeddings(clusters({"", ""}, 20, 3), {.source = ""}, pool),
                         ErrorCode::kDataInvalid, "has a label");
}

TEST(Study, OfABundleTrainsNothing) {
  ThreadPool pool(1);
  const EmbeddingTable table = clusters({"Sad", "calm", "Happy"}, 20, 5);
  const Training training = train_classifier(table, {}, pool);
  EmbeddingTable other = clusters({"Happy", "Fear", "Sad"}, 6, 2);
  for (std::string& corpus : other.corpora) corpus = "three";
  // Clusters sit where the first table has them.
  for (std::size_t r = 0; r < 18; ++r) std::swap(other.embeddings(r, 0), other.embeddings(r, 2));
  const evaluation::Study study =
      study_bundle(other, training.bundle, "model.st", "other.npz", 0, pool);
  ASSERT_EQ(study.evaluations.size(), 1U);
  const evaluation::Evaluation& evaluation = study.evaluations[0];
  EXPECT_EQ(evaluation.split, "model");
  EXPECT_EQ(evaluation.pooled.samples, 12U);
  EXPECT_EQ(evaluation.pooled.accuracy, 1);
  EXPECT_EQ(
      evaluation.description,
      "A classifier trained before (model.st, trained on one, two) predicts 12 clips; that it "
      "was trained on none of them, nor on their speakers, is for the user to vouch for.");
  EXPECT_THAT(evaluation.notices, Not(Contains(HasSubstr("mean nothing"))));
  EXPECT_THAT(study.facts, Contains(Pair("left out", "6 labelled 'Fear'")));

  other.embeddings(0, 0) = std::numeric_limits<float>::quiet_NaN();
  other.corpora[2] = "one";
  const auto notices =
      study_bundle(other, training.bundle, "model.st", "", 0, pool).evaluations[0].notices;
  EXPECT_THAT(notices, Contains(HasSubstr("1 embeddings hold values that are not finite")));
  EXPECT_THAT(notices, Contains(HasSubstr("if these are the same, the figures mean nothing")));
}

TEST(Study, OfABundleNeedsItsEncoderAndItsLabels) {
  ThreadPool pool(1);
  EmbeddingTable table = clusters({"Sad", "Happy"}, 20, 5);
  const Training training = train_classifier(table, {}, pool);
  EXPECT_UNDERTONE_ERROR(
      study_bundle(clusters({"Fear", "Angry"}, 5, 2), training.bundle, "model.st", "", 0, pool),
      ErrorCode::kDataInvalid, "none of the 10 embeddings has one of the labels of model.st");
  table.origin.encoder_fingerprint = "another";
  EXPECT_UNDERTONE_ERROR(study_bundle(table, training.bundle, "model.st", "", 0, pool),
                         ErrorCode::kModelMismatch, "model.st");
}

}  // namespace
}  // namespace undertone::pipeline
