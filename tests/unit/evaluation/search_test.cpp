#include "evaluation/search.hpp"

#include <gtest/gtest.h>
#include <limits>
#include <set>

#include "evaluation/fold_training.hpp"
#include "evaluation/scores.hpp"
#include "evaluation/units.hpp"
#include "support/expect_error.hpp"
#include "synthetic_samples.hpp"

namespace undertone::evaluation {
namespace {

using classifier::ClassWeight;
using classifier::EmotionClassifierOptions;
using classifier::GammaRule;
using classifier::PcaSize;
using test::make_samples;
using ::testing::HasSubstr;

EmotionClassifierOptions settings(double c, std::optional<PcaSize> pca, classifier::Gamma gamma,
                                  ClassWeight weight = ClassWeight::kNone) {
  EmotionClassifierOptions options;
  options.svm.c = c;
  options.pca = pca;
  options.svm.gamma = gamma;
  options.svm.class_weight = weight;
  return options;
}

// UAR of one setting, by fitting all of it anew in each fold.
double uar_of(const Samples& samples, const SplitPlan& plan,
              const EmotionClassifierOptions& options, ThreadPool& pool) {
  tensor::Matrix<std::size_t> confusion(samples.class_names.size(), samples.class_names.size());
  for (const Fold& fold : plan.trainings) {
    tensor::Matrix<double> train(fold.train.size(), samples.embeddings.cols());
    for (std::size_t i = 0; i < fold.train.size(); ++i) {
      const auto row = samples.embeddings.row(fold.train[i]);
      std::copy(row.begin(), row.end(), train.row(i).begin());
    }
    const auto scaler = classifier::StandardScaler::fit(train.view());
    for (std::size_t i = 0; i < train.rows(); ++i) scaler.transform(train.row(i), train.row(i));
    std::optional<classifier::Pca> pca;
    tensor::Matrix<double> x = train.clone();
    if (options.pca) {
      pca = classifier::Pca::fit(train.view(), *options.pca);
      x = tensor::Matrix<double>(train.rows(), pca->components_count());
      for (std::size_t i = 0; i < train.rows(); ++i) pca->transform(train.row(i), x.row(i));
    }
    classifier::SvmOptions svm = options.svm;
    svm.probability = false;
    const auto machine = classifier::SupportVectorClassifier::fit(
        x.view(), labels_of(samples, fold.train), samples.class_names, svm, {}, &pool);
    for (const std::size_t r : fold.test) {
      const auto row = samples.embeddings.row(r);
      std::vector<double> z(row.begin(), row.end());
      scaler.transform(z, z);
      std::vector<double> y = z;
      if (pca) {
        y.resize(pca->components_count());
        pca->transform(z, y);
      }
      ++confusion(static_cast<std::size_t>(samples.labels[r]), machine.predict(y).label);
    }
  }
  return summarize(confusion).uar;
}

TEST(Search, ScoresEachSettingAsIfItWereAlone) {
  const Samples samples = make_samples({.speakers = 9, .class_distance = 0.7});
  ThreadPool pool(2);
  SearchGrid grid;
  grid.costs = {0.1, 5};
  grid.gammas = {GammaRule::kScale, 0.02};
  grid.pca = {PcaSize{std::size_t{2}}, PcaSize{std::size_t{5}}, PcaSize{0.8}, std::nullopt};
  grid.class_weights = {ClassWeight::kNone, ClassWeight::kBalanced};
  const SplitPlan plan = selection_plan(samples, all_rows(samples), 3, 1);
  const SearchOutcome outcome = search(samples, plan.trainings, {}, grid, pool);
  ASSERT_EQ(outcome.candidates.size(), 32U);
  std::set<double> distinct;
  for (const Candidate& candidate : outcome.candidates) {
    EXPECT_EQ(candidate.uar, uar_of(samples, plan, candidate.options, pool))
        << in_words(candidate.options);
    distinct.insert(candidate.uar);
    EXPECT_LE(candidate.uar, outcome.candidates[outcome.best].uar);
  }
  EXPECT_GT(distinct.size(), 3U) << "the settings are to differ";
  for (std::size_t c = 0; c < outcome.best; ++c) {
    EXPECT_LT(outcome.candidates[c].uar, outcome.candidates[outcome.best].uar);
  }
}

TEST(Search, DoesNotDependOnThreads) {
  const Samples samples = make_samples({.speakers = 9, .class_distance = 0.7});
  const SplitPlan plan = selection_plan(samples, all_rows(samples), 3, 1);
  ThreadPool one(1);
  ThreadPool three(3);
  const SearchOutcome a = search(samples, plan.trainings, {}, {}, one);
  const SearchOutcome b = search(samples, plan.trainings, {}, {}, three);
  EXPECT_EQ(a.best, b.best);
  for (std::size_t c = 0; c < a.candidates.size(); ++c) {
    EXPECT_EQ(a.candidates[c].uar, b.candidates[c].uar);
  }
}

TEST(Search, TheSimplestOfEqualsWins) {
  const Samples samples = make_samples({.class_distance = 30});  // each setting is perfect
  ThreadPool pool(1);
  const SplitPlan plan = selection_plan(samples, all_rows(samples), 3, 1);
  SearchGrid grid;
  grid.costs = {10, 1};
  grid.pca = {std::nullopt, PcaSize{std::size_t{4}}, PcaSize{std::size_t{3}}};
  grid.class_weights = {ClassWeight::kBalanced, ClassWeight::kNone};
  const SearchOutcome outcome = search(samples, plan.trainings, {}, grid, pool);
  const Candidate& best = outcome.candidates[outcome.best];
  ASSERT_EQ(best.uar, 1);
  EXPECT_EQ(in_words(best.options),
            "C = 1, gamma = scale, 3 components, one-vs-one, class weight none");
}

TEST(Search, OrderOfSimplicity) {
  const PcaSize few{std::size_t{2}};
  const PcaSize many{std::size_t{9}};
  const std::vector<EmotionClassifierOptions> order = {
      settings(1, few, GammaRule::kScale),
      settings(1, few, GammaRule::kScale, ClassWeight::kBalanced),
      settings(1, few, GammaRule::kAuto),
      settings(1, few, 0.1),
      settings(1, few, 0.2),
      settings(1, many, GammaRule::kScale),
      settings(1, PcaSize{0.5}, GammaRule::kScale),
      settings(1, std::nullopt, GammaRule::kScale),
      settings(2, few, GammaRule::kScale)};
  for (std::size_t a = 0; a < order.size(); ++a) {
    for (std::size_t b = 0; b < order.size(); ++b) {
      EXPECT_EQ(simpler(order[a], order[b]), a < b);
    }
  }
}

TEST(Search, ComparesOnAsManyFoldsAsThereAreSpeakers) {
  Samples samples = make_samples({.speakers = 3});
  const SplitPlan plan = selection_plan(samples, all_rows(samples), 5, 0);
  EXPECT_EQ(plan.name, "speaker");
  EXPECT_EQ(plan.folds, 3U);
  ASSERT_EQ(plan.notices.size(), 1U);
  EXPECT_THAT(plan.notices[0], HasSubstr("3 folds instead of 5"));
  samples.speakers.assign(samples.size(), "");
  EXPECT_EQ(selection_plan(samples, all_rows(samples), 5, 0).name, "random");
  samples.speakers.assign(samples.size(), "only one");
  EXPECT_UNDERTONE_ERROR(selection_plan(samples, all_rows(samples), 5, 0), ErrorCode::kDataInvalid,
                         "there are 1 speakers");
}

TEST(Search, RefusesAndStops) {
  Samples samples = make_samples();
  ThreadPool pool(2);
  const SplitPlan plan = selection_plan(samples, all_rows(samples), 3, 1);
  SearchGrid grid;
  grid.costs = {-1};
  EXPECT_UNDERTONE_ERROR(search(samples, plan.trainings, {}, grid, pool),
                         ErrorCode::kInvalidArgument, "C must be positive");
  std::stop_source stop;
  stop.request_stop();
  EXPECT_UNDERTONE_ERROR(search(samples, plan.trainings, {}, {}, pool, stop.get_token()),
                         ErrorCode::kCancelled, "stopped");
  samples.embeddings(5, 1) = std::numeric_limits<float>::infinity();
  EXPECT_UNDERTONE_ERROR(search(samples, plan.trainings, {}, {}, pool), ErrorCode::kDataInvalid,
                         "the embedding of 'clip5.wav' holds inf in column 1");
}

}  // namespace
}  // namespace undertone::evaluation
