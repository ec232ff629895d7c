#include "pipeline/training.hpp"

#include <random>

#include "support/expect_error.hpp"

namespace undertone::pipeline {
namespace {

// Well separated clusters, one a label; `speakers` per label take turns.
EmbeddingTable clusters(const std::vector<std::string>& labels, std::size_t each,
                        std::size_t speakers, std::size_t dimension = 8) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  EmbeddingTable table;
  const std::size_t count = labels.size() * each;
  table.embeddings = tensor::Matrix<float>(count, dimension);
  for (std::size_t r = 0; r < count; ++r) {
    const std::size_t c = r % labels.size();
    for (std::size_t i = 0; i < dimension; ++i) {
      table.embeddings(r, i) = normal(random) + (i == c ? 6.0F : 0.0F);
    }
    table.labels.push_back(labels[c]);
    const std::size_t speaker = speakers == 0 ? 0 : (r / labels.size()) % speakers;
    table.speakers.push_back(speakers == 0 ? "" : "s" + std::to_string(speaker));
    table.corpora.emplace_back(r % 2 == 0 ? "one" : "two");
  }
  table.origin = {"enc", "f00", 12, "mean", "soxr", "1"};
  return table;
}

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
  ThreadPool pool(1);
  const Training training =
      train_classifier(clusters({"Sad", "Happy"}, 20, 1), {.pca = std::nullopt}, pool);
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

}  // namespace
}  // namespace undertone::pipeline
