#include "evaluation/comparison.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <random>

#include "made_up_comparison.hpp"
#include "support/temporary_folder.hpp"

namespace undertone::evaluation {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm") is 0.03 0.06 0.06 0.02.
TEST(Holm, AdjustsAsRDoes) {
  EXPECT_THAT(holm_adjusted({0.01, 0.04, 0.03, 0.005}),
              ElementsAre(DoubleNear(0.03, 1e-12), DoubleNear(0.06, 1e-12), DoubleNear(0.06, 1e-12),
                          DoubleNear(0.02, 1e-12)));
  EXPECT_THAT(holm_adjusted({0.9, 0.8}), ElementsAre(1.0, 1.0));
  EXPECT_TRUE(holm_adjusted({}).empty());
}

// Outcomes of 20 speakers, 10 clips each, of two classes, right with the given probability.
std::vector<ClipOutcome> guesses(const Samples& samples, double right, unsigned seed) {
  test::Dice dice(seed);
  std::vector<ClipOutcome> outcomes;
  for (std::size_t r = 0; r < samples.size(); ++r) {
    ClipOutcome outcome;
    outcome.sample = r;
    outcome.truth = samples.labels[r];
    outcome.predicted = dice.uniform() < right ? outcome.truth : 1 - outcome.truth;
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

Samples twenty_speakers() {
  test::StudyShape shape;
  shape.class_names = {"A", "B"};
  shape.speakers = 20;
  shape.clips_per_speaker = 10;
  return test::made_up_samples(shape);
}

double uar_of(const std::vector<ClipOutcome>& outcomes) {
  tensor::Matrix<std::size_t> confusion(2, 2);
  for (const ClipOutcome& outcome : outcomes) {
    ++confusion(static_cast<std::size_t>(outcome.truth),
                static_cast<std::size_t>(outcome.predicted));
  }
  return summarize(confusion).uar;
}

// Of thirty that guess, the best looks good: the UAR of 200 guesses has a standard deviation of
// 0.035. What is to be expected of it is a guess.
TEST(Selection, TakesTheLuckOutOfTheBest) {
  const Samples samples = twenty_speakers();
  std::vector<std::vector<ClipOutcome>> all;
  std::vector<std::span<const ClipOutcome>> spans;
  double best = 0;
  for (unsigned seed = 0; seed < 30; ++seed) all.push_back(guesses(samples, 0.5, seed));
  for (const auto& outcomes : all) {
    spans.emplace_back(outcomes);
    best = std::max(best, uar_of(outcomes));
  }
  EXPECT_GT(best, 0.535);
  const SelectionEstimate estimate = bootstrap_selection(samples, spans, 1, 500);
  EXPECT_LT(estimate.uar, best - 0.025);
  EXPECT_NEAR(estimate.uar, 0.5, 0.045);
  EXPECT_LT(estimate.interval.low, estimate.uar);
  EXPECT_GT(estimate.interval.high, estimate.uar);
}

TEST(Selection, TakesNothingFromOneThatWasNotChosen) {
  const Samples samples = twenty_speakers();
  const auto only = guesses(samples, 0.8, 3);
  const std::span<const ClipOutcome> spans[] = {only};
  EXPECT_NEAR(bootstrap_selection(samples, spans, 1).uar, uar_of(only), 0.01);
}

TEST(Difference, HasAPValue) {
  const Samples samples = twenty_speakers();
  const auto good = guesses(samples, 0.9, 1);
  const auto bad = guesses(samples, 0.6, 2);
  EXPECT_EQ(bootstrap_difference(samples, good, good, 1).uar_p, 1);
  EXPECT_NEAR(bootstrap_difference(samples, bad, good, 1).uar_p, 2.0 / 2001, 1e-12);
  const double alike =
      bootstrap_difference(samples, guesses(samples, 0.7, 4), guesses(samples, 0.7, 5), 1).uar_p;
  EXPECT_GT(alike, 0.02);
}

TEST(Comparison, RanksByUarAndComparesWithTheBest) {
  const Comparison comparison = test::made_up_comparison();
  const Contender& best = comparison.contenders[comparison.best];
  EXPECT_EQ(best.name(), "hubert-large-ll60k, layer 24, svm");
  for (std::size_t c = 0; c < comparison.contenders.size(); ++c) {
    const Contender& contender = comparison.contenders[c];
    EXPECT_LE(contender.evaluation.pooled.uar, best.evaluation.pooled.uar);
    if (c == comparison.best) continue;
    const double difference = best.evaluation.pooled.uar - contender.evaluation.pooled.uar;
    EXPECT_GE(difference, contender.to_best.uar.low);
    EXPECT_LE(difference, contender.to_best.uar.high);
    EXPECT_GE(contender.adjusted_p, contender.to_best.uar_p);
  }
}

TEST(Comparison, IsWrittenWhole) {
  const undertone::test::TemporaryFolder folder;
  const Comparison comparison = test::made_up_comparison();
  write_comparison(folder / "out", comparison);
  const auto json = nlohmann::json::parse(undertone::test::read_file(folder / "out/compare.json"));
  EXPECT_EQ(json["format"], "undertone-comparison");
  ASSERT_EQ(json["contenders"].size(), comparison.contenders.size());
  EXPECT_EQ(json["contenders"][comparison.best]["to_best"], nullptr);
  EXPECT_EQ(json["contenders"][11]["cost_ms_per_second"], nullptr);
  EXPECT_EQ(json["contenders"][3]["uar"], comparison.contenders[3].evaluation.pooled.uar);
  const std::string html = undertone::test::read_file(folder / "out/compare.html");
  EXPECT_THAT(html, HasSubstr("hubert-large-ll60k, layer 24, svm recognises"));
  EXPECT_THAT(html, Not(HasSubstr("untrained")));
  EXPECT_THAT(html, HasSubstr("partly lucky"));
}

TEST(Comparison, SpeaksOfNoChoiceWhereThereWasNone) {
  Comparison comparison = test::made_up_comparison();
  comparison.contenders.resize(1);
  rank_contenders(test::made_up_samples({}), 0, comparison);
  const std::string html = comparison_html(comparison);
  EXPECT_THAT(html, HasSubstr("undertone-small, layer 0, svm recognises"));
  EXPECT_THAT(html, Not(HasSubstr("partly lucky")));
  EXPECT_THAT(html, Not(HasSubstr("having been chosen")));
  EXPECT_THAT(html, Not(HasSubstr("compared</h1>")));
}

TEST(Comparison, WarnsOfUntrainedEncodersBeforeAnythingElse) {
  const Comparison comparison = test::made_up_comparison({}, "looks untrained: of course");
  const std::string warning =
      "The encoder undertone-small looks untrained: of course. Its figures are no finding.";
  EXPECT_THAT(untrained_warnings(comparison), ElementsAre(warning));
  const std::string html = comparison_html(comparison);
  EXPECT_THAT(html, HasSubstr(warning));
  EXPECT_LT(html.find(warning), html.find("UAR of the best"));
  const auto json = nlohmann::json::parse(comparison_json(comparison));
  EXPECT_EQ(json["warnings"], std::vector<std::string>{warning});
}

// In the table, in pictures and in what a screen reader says of them.
TEST(Comparison, NamesNoUntrainedEncoderWithoutSayingSo) {
  std::string html = comparison_html(test::made_up_comparison({}, "is untrained"));
  const std::string name = "undertone-small";
  std::size_t times = 0;
  for (std::size_t at = html.find(name); at != std::string::npos; at = html.find(name, at + 1)) {
    const std::string after = html.substr(at + name.size(), 13);
    EXPECT_TRUE(after == " (untrained)," || after == " (untrained)<" || after == " is untrained")
        << after;
    ++times;
  }
  EXPECT_GT(times, 20U);
}

TEST(Comparison, FindsNothingWhereAnUntrainedEncoderIsTheBest) {
  Comparison comparison = test::made_up_comparison();
  comparison.contenders[comparison.best].doubt = "is untrained";
  EXPECT_THAT(comparison_html(comparison), HasSubstr("is an untrained encoder's: no finding"));
  EXPECT_THAT(comparison_html(comparison), Not(HasSubstr("recognises")));
  for (Contender& contender : comparison.contenders) contender.doubt = "is untrained";
  EXPECT_THAT(comparison_html(comparison), HasSubstr("A comparison of untrained encoders"));
  EXPECT_THAT(comparison_html(comparison), Not(HasSubstr("recognises")));
}

}  // namespace
}  // namespace undertone::evaluation
