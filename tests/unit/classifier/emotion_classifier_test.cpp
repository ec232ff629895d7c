#include "classifier/emotion_classifier.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <numeric>

#include "classifier/plain_text.hpp"
#include "golden.hpp"
#include "random_clusters.hpp"
#include "support/expect_error.hpp"

namespace undertone::classifier {
namespace {

using test::names;
using test::random_clusters;

EmotionClassifierOptions with_components(std::size_t components) {
  EmotionClassifierOptions options;
  options.pca = components;
  return options;
}

TEST(EmotionClassifier, EqualsScikitLearnsPipeline) {
  const auto golden = test::read_golden("pipeline");
  const auto to_floats = [](const nlohmann::json& rows) {
    tensor::Matrix<float> x(rows.size(), rows[0].size());
    for (std::size_t r = 0; r < x.rows(); ++r) {
      for (std::size_t c = 0; c < x.cols(); ++c) x(r, c) = rows[r][c].get<float>();
    }
    return x;
  };
  auto options = with_components(golden["components"].get<std::size_t>());
  options.svm.tolerance = golden["tol"].get<double>();
  const auto x = to_floats(golden["x"]);
  const auto labels = test::to_vector<int>(golden["y"]);
  const auto classifier = EmotionClassifier::fit(x.view(), labels, names(6), options);
  const auto x_test = to_floats(golden["x_test"]);
  const auto decision = test::to_matrix(golden["decision"]);
  for (std::size_t r = 0; r < x_test.rows(); ++r) {
    std::vector<double> z(x_test.row(r).begin(), x_test.row(r).end());
    classifier.scaler().transform(z, z);
    std::vector<double> y(5);
    classifier.pca()->transform(z, y);
    const auto values = classifier.svm()->decision_values(y);
    for (std::size_t m = 0; m < 15; ++m) EXPECT_NEAR(values[m], decision(r, m), 1e-6);
    const auto prediction = classifier.predict(x_test.row(r));
    EXPECT_EQ(prediction.probabilities, classifier.svm()->predict(y).probabilities);
  }
}

TEST(EmotionClassifier, GivesTheSameBitsAloneAmongOthersAndOnThreads) {
  const auto data = random_clusters<float>(1, 150, 6, 20, 0.6);
  ThreadPool threads(4);
  const auto classifier = EmotionClassifier::fit(data.x.view(), data.labels, names(6),
                                                 with_components(8), {}, &threads);
  const auto all = classifier.predict_all(data.x.view());
  const auto on_threads = classifier.predict_all(data.x.view(), &threads);
  ASSERT_EQ(all.size(), 150U);
  for (std::size_t r = 0; r < all.size(); ++r) {
    const auto one = classifier.predict(data.x.row(r));
    EXPECT_EQ(one.probabilities, all[r].probabilities);
    EXPECT_EQ(one.probabilities, on_threads[r].probabilities);
    EXPECT_EQ(one.label, all[r].label);
    // At an odd place in memory too.
    std::vector<float> shifted(21);
    std::copy(data.x.row(r).begin(), data.x.row(r).end(), shifted.begin() + 1);
    EXPECT_EQ(classifier.predict(std::span(shifted).subspan(1)).probabilities, one.probabilities);
  }
}

TEST(EmotionClassifier, FitDoesNotDependOnThreads) {
  const auto data = random_clusters<float>(7, 400, 4, 300, 0.15);
  const auto options = with_components(30);
  const auto alone = EmotionClassifier::fit(data.x.view(), data.labels, names(4), options);
  for (const unsigned count : {2U, 5U}) {
    ThreadPool threads(count);
    const auto together =
        EmotionClassifier::fit(data.x.view(), data.labels, names(4), options, {}, &threads);
    const auto same = [](tensor::MatrixView<const double> a, tensor::MatrixView<const double> b) {
      return a.rows() == b.rows() && a.cols() == b.cols() &&
             std::equal(a.data(), a.data() + a.rows() * a.cols(), b.data());
    };
    EXPECT_TRUE(same(alone.pca()->components(), together.pca()->components()));
    const auto& a = alone.svm()->parameters();
    const auto& b = together.svm()->parameters();
    EXPECT_EQ(a.gamma, b.gamma);
    EXPECT_TRUE(same(a.support_vectors.view(), b.support_vectors.view()));
    EXPECT_TRUE(same(a.dual_coef.view(), b.dual_coef.view()));
    EXPECT_EQ(a.intercept, b.intercept);
    EXPECT_EQ(a.platt_a, b.platt_a);
    EXPECT_EQ(a.platt_b, b.platt_b);
  }
}

TEST(EmotionClassifier, WorksWithoutPca) {
  const auto data = random_clusters<float>(2, 90, 3, 6, 0.9);
  EmotionClassifierOptions options;
  options.pca.reset();
  const auto classifier = EmotionClassifier::fit(data.x.view(), data.labels, names(3), options);
  EXPECT_FALSE(classifier.pca().has_value());
  EXPECT_EQ(classifier.svm()->features(), 6U);
  EXPECT_EQ(classifier.predict(data.x.row(0)).probabilities.size(), 3U);
}

TEST(EmotionClassifier, NeverGivesNaN) {
  const auto data = random_clusters<float>(3, 90, 3, 6, 0.9);
  const auto classifier =
      EmotionClassifier::fit(data.x.view(), data.labels, names(3), with_components(4));
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
  for (const float bad : {kNaN, kInfinity, -kInfinity, 3e38F}) {
    std::vector<float> x(6, bad);
    const auto prediction = classifier.predict(x);
    const auto& p = prediction.probabilities;
    EXPECT_NEAR(std::accumulate(p.begin(), p.end(), 0.0), 1, 1e-12) << bad;
  }
  // NaN is the training mean.
  std::vector<float> mean;
  for (const double m : classifier.scaler().mean()) mean.push_back(static_cast<float>(m));
  const auto at_mean = classifier.predict(mean).probabilities;
  const auto at_nan = classifier.predict(std::vector<float>(6, kNaN)).probabilities;
  for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(at_nan[c], at_mean[c], 1e-6);
}

TEST(EmotionClassifier, RefusesWhatCannotBeTrained) {
  auto data = random_clusters<float>(4, 60, 3, 6, 0.9);
  const auto fit = [&](std::vector<std::string> class_names, const auto& options) {
    return EmotionClassifier::fit(data.x.view(), data.labels, std::move(class_names), options);
  };
  EXPECT_UNDERTONE_ERROR(fit(names(3), EmotionClassifierOptions{}), ErrorCode::kDataInvalid,
                         "at most 6");
  EXPECT_UNDERTONE_ERROR(fit({"A", "B", "A"}, with_components(2)), ErrorCode::kInvalidArgument,
                         "two classes are called \"A\"");
  for (const std::string bad : {"", "a\nb", "\xFF", "\xC0\xAF"}) {
    EXPECT_UNDERTONE_ERROR(fit({"A", bad, "C"}, with_components(2)), ErrorCode::kInvalidArgument,
                           "name of class 1");
  }
  EXPECT_UNDERTONE_ERROR(fit({"A", "B", std::string(201, 'x')}, with_components(2)),
                         ErrorCode::kInvalidArgument, "name of class 2");
  EXPECT_UNDERTONE_ERROR(fit(names(4), with_components(2)), ErrorCode::kDataInvalid,
                         "class \"D\" has no sample");
  auto uncalibrated = with_components(2);
  uncalibrated.svm.probability = false;
  EXPECT_UNDERTONE_ERROR(fit(names(3), uncalibrated), ErrorCode::kInvalidArgument, "probabilities");
  data.x(5, 2) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_UNDERTONE_ERROR(fit(names(3), with_components(2)), ErrorCode::kDataInvalid, "row 5");
}

TEST(EmotionClassifier, RefusesStepsThatDoNotFitTogether) {
  const auto data = random_clusters<double>(5, 60, 3, 6, 0.9);
  const auto svm_of = [&](std::size_t features, bool probability = true) {
    tensor::Matrix<double> x(60, features);
    for (std::size_t r = 0; r < 60; ++r) {
      std::copy_n(data.x.row(r).begin(), features, x.row(r).begin());
    }
    SvmOptions options;
    options.probability = probability;
    return SupportVectorClassifier::fit(x.view(), data.labels, names(3), options);
  };
  const auto scaler = StandardScaler::fit(data.x.view());
  const auto pca = [&] { return Pca::fit(data.x.view(), std::size_t{4}); };
  EXPECT_NO_THROW(EmotionClassifier(scaler, pca(), svm_of(4), names(3)));
  EXPECT_UNDERTONE_ERROR(EmotionClassifier(scaler, pca(), svm_of(5), names(3)),
                         ErrorCode::kModelCorrupt, "takes 5 features where 4");
  EXPECT_UNDERTONE_ERROR(EmotionClassifier(scaler, std::nullopt, svm_of(5), names(3)),
                         ErrorCode::kModelCorrupt, "takes 5 features where 6");
  EXPECT_UNDERTONE_ERROR(EmotionClassifier(StandardScaler({0}, {1}), pca(), svm_of(4), names(3)),
                         ErrorCode::kModelCorrupt, "PCA takes 6");
  EXPECT_UNDERTONE_ERROR(EmotionClassifier(scaler, pca(), svm_of(4, false), names(3)),
                         ErrorCode::kModelCorrupt, "no probabilities");
  EXPECT_UNDERTONE_ERROR(EmotionClassifier(scaler, pca(), svm_of(4), names(2)),
                         ErrorCode::kModelCorrupt, "2 class names");
  EXPECT_UNDERTONE_ERROR(EmotionClassifier(scaler, pca(), svm_of(4), {"A", "B", "B"}),
                         ErrorCode::kModelCorrupt, "called \"B\"");
}

TEST(EmotionClassifier, RefusesAnotherNumberOfFeatures) {
  const auto data = random_clusters<float>(6, 60, 3, 6, 0.9);
  const auto classifier =
      EmotionClassifier::fit(data.x.view(), data.labels, names(3), with_components(4));
  EXPECT_UNDERTONE_ERROR(classifier.predict(std::vector<float>(7)), ErrorCode::kDataInvalid,
                         "6 values, not 7");
}

TEST(PlainText, IsUtf8WithoutControlCharacters) {
  for (const char* good :
       {"", "Neutral",
        "gl\xC3\xBC"
        "cklich",
        "\xE6\x80\x92", "\xF0\x9F\x98\x80", "\xED\x9F\xBF", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_plain_text(good)) << good;
  }
  for (const char* bad : {"\x01", "\x7F", "\xC2\x85", "\x80", "\xC0\x80", "\xC3", "\xE0\x80\x80",
                          "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE6\x80"}) {
    EXPECT_FALSE(is_plain_text(bad)) << bad;
  }
  EXPECT_FALSE(is_plain_text(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace undertone::classifier
