// What every classifier must do, whatever it is: the counterpart of scikit-learn's check_estimator.
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <numeric>

#include "classifier/bundle.hpp"
#include "classifier/emotion_classifier.hpp"
#include "golden.hpp"
#include "random_clusters.hpp"
#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"

namespace undertone::classifier {
namespace {

using test::names;
using test::random_clusters;
using undertone::test::read_file;
using undertone::test::TemporaryFolder;

EmotionClassifierOptions options_of(ClassifierKind kind) {
  EmotionClassifierOptions options;
  options.kind = kind;
  options.pca = std::size_t{6};
  options.forest.trees = 25;
  options.voting.weights = {1, 2.5, 0.75};
  return options;
}

class EveryClassifier : public ::testing::TestWithParam<ClassifierKind> {
 protected:
  EmotionClassifier fit(const test::LabelledData<float>& data, std::size_t classes,
                        ThreadPool* threads = nullptr) const {
    return EmotionClassifier::fit(data.x.view(), data.labels, names(classes),
                                  options_of(GetParam()), {}, threads);
  }

  Bundle bundle_of(const test::LabelledData<float>& data, std::size_t classes,
                   ThreadPool* threads = nullptr) const {
    TrainingRecord training{options_of(GetParam()), {}};
    Provenance from;
    from.encoder = {"tiny", "c0ffee", 2, "mean", data.x.cols()};
    return {fit(data, classes, threads), std::move(from), std::move(training)};
  }
};

INSTANTIATE_TEST_SUITE_P(Kinds, EveryClassifier, ::testing::ValuesIn(kClassifierKinds),
                         [](const auto& kind) { return std::string(to_string(kind.param)); });

void expect_same(const EmotionClassifier& a, const EmotionClassifier& b,
                 tensor::MatrixView<const float> x) {
  const auto of_a = a.predict_all(x);
  const auto of_b = b.predict_all(x);
  for (std::size_t r = 0; r < x.rows(); ++r) {
    EXPECT_EQ(of_a[r].probabilities, of_b[r].probabilities);
    EXPECT_EQ(of_a[r].label, of_b[r].label);
  }
}

TEST_P(EveryClassifier, TellsClassesThatAreFarApart) {
  const auto train = random_clusters<float>(1, 240, 4, 10, 2.0);
  const auto classifier = fit(train, 4);
  std::size_t right = 0;
  for (std::size_t r = 0; r < train.x.rows(); ++r) {
    if (classifier.predict(train.x.row(r)).label == static_cast<std::size_t>(train.labels[r])) {
      ++right;
    }
  }
  EXPECT_GE(right, 235U);
}

TEST_P(EveryClassifier, GivesProbabilitiesWhoseArgMaxIsTheLabel) {
  for (const std::size_t classes : {2U, 3U, 6U}) {
    const auto data = random_clusters<float>(2, 150, classes, 10, 0.5);
    for (const auto& prediction : fit(data, classes).predict_all(data.x.view())) {
      const auto& p = prediction.probabilities;
      ASSERT_EQ(p.size(), classes);
      EXPECT_NEAR(std::accumulate(p.begin(), p.end(), 0.0), 1, 1e-12);
      EXPECT_EQ(prediction.label, arg_max(p));
      for (const double probability : p) {
        EXPECT_GE(probability, 0);
        EXPECT_LE(probability, 1);
      }
    }
  }
}

TEST_P(EveryClassifier, PredictsTheSameBitsAfterSavingAndLoading) {
  const TemporaryFolder folder;
  const auto data = random_clusters<float>(3, 120, 3, 10, 0.6);
  const Bundle bundle = bundle_of(data, 3);
  save_bundle(folder / "a", bundle);
  const Bundle loaded = load_bundle(folder / "a");
  expect_same(bundle.classifier, loaded.classifier, data.x.view());
  EXPECT_EQ(loaded.classifier.kind(), GetParam());
  EXPECT_EQ(loaded.training.options.kind, GetParam());
  save_bundle(folder / "b", loaded);
  EXPECT_EQ(read_file(folder / "a"), read_file(folder / "b"));
}

TEST_P(EveryClassifier, IsTheSameToTheBitOnAnyNumberOfThreads) {
  const TemporaryFolder folder;
  const auto data = random_clusters<float>(4, 300, 4, 12, 0.5);
  save_bundle(folder / "alone", bundle_of(data, 4));
  for (const unsigned count : {2U, 5U}) {
    ThreadPool threads(count);
    save_bundle(folder / "together", bundle_of(data, 4, &threads));
    EXPECT_EQ(read_file(folder / "alone"), read_file(folder / "together"));
  }
}

TEST_P(EveryClassifier, PredictsEachRowAsIfItWereAlone) {
  const auto data = random_clusters<float>(5, 100, 3, 10, 0.5);
  const auto classifier = fit(data, 3);
  ThreadPool threads(3);
  const auto all = classifier.predict_all(data.x.view(), &threads);
  // In another order, too.
  tensor::Matrix<float> turned(100, 10);
  for (std::size_t r = 0; r < 100; ++r) {
    std::copy(data.x.row(r).begin(), data.x.row(r).end(), turned.row(99 - r).begin());
  }
  const auto of_turned = classifier.predict_all(turned.view());
  for (std::size_t r = 0; r < 100; ++r) {
    EXPECT_EQ(all[r].probabilities, classifier.predict(data.x.row(r)).probabilities);
    EXPECT_EQ(all[r].probabilities, of_turned[99 - r].probabilities);
  }
}

// The order of classes is no more than a name: with the classes turned round, probabilities turn
// round with them. (Draws and ties may fall out otherwise, hence no equality to the bit, and none
// at all of the forest's bootstrap, whose draws do not see the labels.)
TEST_P(EveryClassifier, DoesNotDependOnTheOrderOfTheClasses) {
  auto data = random_clusters<float>(6, 200, 3, 10, 0.8);
  const auto before = fit(data, 3);
  for (int& label : data.labels) label = 2 - label;
  const auto after = fit(data, 3);
  std::size_t same = 0;
  for (std::size_t r = 0; r < 200; ++r) {
    const auto a = before.predict(data.x.row(r));
    const auto b = after.predict(data.x.row(r));
    for (std::size_t c = 0; c < 3; ++c) {
      EXPECT_NEAR(a.probabilities[c], b.probabilities[2 - c], 0.25);
    }
    same += a.label == 2 - b.label ? 1 : 0;
  }
  EXPECT_GE(same, 190U);
}

TEST_P(EveryClassifier, NeverGivesNaN) {
  const auto data = random_clusters<float>(7, 120, 3, 10, 0.6);
  const auto classifier = fit(data, 3);
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
  for (const float bad : {kNaN, kInfinity, -kInfinity, 3e38F, -3e38F, 1e-45F}) {
    const auto p = classifier.predict(std::vector<float>(10, bad)).probabilities;
    EXPECT_NEAR(std::accumulate(p.begin(), p.end(), 0.0), 1, 1e-12) << bad;
  }
  // A NaN is the training mean.
  std::vector<float> mean;
  for (const double m : classifier.scaler().mean()) mean.push_back(static_cast<float>(m));
  const auto at_mean = classifier.predict(mean).probabilities;
  const auto at_nan = classifier.predict(std::vector<float>(10, kNaN)).probabilities;
  for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(at_nan[c], at_mean[c], 1e-5);
}

TEST_P(EveryClassifier, RefusesWhatCannotBeTrainedOn) {
  auto data = random_clusters<float>(8, 60, 3, 10, 0.6);
  const auto refuses = [&](std::vector<int> labels, std::size_t classes, const char* part) {
    EXPECT_UNDERTONE_ERROR(
        EmotionClassifier::fit(data.x.view(), labels, names(classes), options_of(GetParam())),
        ErrorCode::kDataInvalid, part);
  };
  refuses(data.labels, 4, "class \"D\" has no sample");
  refuses(std::vector<int>(60, 0), 1, "at least two classes");
  refuses(std::vector<int>(59, 0), 3, "60 samples come with 59 labels");
  auto outside = data.labels;
  outside[17] = 3;
  refuses(outside, 3, "sample 17 has label 3");
  outside[17] = -1;
  refuses(outside, 3, "sample 17 has label -1");
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), 1e30F}) {
    data.x(5, 2) = bad;
    refuses(data.labels, 3, "row 5");
  }
}

TEST_P(EveryClassifier, RefusesEmbeddingsOfAnotherSize) {
  const auto data = random_clusters<float>(9, 60, 3, 10, 0.6);
  const auto classifier = fit(data, 3);
  EXPECT_UNDERTONE_ERROR(classifier.predict(std::vector<float>(11)), ErrorCode::kDataInvalid,
                         "10 values, not 11");
  const std::vector<double> short_row(5);
  std::visit(
      [&](const auto& estimator) {
        EXPECT_UNDERTONE_ERROR(estimator.predict(short_row), ErrorCode::kDataInvalid,
                               "6 features, not 5");
      },
      classifier.estimator());
}

TEST_P(EveryClassifier, WorksWithoutPcaAndOnConstantFeatures) {
  auto data = random_clusters<float>(10, 90, 3, 10, 0.9);
  for (std::size_t r = 0; r < 90; ++r) data.x(r, 4) = 7;
  auto options = options_of(GetParam());
  options.pca.reset();
  const auto classifier = EmotionClassifier::fit(data.x.view(), data.labels, names(3), options);
  const auto p = classifier.predict(data.x.row(0)).probabilities;
  EXPECT_NEAR(std::accumulate(p.begin(), p.end(), 0.0), 1, 1e-12);
}

TEST(ClassifierKinds, AreKnownByTheirNames) {
  for (const ClassifierKind kind : kClassifierKinds) {
    EXPECT_EQ(find_classifier_kind(to_string(kind)), kind);
  }
  EXPECT_FALSE(find_classifier_kind("tree"));
}

TEST(SoftVoting, IsTheWeightedMeanOfItsMembers) {
  const auto data = random_clusters<double>(11, 120, 3, 5, 0.6);
  auto logistic = LogisticRegression::fit(data.x.view(), data.labels, names(3), {});
  auto forest = RandomForest::fit(data.x.view(), data.labels, names(3), {});
  std::vector<std::vector<double>> expected;
  for (std::size_t r = 0; r < 120; ++r) {
    const auto a = logistic.predict(data.x.row(r)).probabilities;
    const auto b = forest.predict(data.x.row(r)).probabilities;
    expected.emplace_back();
    for (std::size_t c = 0; c < 3; ++c) expected.back().push_back((3 * a[c] + b[c]) / 4);
  }
  std::vector<SingleEstimator> members;
  members.emplace_back(std::move(logistic));
  members.emplace_back(std::move(forest));
  const SoftVoting voting(std::move(members), {3, 1});
  for (std::size_t r = 0; r < 120; ++r) {
    const auto found = voting.predict(data.x.row(r)).probabilities;
    for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(found[c], expected[r][c], 1e-15);
  }
}

TEST(SoftVoting, RefusesMembersThatDoNotFitTogether) {
  const auto of = [](std::size_t classes, std::size_t features) {
    return LogisticRegression(
        {tensor::Matrix<double>(classes, features), std::vector<double>(classes, 0.0)});
  };
  const auto refuses = [](std::vector<SingleEstimator> members, std::vector<double> weights,
                          const char* part) {
    EXPECT_UNDERTONE_ERROR(SoftVoting(std::move(members), std::move(weights)),
                           ErrorCode::kModelCorrupt, part);
  };
  const auto two = [](auto a, auto b) {
    std::vector<SingleEstimator> members;
    members.emplace_back(std::move(a));
    members.emplace_back(std::move(b));
    return members;
  };
  refuses({}, {}, "no member");
  refuses(two(of(3, 4), of(2, 4)), {}, "3 and 2 classes");
  refuses(two(of(3, 4), of(3, 5)), {}, "4 and 5 features");
  refuses(two(of(3, 4), of(3, 4)), {1}, "1 weights for 2 members");
  refuses(two(of(3, 4), of(3, 4)), {1, 0}, "0 as a weight");
  refuses(two(of(3, 4), of(3, 4)), {1, std::nan("")}, "nan as a weight");
}

TEST(VotingOptions, AreRefusedWhereTheyCannotBe) {
  const auto refuses = [](auto change, const char* part) {
    EmotionClassifierOptions options;
    options.kind = ClassifierKind::kEnsemble;
    change(options);
    EXPECT_UNDERTONE_ERROR(validate(options), ErrorCode::kInvalidArgument, part);
  };
  using O = EmotionClassifierOptions;
  refuses([](O& o) { o.voting.members.clear(); }, "needs a member");
  refuses([](O& o) { o.voting.members.push_back(ClassifierKind::kSvm); },
          "\"svm\" as a member twice");
  refuses([](O& o) { o.voting.members = {ClassifierKind::kEnsemble}; }, "its own member");
  refuses([](O& o) { o.voting.weights = {1, 2}; }, "2 weights for an ensemble of 3");
  refuses([](O& o) { o.voting.weights = {1, 2, -1}; }, "weight of a member");
  refuses([](O& o) { o.forest.trees = 0; }, "trees");
  refuses([](O& o) { o.logistic.c = 0; }, "C must be positive");
}

}  // namespace
}  // namespace undertone::classifier
