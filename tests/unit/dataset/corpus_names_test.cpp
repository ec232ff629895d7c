#include "dataset/corpus_names.hpp"

#include <gtest/gtest.h>

#include "dataset/emotion.hpp"

namespace undertone::dataset {
namespace {

void expect_clip(Corpus corpus, std::string_view stem, const NamedClip& expected) {
  const auto clip = parse_corpus_name(corpus, stem);
  ASSERT_TRUE(clip.has_value()) << stem;
  EXPECT_EQ(clip->emotion, expected.emotion) << stem;
  EXPECT_EQ(clip->speaker_id, expected.speaker_id) << stem;
  EXPECT_EQ(clip->sentence_id, expected.sentence_id) << stem;
}

TEST(CorpusNames, Ravdess) {
  expect_clip(Corpus::kRavdess, "03-01-01-01-01-01-01", {"Neutral", "ravdess-01", "ravdess-01"});
  expect_clip(Corpus::kRavdess, "03-01-02-01-02-01-24", {"Calm", "ravdess-24", "ravdess-02"});
  expect_clip(Corpus::kRavdess, "03-01-03-02-02-02-07", {"Happy", "ravdess-07", "ravdess-02"});
  expect_clip(Corpus::kRavdess, "03-01-04-01-01-01-02", {"Sad", "ravdess-02", "ravdess-01"});
  expect_clip(Corpus::kRavdess, "03-01-05-01-01-01-02", {"Angry", "ravdess-02", "ravdess-01"});
  expect_clip(Corpus::kRavdess, "03-01-06-01-01-01-02", {"Fear", "ravdess-02", "ravdess-01"});
  expect_clip(Corpus::kRavdess, "03-01-07-01-01-01-02", {"Disgust", "ravdess-02", "ravdess-01"});
  expect_clip(Corpus::kRavdess, "03-01-08-01-01-01-02", {"Surprise", "ravdess-02", "ravdess-01"});
}

TEST(CorpusNames, Emodb) {
  expect_clip(Corpus::kEmodb, "03a01Wa", {"Angry", "emodb-03", "emodb-a01"});
  expect_clip(Corpus::kEmodb, "16b10Lb", {"Boredom", "emodb-16", "emodb-b10"});
  expect_clip(Corpus::kEmodb, "03a01Ea", {"Disgust", "emodb-03", "emodb-a01"});
  expect_clip(Corpus::kEmodb, "03a01Ac", {"Fear", "emodb-03", "emodb-a01"});
  expect_clip(Corpus::kEmodb, "03a01Fa", {"Happy", "emodb-03", "emodb-a01"});
  expect_clip(Corpus::kEmodb, "03a01Td", {"Sad", "emodb-03", "emodb-a01"});
  expect_clip(Corpus::kEmodb, "03a01Nc", {"Neutral", "emodb-03", "emodb-a01"});
}

TEST(CorpusNames, Nemo) {
  expect_clip(Corpus::kNemo, "SM0_anger_1", {"Angry", "nemo-SM0", "nemo-1"});
  expect_clip(Corpus::kNemo, "IC0_fear_12", {"Fear", "nemo-IC0", "nemo-12"});
  expect_clip(Corpus::kNemo, "IC0_happiness_12", {"Happy", "nemo-IC0", "nemo-12"});
  expect_clip(Corpus::kNemo, "IC0_neutral_12", {"Neutral", "nemo-IC0", "nemo-12"});
  expect_clip(Corpus::kNemo, "IC0_sadness_12", {"Sad", "nemo-IC0", "nemo-12"});
  expect_clip(Corpus::kNemo, "IC0_surprised_90", {"Surprise", "nemo-IC0", "nemo-90"});
}

TEST(CorpusNames, RefusesWhatIsNotTheCorpus) {
  for (const auto* stem : {"", "03-01-01-01-01-01", "03-01-09-01-01-01-01", "03-01-00-01-01-01-01",
                           "03-02-01-01-01-01-01" /* song */, "01-01-01-01-01-01-01" /* video */,
                           "03-01-01-01-01-01-25", "03-01-01-01-03-01-01", "03-01-01-01-01-01-1x",
                           "03-01-01-01-01-01-01-01", "3-01-01-01-01-01-01"}) {
    EXPECT_FALSE(parse_corpus_name(Corpus::kRavdess, stem)) << stem;
  }
  for (const auto* stem :
       {"", "03a01W", "03a01Xa", "03c01Wa", "0xa01Wa", "03a0xWa", "03a01WA", "03a01Waa"}) {
    EXPECT_FALSE(parse_corpus_name(Corpus::kEmodb, stem)) << stem;
  }
  for (const auto* stem : {"", "SM0_anger", "SM0_rage_1", "_anger_1", "SM0_anger_", "SM0_anger_x",
                           "SM0_anger_1_2", "S-M_anger_1", "SM0_anger_1234567"}) {
    EXPECT_FALSE(parse_corpus_name(Corpus::kNemo, stem)) << stem;
  }
}

TEST(CorpusNames, CorporaAreCalledByName) {
  for (const Corpus corpus : {Corpus::kRavdess, Corpus::kEmodb, Corpus::kNemo}) {
    EXPECT_EQ(parse_corpus(to_string(corpus)), corpus);
  }
  EXPECT_FALSE(parse_corpus("RAVDESS2"));
}

}  // namespace
}  // namespace undertone::dataset
