#include "evaluation/scores.hpp"

#include <gtest/gtest.h>
#include <vector>

#include "support/expect_error.hpp"

namespace undertone::evaluation {
namespace {

TEST(Scores, CountAPerfectClassifier) {
  const std::vector<int> truth = {0, 1, 1};
  tensor::Matrix<double> probabilities(3, 2);
  for (std::size_t i = 0; i < 3; ++i) {
    probabilities(i, 0) = truth[i] == 0 ? 1 : 0;
    probabilities(i, 1) = truth[i] == 1 ? 1 : 0;
  }
  const Scores scores = score(truth, truth, probabilities.view(), 2);
  EXPECT_EQ(scores.accuracy, 1);
  EXPECT_EQ(scores.uar, 1);
  EXPECT_EQ(scores.macro_f1, 1);
  EXPECT_EQ(scores.brier, 0);
  EXPECT_EQ(scores.ece, 0);
}

}  // namespace
}  // namespace undertone::evaluation
