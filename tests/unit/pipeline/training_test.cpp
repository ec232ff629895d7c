#include "pipeline/training.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

#include "embedding_clusters.hpp"
#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"

namespace undertone::pipeline {
namespace {

using test::clusters;
using ::testing::HasSubstr;

TEST(Training, LearnsTheSixAndLeavesOthersOut) {
  ThreadPool pool(2);
  const EmbeddingTable table = clusters({"Sad", "calm", "Happy"}, 20, 4);
  const Training training = train_classifier(table, {.licence = "CC0"}, pool);
  const auto names = training.bundle.classifier.class_names();
  EXPECT_EQ(std::vector<std::string>(names.begin(), names.end()),
            (std::vector<std::string>{"Happy", "Sad"}));
  EXPECT_EQ(training.report.samples, 40U);
  EXPECT_EQ(training.report.left_out.at("calm"), 20U);
  EXPECT_EQ(training.report.class_counts.at("Sad"), 20U);
  EXPECT_EQ(training.report.speakers, 4U);
  EXPECT_EQ(names[training.bundle.classifier.predict(table.embeddings.row(0)).label], "Sad");
  EXPECT_EQ(names[training.bundle.classifier.predict(table.embeddings.row(2)).label], "Happy");
}

TEST(Training, TheBundleKnowsWhereItComesFrom) {
  ThreadPool pool(1);
  const Training training =
      train_classifier(clusters({"Sad", "Happy"}, 20, 4), {.licence = "CC0"}, pool);
  const classifier::Provenance& from = training.bundle.provenance;
  EXPECT_EQ(from.encoder.name, "enc");
  EXPECT_EQ(from.encoder.fingerprint, "f00");
  EXPECT_EQ(from.encoder.layer, 12);
  EXPECT_EQ(from.encoder.pooling, "mean");
  EXPECT_EQ(from.encoder.dimension, 8U);
  EXPECT_EQ(from.resampler, "soxr");
  EXPECT_EQ(from.corpora, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(from.licence, "CC0");
  EXPECT_EQ(training.bundle.training.class_counts, (std::vector<std::uint64_t>{20, 20}));
}

TEST(Training, ComponentsAreLoweredWithANotice) {
  ThreadPool pool(1);
  const Training training = train_classifier(clusters({"Sad", "Happy"}, 20, 0), {}, pool);
  EXPECT_EQ(training.bundle.classifier.pca()->components_count(), 8U);
  ASSERT_EQ(training.report.notices.size(), 1U);
  EXPECT_THAT(training.report.notices[0], ::testing::HasSubstr("8 principal components instead"));
  EXPECT_EQ(training.report.speakers, 0U);
}

TEST(Training, TooFewSpeakersAreNoGroups) {
  TrainingOptions without_pca;
  without_pca.classifier.pca.reset();
  ThreadPool pool(1);
  const Training training = train_classifier(clusters({"Sad", "Happy"}, 20, 1), without_pca, pool);
  EXPECT_EQ(training.report.speakers, 0U);
  ASSERT_EQ(training.report.notices.size(), 1U);
  EXPECT_THAT(training.report.notices[0], ::testing::HasSubstr("without keeping speakers apart"));
}

TEST(Training, ClassesMayBeNamed) {
  ThreadPool pool(1);
  const EmbeddingTable table = clusters({"Sad", "calm", "Happy"}, 20, 4);
  const Training training = train_classifier(table, {.classes = {"calm", "Sad"}}, pool);
  EXPECT_EQ(training.bundle.classifier.class_names()[0], "calm");
  EXPECT_UNDERTONE_ERROR(train_classifier(table, {.classes = {"Sad", "Angry"}}, pool),
                         ErrorCode::kDataInvalid, "no embedding has the label 'Angry'");
}

TEST(Training, NeedsTwoClasses) {
  ThreadPool pool(1);
  EXPECT_UNDERTONE_ERROR(train_classifier(clusters({"Sad", "calm"}, 20, 4), {}, pool),
                         ErrorCode::kDataInvalid, "labels of 1 of the six emotions");
  EXPECT_UNDERTONE_ERROR(train_classifier(clusters({"", "calm"}, 20, 4), {}, pool),
                         ErrorCode::kDataInvalid, "labels of 0 of the six emotions");
}

TEST(Training, LabelsThatAreMissingOrUnknownAreTold) {
  ThreadPool pool(1);
  EXPECT_UNDERTONE_ERROR(train_classifier(clusters({"", ""}, 20, 4), {}, pool),
                         ErrorCode::kDataInvalid, "none of the 40 embeddings has a label");
  try {
    train_classifier(clusters({"bored", "calm"}, 20, 4), {}, pool);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.hint(), HasSubstr("The labels are: 'bored', 'calm'"));
  }
}

TEST(Training, DamagedEmbeddingsAreNamedByPath) {
  ThreadPool pool(1);
  EmbeddingTable table = clusters({"Sad", "Happy"}, 20, 4);
  table.embeddings(3, 5) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_UNDERTONE_ERROR(train_classifier(table, {}, pool), ErrorCode::kDataInvalid,
                         "the embedding of 'clip3.wav' holds nan in column 5");
}

TEST(Training, ASearchIsRecordedAsASelection) {
  ThreadPool pool(2);
  TrainingOptions options;
  options.search.emplace();
  options.search->costs = {0.01, 1};
  options.search->pca = {classifier::PcaSize{std::size_t{1}}, std::nullopt};
  const Training training =
      train_classifier(clusters({"Sad", "Happy", "Fear"}, 20, 10, 8, 1.5), options, pool);
  ASSERT_TRUE(training.report.search);
  const SearchReport& search = *training.report.search;
  EXPECT_EQ(search.tried.size(), 8U);
  EXPECT_THAT(search.split, HasSubstr("Speaker-independent: 5 folds over 10 speakers"));
  const TriedSettings& best = search.tried[search.best];
  for (const TriedSettings& tried : search.tried) {
    EXPECT_LE(tried.uar, best.uar);
    EXPECT_EQ(tried.layer, 12U);
  }
  EXPECT_LT(search.tried[0].uar, best.uar) << "the settings are to differ";
  EXPECT_EQ(training.bundle.training.options.svm.c, best.options.svm.c);
  EXPECT_EQ(training.bundle.training.options.pca, best.options.pca);
  EXPECT_EQ(training.bundle.provenance.scores.at("selection_uar"), best.uar);
  EXPECT_THAT(training.bundle.provenance.split, HasSubstr("selection, not a test"));
}

TEST(Training, TheBestLayerIsFound) {
  ThreadPool pool(2);
  TrainingOptions options;
  options.search.emplace();
  options.search->costs = {1};
  options.search->pca = {std::nullopt};
  std::vector<std::size_t> asked;
  const auto read = [&](std::size_t layer) {
    asked.push_back(layer);
    EmbeddingTable table = clusters({"Sad", "Happy"}, 20, 10, 8, layer == 2 ? 4.0F : 0.5F);
    table.origin.layer = layer;
    return table;
  };
  const Training training = train_best_layer({1, 2, 3}, read, options, pool);
  EXPECT_EQ(asked, (std::vector<std::size_t>{1, 2, 3, 2}));
  EXPECT_EQ(training.bundle.provenance.encoder.layer, 2);
  ASSERT_TRUE(training.report.search);
  EXPECT_EQ(training.report.search->tried.size(), 6U);
  EXPECT_EQ(training.report.search->tried[training.report.search->best].layer, 2U);
}

TEST(Training, TheSameInputsGiveTheSameBytes) {
  const ::undertone::test::TemporaryFolder folder;
  for (const bool searched : {false, true}) {
    TrainingOptions options;
    options.classifier.svm.seed = 3;
    if (searched) options.search.emplace();
    std::vector<std::string> bytes;
    for (const unsigned threads : {1U, 3U, 3U}) {
      ThreadPool pool(threads);
      const auto path = folder / "bundle";
      classifier::save_bundle(
          path, train_classifier(clusters({"Sad", "Happy"}, 20, 10, 8, 1), options, pool).bundle);
      bytes.push_back(::undertone::test::read_file(path));
    }
    EXPECT_EQ(bytes[0], bytes[1]);
    EXPECT_EQ(bytes[1], bytes[2]);
    EXPECT_FALSE(bytes[0].empty());
  }
}

TEST(Training, StopsOnRequest) {
  ThreadPool pool(1);
  TrainingOptions options;
  options.search.emplace();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_UNDERTONE_ERROR(
      train_classifier(clusters({"Sad", "Happy"}, 20, 10), options, pool, stop.get_token()),
      ErrorCode::kCancelled, "stopped");
}

}  // namespace
}  // namespace undertone::pipeline
