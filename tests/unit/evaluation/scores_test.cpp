#include "evaluation/scores.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <vector>

#include "support/expect_error.hpp"
#include "support/paths.hpp"

namespace undertone::evaluation {
namespace {

using nlohmann::json;

tensor::Matrix<double> matrix(const std::vector<std::vector<double>>& rows) {
  tensor::Matrix<double> result(rows.size(), rows.at(0).size());
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::copy(rows[r].begin(), rows[r].end(), result.row(r).begin());
  }
  return result;
}

TEST(Scores, EqualScikitLearns) {
  std::ifstream file(std::string(UNDERTONE_GOLDEN_DIR) + "/evaluation/scores.json");
  ASSERT_TRUE(file);
  constexpr double kTolerance = 1e-12;
  const json golden = json::parse(file);
  ASSERT_EQ(golden["cases"].size(), 10U);
  for (const json& expected : golden["cases"]) {
    SCOPED_TRACE(expected["name"].get<std::string>());
    const auto classes = expected["classes"].get<std::size_t>();
    const auto probabilities =
        matrix(expected["probabilities"].get<std::vector<std::vector<double>>>());
    const Scores scores =
        score(expected["truth"].get<std::vector<int>>(),
              expected["predicted"].get<std::vector<int>>(), probabilities.view(), classes);
    EXPECT_EQ(scores.samples, expected["truth"].size());
    EXPECT_NEAR(scores.accuracy, expected["accuracy"].get<double>(), kTolerance);
    EXPECT_NEAR(scores.uar, expected["uar"].get<double>(), kTolerance);
    EXPECT_NEAR(scores.macro_f1, expected["macro_f1"].get<double>(), kTolerance);
    EXPECT_NEAR(scores.brier, expected["brier"].get<double>(), kTolerance);
    EXPECT_NEAR(scores.ece, expected["ece"].get<double>(), kTolerance);
    ASSERT_EQ(scores.classes.size(), classes);
    for (std::size_t c = 0; c < classes; ++c) {
      EXPECT_NEAR(scores.classes[c].precision, expected["precision"][c].get<double>(), kTolerance);
      EXPECT_NEAR(scores.classes[c].recall, expected["recall"][c].get<double>(), kTolerance);
      EXPECT_NEAR(scores.classes[c].f1, expected["f1"][c].get<double>(), kTolerance);
      EXPECT_EQ(scores.classes[c].support, expected["support"][c].get<std::size_t>());
      for (std::size_t p = 0; p < classes; ++p) {
        EXPECT_EQ(scores.confusion(c, p), expected["confusion"][c][p].get<std::size_t>());
      }
    }
    const Summary summary = summarize(scores.confusion);
    EXPECT_EQ(summary.accuracy, scores.accuracy);
    EXPECT_EQ(summary.uar, scores.uar);
    EXPECT_EQ(summary.macro_f1, scores.macro_f1);
  }
}

TEST(Scores, BinsHoldEachPredictionOnce) {
  const std::vector<int> truth = {0, 1, 0, 1};
  const std::vector<int> predicted = {0, 0, 0, 1};
  const auto probabilities = matrix({{0.95, 0.05}, {0.93, 0.07}, {0.6, 0.4}, {0.0, 1.0}});
  const Scores scores = score(truth, predicted, probabilities.view(), 2);
  EXPECT_EQ(scores.reliability[9].count, 3U);
  EXPECT_NEAR(scores.reliability[9].mean_confidence, (0.95 + 0.93 + 1.0) / 3, 1e-15);
  EXPECT_NEAR(scores.reliability[9].accuracy, 2.0 / 3, 1e-15);
  EXPECT_EQ(scores.reliability[5].count, 1U);
  EXPECT_EQ(scores.reliability[5].accuracy, 1);
  EXPECT_EQ(scores.reliability[0].count, 0U);
}

TEST(Scores, OfNothingAreZero) {
  const Summary summary = summarize(tensor::Matrix<std::size_t>(3, 3));
  EXPECT_EQ(summary.accuracy, 0);
  EXPECT_EQ(summary.uar, 0);
  EXPECT_EQ(summary.macro_f1, 0);
}

TEST(Scores, RefuseWhatCannotBeScored) {
  const auto two = matrix({{0.5, 0.5}, {0.5, 0.5}});
  const std::vector<int> good = {0, 1};
  const std::vector<int> outside = {0, 2};
  const std::vector<int> negative = {-1, 0};
  const std::vector<int> none;
  EXPECT_UNDERTONE_ERROR(score(none, none, {}, 2), ErrorCode::kInvalidArgument, "0 labels");
  EXPECT_UNDERTONE_ERROR(score(good, none, two.view(), 2), ErrorCode::kInvalidArgument,
                         "0 predictions");
  EXPECT_UNDERTONE_ERROR(score(good, good, two.view(), 3), ErrorCode::kInvalidArgument,
                         "3 classes");
  EXPECT_UNDERTONE_ERROR(score(outside, good, two.view(), 2), ErrorCode::kInvalidArgument,
                         "outside the 2 classes");
  EXPECT_UNDERTONE_ERROR(score(good, negative, two.view(), 2), ErrorCode::kInvalidArgument,
                         "outside the 2 classes");
}

}  // namespace
}  // namespace undertone::evaluation
