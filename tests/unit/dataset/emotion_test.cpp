#include "dataset/emotion.hpp"

#include <gtest/gtest.h>

namespace undertone::dataset {
namespace {

TEST(Emotion, KnowsTheSpellingsOfTheSix) {
  for (const auto* text : {"neu", "Neutral", "NEU"}) EXPECT_EQ(normalize_emotion(text), "Neutral");
  for (const auto* text : {"hap", "happy", "HAPPINESS"})
    EXPECT_EQ(normalize_emotion(text), "Happy");
  for (const auto* text : {"sad", "Sadness"}) EXPECT_EQ(normalize_emotion(text), "Sad");
  for (const auto* text : {"ang", "anger", "Angry"}) EXPECT_EQ(normalize_emotion(text), "Angry");
  for (const auto* text : {"fea", "fear", "fearful", "scared"}) {
    EXPECT_EQ(normalize_emotion(text), "Fear");
  }
  for (const auto* text : {"dis", "disgust", " disgusted\t"}) {
    EXPECT_EQ(normalize_emotion(text), "Disgust");
  }
}

TEST(Emotion, KeepsOtherLabelsAsTheyAre) {
  EXPECT_EQ(normalize_emotion("calm"), "calm");
  EXPECT_EQ(normalize_emotion(" Surprise "), "Surprise");
  EXPECT_EQ(normalize_emotion("saddish"), "saddish");
  EXPECT_EQ(normalize_emotion("  "), "");
  EXPECT_FALSE(is_one_of_the_six("calm"));
  EXPECT_FALSE(is_one_of_the_six("happy"));
}

TEST(Emotion, CanonicalNamesAreTheirOwn) {
  for (const std::string_view name : kEmotions) {
    EXPECT_EQ(normalize_emotion(name), name);
    EXPECT_TRUE(is_one_of_the_six(name));
  }
}

TEST(Emotion, ShowsTheSixFirstAndOthersAlphabetically) {
  const std::vector<std::string> labels = {"surprise", "Disgust", "Angry", "calm", "Neutral"};
  EXPECT_EQ(display_order(labels), (std::vector<std::size_t>{4, 2, 1, 3, 0}));
}

}  // namespace
}  // namespace undertone::dataset
