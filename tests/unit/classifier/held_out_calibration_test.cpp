#include "classifier/held_out_calibration.hpp"

#include <gtest/gtest.h>
#include <limits>

#include "classifier/emotion_classifier.hpp"
#include "golden.hpp"
#include "random_clusters.hpp"
#include "support/expect_error.hpp"

namespace undertone::classifier {
namespace {

using test::names;
using test::random_clusters;

EmotionClassifierOptions options_with(Multiclass multiclass) {
  EmotionClassifierOptions options;
  options.pca = std::size_t{5};
  options.svm.c = 2;
  options.svm.class_weight = ClassWeight::kBalanced;
  options.svm.multiclass = multiclass;
  return options;
}

HeldOutDecisions decisions(std::vector<std::vector<double>> rows, std::vector<int> labels) {
  HeldOutDecisions set{tensor::Matrix<double>(rows.size(), rows.front().size()), std::move(labels)};
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::copy(rows[r].begin(), rows[r].end(), set.values.row(r).begin());
  }
  return set;
}

// Two sets of three classes: every value is another number, so that a mistaken one is seen.
std::vector<HeldOutDecisions> two_sets() {
  std::vector<HeldOutDecisions> sets;
  sets.push_back(decisions({{1.5, 0.7, -0.2}, {-0.9, 0.1, 0.8}, {0.3, -1.1, -0.6}}, {0, 1, 2}));
  sets.push_back(decisions({{-0.4, 2.0, 0.5}, {0.6, -0.3, 1.2}, {-0.7, -0.8, -1.3}}, {0, 1, 2}));
  return sets;
}

void expect_sigmoid(const PlattSigmoid& found, std::vector<double> positives,
                    const std::vector<double>& negatives) {
  const std::size_t count = positives.size();
  positives.insert(positives.end(), negatives.begin(), negatives.end());
  const PlattSigmoid expected = fit_platt_sigmoid(positives, count);
  EXPECT_EQ(found.a, expected.a);
  EXPECT_EQ(found.b, expected.b);
}

TEST(HeldOutCalibration, PairsSeeTheirTwoClassesOfAllSets) {
  const auto sigmoids = fit_sigmoids(two_sets(), Multiclass::kOneVsOne, names(3));
  ASSERT_EQ(sigmoids.size(), 3U);
  expect_sigmoid(sigmoids[0], {1.5, -0.4}, {-0.9, 0.6});
  expect_sigmoid(sigmoids[1], {0.7, 2.0}, {-1.1, -0.8});
  expect_sigmoid(sigmoids[2], {0.8, 1.2}, {-0.6, -1.3});
}

TEST(HeldOutCalibration, OneAgainstTheRestSeesAll) {
  const auto sigmoids = fit_sigmoids(two_sets(), Multiclass::kOneVsRest, names(3));
  ASSERT_EQ(sigmoids.size(), 3U);
  expect_sigmoid(sigmoids[1], {0.1, -0.3}, {0.7, -1.1, 2.0, -0.8});
}

TEST(HeldOutCalibration, AClassMayBeMissingFromASetButNotFromAll) {
  std::vector<HeldOutDecisions> sets;
  sets.push_back(decisions({{1.5}, {0.2}}, {0, 0}));
  EXPECT_UNDERTONE_ERROR(fit_sigmoids(sets, Multiclass::kOneVsOne, names(2)),
                         ErrorCode::kDataInvalid, "no held-out sample is of class \"B\"");
  EXPECT_UNDERTONE_ERROR(fit_sigmoids({}, Multiclass::kOneVsOne, names(2)), ErrorCode::kDataInvalid,
                         "no held-out sample is of class \"A\"");
  sets.push_back(decisions({{-0.5}}, {1}));
  EXPECT_EQ(fit_sigmoids(sets, Multiclass::kOneVsOne, names(2)).size(), 1U);
}

TEST(HeldOutCalibration, RefusesValuesThatCannotBe) {
  const auto refuses = [](HeldOutDecisions set, const char* words) {
    std::vector<HeldOutDecisions> sets;
    sets.push_back(std::move(set));
    EXPECT_UNDERTONE_ERROR(fit_sigmoids(sets, Multiclass::kOneVsOne, names(2)),
                           ErrorCode::kInvalidArgument, words);
  };
  refuses(decisions({{1, 2}, {3, 4}}, {0, 1}), "2 decision values of 2 machines");
  refuses(decisions({{1}, {2}}, {0}), "do not fit 1 labels");
  refuses(decisions({{1}, {2}}, {0, 2}), "the label 2");
  refuses(decisions({{1}, {2}}, {0, -1}), "the label -1");
  refuses(decisions({{1}, {std::numeric_limits<double>::quiet_NaN()}}, {0, 1}), "not finite");
}

TEST(HeldOutCalibration, DecisionsAreThoseOfTheSameStepsAndTheSameOnThreads) {
  const auto train = random_clusters<float>(3, 120, 3, 9, 0.5);
  const auto fresh = random_clusters<float>(4, 45, 3, 9, 0.5);
  for (const Multiclass multiclass : {Multiclass::kOneVsOne, Multiclass::kOneVsRest}) {
    const auto options = options_with(multiclass);
    const auto whole = EmotionClassifier::fit(train.x.view(), train.labels, names(3), options);
    for (const unsigned count : {1U, 3U}) {
      ThreadPool threads(count);
      const auto found =
          held_out_decisions(train.x.view(), train.labels, fresh.x.view(), fresh.labels, names(3),
                             options, count == 1 ? nullptr : &threads);
      EXPECT_EQ(found.labels, fresh.labels);
      ASSERT_EQ(found.values.rows(), 45U);
      for (std::size_t r = 0; r < 45; ++r) {
        std::vector<double> z(fresh.x.row(r).begin(), fresh.x.row(r).end());
        whole.scaler().transform(z, z);
        std::vector<double> y(5);
        whole.pca()->transform(z, y);
        const auto row = found.values.row(r);
        EXPECT_EQ(std::vector<double>(row.begin(), row.end()), whole.svm()->decision_values(y));
      }
    }
  }
  EXPECT_UNDERTONE_ERROR(
      held_out_decisions(train.x.view(), train.labels,
                         random_clusters<float>(4, 45, 3, 8, 0.5).x.view(), fresh.labels, names(3),
                         options_with(Multiclass::kOneVsOne), nullptr),
      ErrorCode::kDataInvalid, "45 held-out embeddings of 8 values");
}

TEST(HeldOutCalibration, OnlyTheSigmoidsDiffer) {
  const auto train = random_clusters<float>(3, 120, 3, 9, 0.5);
  for (const Multiclass multiclass : {Multiclass::kOneVsOne, Multiclass::kOneVsRest}) {
    const auto options = options_with(multiclass);
    const auto sets = two_sets();
    const auto inside = EmotionClassifier::fit(train.x.view(), train.labels, names(3), options);
    const auto outside = EmotionClassifier::fit_calibrated_on(train.x.view(), train.labels,
                                                              names(3), options, sets, nullptr);
    const SvmParameters& a = inside.svm()->parameters();
    const SvmParameters& b = outside.svm()->parameters();
    EXPECT_EQ(a.intercept, b.intercept);
    EXPECT_EQ(a.gamma, b.gamma);
    EXPECT_EQ(a.n_support, b.n_support);
    ASSERT_EQ(a.dual_coef.rows(), b.dual_coef.rows());
    for (std::size_t r = 0; r < a.dual_coef.rows(); ++r) {
      EXPECT_TRUE(std::equal(a.dual_coef.row(r).begin(), a.dual_coef.row(r).end(),
                             b.dual_coef.row(r).begin()));
    }
    const auto sigmoids = fit_sigmoids(sets, multiclass, names(3));
    for (std::size_t m = 0; m < 3; ++m) {
      EXPECT_EQ(b.platt_a[m], sigmoids[m].a);
      EXPECT_EQ(b.platt_b[m], sigmoids[m].b);
      EXPECT_NE(a.platt_a[m], b.platt_a[m]);
    }
  }
}

// There is nothing to deal into folds: one sample of a class is enough.
TEST(HeldOutCalibration, NeedsNoFolds) {
  tensor::Matrix<float> x(4, 2);
  const float values[] = {0, 0, 0.1F, 0.3F, 0.2F, 0.1F, 3, 2};
  std::copy_n(values, 8, x.data());
  const std::vector<int> labels = {0, 0, 0, 1};
  EmotionClassifierOptions options;
  options.pca.reset();
  std::vector<HeldOutDecisions> sets;
  sets.push_back(decisions({{1}, {-1}}, {0, 1}));
  EXPECT_EQ(EmotionClassifier::fit_calibrated_on(x.view(), labels, names(2), options, sets, nullptr)
                .predict(x.row(3))
                .label,
            1U);
  EXPECT_UNDERTONE_ERROR(EmotionClassifier::fit(x.view(), labels, names(2), options),
                         ErrorCode::kDataInvalid, "only one sample");
}

TEST(HeldOutCalibration, IsOfSupportVectorMachinesOnly) {
  const auto train = random_clusters<float>(3, 60, 3, 9, 0.5);
  for (const ClassifierKind kind :
       {ClassifierKind::kLogistic, ClassifierKind::kForest, ClassifierKind::kEnsemble}) {
    auto options = options_with(Multiclass::kOneVsOne);
    options.kind = kind;
    EXPECT_UNDERTONE_ERROR(
        EmotionClassifier::fit_calibrated_on(train.x.view(), train.labels, names(3), options,
                                             two_sets(), nullptr),
        ErrorCode::kInvalidArgument, std::string(to_string(kind)));
  }
}

}  // namespace
}  // namespace undertone::classifier
