#include "evaluation/units.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "synthetic_samples.hpp"

namespace undertone::evaluation {
namespace {

using ::testing::ElementsAre;

// Six clips whose embeddings differ.
Samples six() {
  Samples samples = test::make_samples({.classes = 2, .speakers = 3, .each = 1});
  samples.speakers.assign(6, "");
  samples.sentences.assign(6, "");
  return samples;
}

TEST(Units, AreSingleClipsWhereNothingJoinsThem) {
  const Samples samples = six();
  EXPECT_THAT(units_of(samples, all_rows(samples), {.by_speaker = true, .by_sentence = true}),
              ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST(Units, JoinEqualContentAndCommonOrigin) {
  Samples samples = six();
  samples.columns["sha256"] = {"x", "", "y", "x", "", "z"};
  samples.columns["group"] = {"", "g", "g", "", "", "h"};
  EXPECT_THAT(units_of(samples, all_rows(samples), {}), ElementsAre(0, 1, 1, 0, 2, 3));
}

TEST(Units, JoinThroughOthers) {
  Samples samples = six();
  samples.speakers = {"a", "a", "b", "b", "c", "c"};
  samples.columns["sha256"] = {"", "x", "x", "", "", ""};
  EXPECT_THAT(units_of(samples, all_rows(samples), {.by_speaker = true}),
              ElementsAre(0, 0, 0, 0, 1, 1));
  samples.sentences = {"", "", "", "p", "p", ""};
  EXPECT_THAT(units_of(samples, all_rows(samples), {.by_speaker = true, .by_sentence = true}),
              ElementsAre(0, 0, 0, 0, 0, 0));
}

TEST(Units, EqualEmbeddingsAreOneRecording) {
  Samples samples = six();
  const auto row = samples.embeddings.row(1);
  std::copy(row.begin(), row.end(), samples.embeddings.row(4).begin());
  EXPECT_THAT(units_of(samples, all_rows(samples), {}), ElementsAre(0, 1, 2, 3, 1, 4));
}

TEST(Units, AreOfTheAskedRows) {
  Samples samples = six();
  samples.columns["group"] = {"g", "g", "", "g", "", ""};
  const std::vector<std::size_t> rows = {1, 2, 3, 5};
  EXPECT_THAT(units_of(samples, rows, {}), ElementsAre(0, 1, 0, 2));
  samples.speakers = {"", "a", "b", "c", "", "d"};
  EXPECT_TRUE(speakers_known(samples, rows));
  EXPECT_FALSE(speakers_known(samples, all_rows(samples)));
}

}  // namespace
}  // namespace undertone::evaluation
