#include "pipeline/encoder_comparison.hpp"

#include <algorithm>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "embedding_clusters.hpp"
#include "support/expect_error.hpp"

namespace undertone::pipeline {
namespace {

using test::clusters;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;

// What an input is made of, and what is changed in each of its tables.
struct Source {
  std::string encoder;
  std::string fingerprint;
  std::map<std::size_t, float> layers;  // number, and how far apart the classes stand in it
  std::function<void(EmbeddingTable&)> change{};
  std::size_t clips_per_class = 24;
};

ComparedEmbeddings input_of(const Source& source) {
  ComparedEmbeddings input;
  input.source = source.encoder + ".npz";
  for (const auto& [number, distance] : source.layers) input.layers.push_back(number);
  input.read = [source](std::size_t layer) {
    EmbeddingTable table =
        clusters({"Happy", "Sad"}, source.clips_per_class, 6, 8, source.layers.at(layer));
    table.origin = {source.encoder, source.fingerprint, layer, "mean", "soxr", "1"};
    if (source.change) source.change(table);
    return table;
  };
  return input;
}

ComparisonOptions two_classifiers() {
  ComparisonOptions options;
  options.source = "metadata.csv";
  options.split_options.folds = 3;
  options.classifiers.resize(2);
  options.classifiers[0].kind = classifier::ClassifierKind::kLogistic;
  options.classifiers[1].kind = classifier::ClassifierKind::kForest;
  options.classifiers[1].forest.trees = 5;
  return options;
}

std::vector<std::string> names_of(const evaluation::Comparison& comparison) {
  std::vector<std::string> names;
  for (const auto& contender : comparison.contenders) names.push_back(contender.name());
  return names;
}

TEST(EncoderComparison, CrossesEveryLayerWithEveryClassifierOnTheSameFolds) {
  ThreadPool pool(2);
  ComparedEmbeddings one = input_of({"one", "a", {{3, 0.0F}, {4, 1.0F}}});
  one.cost = {{5, 7}, 2};
  const ComparedEmbeddings two = input_of({"two", "b", {{9, 6.0F}}});
  std::size_t last = 0;
  std::size_t all = 0;
  const EncoderComparison compared =
      compare_encoders({one, two}, two_classifiers(), pool,
                       [&](std::size_t done, std::size_t total) { last = done, all = total; });
  const evaluation::Comparison& comparison = compared.comparison;
  EXPECT_THAT(names_of(comparison), ElementsAre("one, layer 3, logistic", "one, layer 3, forest",
                                                "one, layer 4, logistic", "one, layer 4, forest",
                                                "two, layer 9, logistic", "two, layer 9, forest"));
  EXPECT_TRUE(comparison.speaker_independent);
  EXPECT_EQ(comparison.speakers, 6U);
  EXPECT_EQ(comparison.samples, 48U);
  EXPECT_EQ(last, 6U * 3U);
  EXPECT_EQ(all, 6U * 3U);
  // The best is what is told to whoever trains it.
  EXPECT_EQ(comparison.best, 4U);
  EXPECT_EQ(compared.winner.input, 1U);
  EXPECT_EQ(compared.winner.layer, 9U);
  EXPECT_EQ(compared.winner.classifier.kind, classifier::ClassifierKind::kLogistic);
  for (const auto& contender : comparison.contenders) {
    ASSERT_EQ(contender.evaluation.clips.size(), 48U);
    for (std::size_t i = 0; i < 48; ++i) {  // clip by clip in the same order
      EXPECT_EQ(contender.evaluation.clips[i].sample,
                comparison.contenders[0].evaluation.clips[i].sample);
    }
    EXPECT_GT(contender.classify_ms, 0);
  }
  EXPECT_EQ(comparison.contenders[0].encode_ms, 5.0);
  EXPECT_EQ(comparison.contenders[2].encode_ms, 7.0);
  EXPECT_DOUBLE_EQ(*comparison.contenders[2].cost_ms,
                   7.0 + comparison.contenders[2].classify_ms / 2);
  EXPECT_EQ(comparison.contenders[4].cost_ms, std::nullopt);
}

TEST(EncoderComparison, ComparesOnlyWhatAllHaveAndSaysSo) {
  ThreadPool pool(1);
  const auto fail = [](EmbeddingTable& table) {
    table.failed_paths = {"clip47.wav"};
    table.failed_reasons = {"broken"};
  };
  const auto compared =
      compare_encoders({input_of({"one", "a", {{1, 3.0F}}}),
                        input_of({"two", "b", {{1, 3.0F}}, fail, 20})},  // the first 40 of the 48
                       two_classifiers(), pool);
  EXPECT_EQ(compared.comparison.samples, 40U);
  EXPECT_THAT(compared.comparison.notices, Contains(HasSubstr("8 of 48 recordings are left out")));
  EXPECT_THAT(compared.comparison.notices, Contains(HasSubstr("gave an encoder no embedding")));
}

// An input may have its recordings in another order.
TEST(EncoderComparison, TellsRecordingsByTheirPaths) {
  ThreadPool pool(1);
  const auto turn = [](EmbeddingTable& table) {
    const std::size_t count = table.paths.size();
    for (std::size_t r = 0; r < count / 2; ++r) {
      const auto row = table.embeddings.row(r);
      std::swap_ranges(row.begin(), row.end(), table.embeddings.row(count - 1 - r).begin());
    }
    for (auto* list : {&table.labels, &table.speakers, &table.corpora, &table.paths}) {
      std::reverse(list->begin(), list->end());
    }
  };
  const auto compared = compare_encoders(
      {input_of({"one", "a", {{1, 6.0F}}}), input_of({"two", "b", {{1, 6.0F}}, turn})},
      two_classifiers(), pool);
  const auto& contenders = compared.comparison.contenders;
  for (std::size_t i = 0; i < contenders[0].evaluation.clips.size(); ++i) {
    EXPECT_EQ(contenders[0].evaluation.clips[i].probabilities,
              contenders[2].evaluation.clips[i].probabilities);
  }
}

TEST(EncoderComparison, CountsALayerOnceAndTellsNamesakesApart) {
  ThreadPool pool(1);
  const ComparedEmbeddings one = input_of({"same", "aaaaaaaaaaaaaaaa", {{1, 3.0F}}});
  const ComparedEmbeddings other = input_of({"same", "bbbbbbbbbbbbbbbb", {{1, 3.0F}}});
  const ComparedEmbeddings pooled =
      input_of({"same", "aaaaaaaaaaaaaaaa", {{1, 3.0F}}, [](EmbeddingTable& table) {
                  table.origin.pooling = "mean+std";
                }});
  ComparisonOptions options = two_classifiers();
  options.classifiers.resize(1);
  EXPECT_THAT(names_of(compare_encoders({one, one, other}, options, pool).comparison),
              ElementsAre("same [aaaaaaaaaaaa], layer 1, logistic",
                          "same [bbbbbbbbbbbb], layer 1, logistic"));
  EXPECT_THAT(names_of(compare_encoders({one, pooled}, options, pool).comparison),
              ElementsAre("same [mean], layer 1, logistic", "same [mean+std], layer 1, logistic"));
}

TEST(EncoderComparison, CarriesDoubtsToEveryContenderOfTheEncoder) {
  ThreadPool pool(1);
  const auto doubt = [](EmbeddingTable& table) { table.origin.encoder_doubt = "is untrained"; };
  const auto compared = compare_encoders(
      {input_of({"one", "a", {{1, 0.0F}}, doubt}), input_of({"two", "b", {{1, 6.0F}}})},
      two_classifiers(), pool);
  EXPECT_THAT(names_of(compared.comparison),
              ElementsAre("one (untrained), layer 1, logistic", "one (untrained), layer 1, forest",
                          "two, layer 1, logistic", "two, layer 1, forest"));
  EXPECT_THAT(untrained_warnings(compared.comparison), ElementsAre(HasSubstr("one is untrained")));
  EXPECT_THAT(compared.comparison.facts, Contains(Key("encoder one (untrained)")));
}

TEST(EncoderComparison, IsTheSameOnAnyNumberOfThreads) {
  const std::vector<ComparedEmbeddings> inputs = {input_of({"one", "a", {{1, 1.0F}}})};
  std::vector<std::string> documents;
  for (const unsigned threads : {1U, 3U}) {
    ThreadPool pool(threads);
    auto compared = compare_encoders(inputs, two_classifiers(), pool);
    for (auto& contender : compared.comparison.contenders) contender.classify_ms = 0;
    documents.push_back(comparison_json(compared.comparison));
  }
  EXPECT_EQ(documents[0], documents[1]);
}

TEST(EncoderComparison, RefusesWhatCannotBeCompared) {
  ThreadPool pool(1);
  const auto compare = [&](const std::vector<std::function<void(EmbeddingTable&)>>& changes) {
    std::vector<ComparedEmbeddings> inputs;
    for (const auto& change : changes) {
      const std::string name = "encoder" + std::to_string(inputs.size());
      inputs.push_back(input_of({name, name, {{1, 3.0F}}, change}));
    }
    return compare_encoders(inputs, two_classifiers(), pool);
  };
  const auto as_is = [](EmbeddingTable&) {};
  EXPECT_UNDERTONE_ERROR(compare({}), ErrorCode::kInvalidArgument, "nothing to compare");
  EXPECT_UNDERTONE_ERROR(compare({[](EmbeddingTable& table) { table.paths[1] = table.paths[0]; }}),
                         ErrorCode::kDataInvalid, "occurs twice");
  EXPECT_UNDERTONE_ERROR(compare({as_is, [](EmbeddingTable& table) { table.labels[5] = "Angry"; }}),
                         ErrorCode::kDataInvalid, "that it is 'Angry'");
  EXPECT_UNDERTONE_ERROR(
      compare({as_is, [](EmbeddingTable& table) { table.speakers[5] = "somebody"; }}),
      ErrorCode::kDataInvalid, "'somebody'");
  const auto elsewhere = [](EmbeddingTable& table) {
    for (std::string& path : table.paths) path = "elsewhere/" + path;
  };
  EXPECT_UNDERTONE_ERROR(compare({as_is, elsewhere}), ErrorCode::kDataInvalid,
                         "no recording in common");
  std::stop_source stop;
  stop.request_stop();
  const std::vector<ComparedEmbeddings> inputs = {input_of({"one", "a", {{1, 3.0F}}})};
  EXPECT_UNDERTONE_ERROR(compare_encoders(inputs, two_classifiers(), pool, {}, stop.get_token()),
                         ErrorCode::kCancelled, "");
}

}  // namespace
}  // namespace undertone::pipeline
