#include "pipeline/dimensions_estimate.hpp"

#include <gtest/gtest.h>

#include "support/expect_error.hpp"

namespace undertone::pipeline {
namespace {

TEST(DimensionsEstimate, IsTheWeightedMeanOfTheCoordinates) {
  const DimensionsEstimate estimate({"Neutral", "Happy", "Sad"});
  const Dimensions neutral = estimate.of({{"Neutral", 1.0}, {"Happy", 0.0}, {"Sad", 0.0}});
  EXPECT_EQ(neutral.arousal, 0.5);
  EXPECT_EQ(neutral.dominance, 0.5);
  EXPECT_EQ(neutral.valence, 0.5);
  const Dimensions mixed = estimate.of({{"Neutral", 0.25}, {"Happy", 0.5}, {"Sad", 0.25}});
  EXPECT_NEAR(mixed.arousal, (1 + 0.5 * 0.51 - 0.25 * 0.27) / 2, 1e-12);
  EXPECT_NEAR(mixed.dominance, (1 + 0.5 * 0.46 - 0.25 * 0.33) / 2, 1e-12);
  EXPECT_NEAR(mixed.valence, (1 + 0.5 * 0.81 - 0.25 * 0.63) / 2, 1e-12);
}

TEST(DimensionsEstimate, KnowsTheSpellingsAndTheirOrder) {
  const DimensionsEstimate estimate({"ang", "fearful", "Disgust", "SURPRISED"});
  const Dimensions fear = estimate.of({{"ang", 0}, {"fearful", 1}, {"Disgust", 0}, {"x", 0}});
  EXPECT_NEAR(fear.dominance, (1 - 0.43) / 2, 1e-12);
  const Dimensions surprise = estimate.of({{"ang", 0}, {"fearful", 0}, {"Disgust", 0}, {"x", 1}});
  EXPECT_NEAR(surprise.arousal, (1 + 0.67) / 2, 1e-12);
  EXPECT_NEAR(surprise.valence, (1 + 0.40) / 2, 1e-12);
}

TEST(DimensionsEstimate, NamesLabelsWithoutCoordinates) {
  EXPECT_UNDERTONE_ERROR(DimensionsEstimate({"Happy", "Calm", "LABEL_3"}),
                         ErrorCode::kInvalidArgument, "for Calm, LABEL_3");
}

}  // namespace
}  // namespace undertone::pipeline
