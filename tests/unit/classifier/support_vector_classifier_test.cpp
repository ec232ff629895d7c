#include "classifier/support_vector_classifier.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <numeric>

#include "golden.hpp"
#include "random_clusters.hpp"
#include "support/expect_error.hpp"

namespace undertone::classifier {
namespace {

using test::names;
using test::random_clusters;
using test::read_golden;
using test::to_matrix;
using test::to_vector;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

SvmOptions to_options(const nlohmann::json& golden) {
  SvmOptions options;
  options.c = golden["C"].get<double>();
  if (golden["gamma"].is_number()) {
    options.gamma = golden["gamma"].get<double>();
  } else {
    options.gamma = golden["gamma"] == "auto" ? GammaRule::kAuto : GammaRule::kScale;
  }
  if (golden["class_weight"] == "balanced") options.class_weight = ClassWeight::kBalanced;
  options.tolerance = golden["tol"].get<double>();
  return options;
}

SvmParameters to_parameters(const nlohmann::json& golden) {
  SvmParameters p;
  p.gamma = golden["gamma"].get<double>();
  p.support_vectors = to_matrix(golden["support_vectors"]);
  p.n_support = to_vector<std::int64_t>(golden["n_support"]);
  p.dual_coef = to_matrix(golden["dual_coef"]);
  p.intercept = to_vector(golden["intercept"]);
  p.platt_a = to_vector(golden["probA"]);
  p.platt_b = to_vector(golden["probB"]);
  return p;
}

SvmParameters without_probabilities(SvmParameters p) {
  p.platt_a.clear();
  p.platt_b.clear();
  return p;
}

SvmParameters clone(const SvmParameters& p) {
  return {p.multiclass,
          p.gamma,
          p.support_vectors.clone(),
          p.n_support,
          p.dual_coef.clone(),
          p.intercept,
          p.platt_a,
          p.platt_b};
}

std::size_t arg_max(const std::vector<double>& values) {
  return static_cast<std::size_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

TEST(SupportVectorClassifier, PredictsAsScikitLearnFromItsParameters) {
  const auto file = read_golden("svc");
  for (const auto& golden : file["cases"]) {
    SCOPED_TRACE(golden["name"].get<std::string>());
    const SupportVectorClassifier svm(to_parameters(golden));
    const SupportVectorClassifier voting(without_probabilities(to_parameters(golden)));
    const auto x = to_matrix(golden["x_test"]);
    const auto decision = to_matrix(golden["decision"]);
    const auto probabilities = to_matrix(golden["probabilities"]);
    for (std::size_t r = 0; r < x.rows(); ++r) {
      const auto values = svm.decision_values(x.row(r));
      ASSERT_EQ(values.size(), decision.cols());
      for (std::size_t m = 0; m < values.size(); ++m) {
        EXPECT_NEAR(values[m], decision(r, m), 1e-9) << r << ' ' << m;
      }
      const auto prediction = svm.predict(x.row(r));
      ASSERT_EQ(prediction.probabilities.size(), probabilities.cols());
      for (std::size_t c = 0; c < probabilities.cols(); ++c) {
        EXPECT_NEAR(prediction.probabilities[c], probabilities(r, c), 1e-9) << r << ' ' << c;
      }
      EXPECT_EQ(prediction.label, arg_max(prediction.probabilities));
      const auto vote = voting.predict(x.row(r));
      EXPECT_EQ(vote.label, golden["votes"][r].get<std::size_t>()) << r;
      EXPECT_TRUE(vote.probabilities.empty());
    }
  }
}

TEST(SupportVectorClassifier, FitsAsScikitLearn) {
  const auto file = read_golden("svc");
  for (const auto& golden : file["cases"]) {
    SCOPED_TRACE(golden["name"].get<std::string>());
    const auto x = to_matrix(golden["x"]);
    const auto labels = to_vector<int>(golden["y"]);
    const std::size_t classes = golden["n_support"].size();
    const auto svm = SupportVectorClassifier::fit(x.view(), labels, names(classes),
                                                  to_options(golden["options"]));
    const auto expected = to_parameters(golden);
    EXPECT_NEAR(svm.parameters().gamma, expected.gamma, 1e-13 * expected.gamma);
    EXPECT_EQ(svm.parameters().n_support, expected.n_support);
    ASSERT_EQ(svm.parameters().support_vectors.rows(), expected.support_vectors.rows());
    for (std::size_t s = 0; s < expected.support_vectors.rows(); ++s) {
      for (std::size_t f = 0; f < x.cols(); ++f) {
        EXPECT_EQ(svm.parameters().support_vectors(s, f), expected.support_vectors(s, f));
      }
    }
    const auto x_test = to_matrix(golden["x_test"]);
    const auto decision = to_matrix(golden["decision"]);
    for (std::size_t r = 0; r < x_test.rows(); ++r) {
      const auto values = svm.decision_values(x_test.row(r));
      for (std::size_t m = 0; m < values.size(); ++m) {
        EXPECT_NEAR(values[m], decision(r, m), 1e-6) << r << ' ' << m;
      }
    }
  }
}

TEST(SupportVectorClassifier, FitsOneVsRestAsScikitLearn) {
  const auto file = read_golden("one_vs_rest");
  for (const auto& golden : file["cases"]) {
    SCOPED_TRACE(golden["name"].get<std::string>());
    const auto x = to_matrix(golden["x"]);
    const auto labels = to_vector<int>(golden["y"]);
    SvmOptions options;
    options.multiclass = Multiclass::kOneVsRest;
    options.tolerance = golden["tol"].get<double>();
    if (golden["gamma"] == "auto") options.gamma = GammaRule::kAuto;
    if (golden["class_weight"] == "balanced") options.class_weight = ClassWeight::kBalanced;
    const auto svm = SupportVectorClassifier::fit(x.view(), labels, names(4), options);
    const SupportVectorClassifier voting(without_probabilities(clone(svm.parameters())));
    const auto x_test = to_matrix(golden["x_test"]);
    const auto decision = to_matrix(golden["decision"]);
    for (std::size_t r = 0; r < x_test.rows(); ++r) {
      const auto values = svm.decision_values(x_test.row(r));
      ASSERT_EQ(values.size(), 4U);
      for (std::size_t c = 0; c < 4; ++c) EXPECT_NEAR(values[c], decision(r, c), 1e-6);
      EXPECT_EQ(voting.predict(x_test.row(r)).label, golden["label"][r].get<std::size_t>());
      const auto prediction = svm.predict(x_test.row(r));
      const auto& p = prediction.probabilities;
      EXPECT_NEAR(std::accumulate(p.begin(), p.end(), 0.0), 1, 1e-12);
      EXPECT_EQ(prediction.label, arg_max(p));
    }
  }
}

// The optimality conditions of each machine's quadratic program, by the definition.
TEST(SupportVectorClassifier, SatisfiesTheKktConditions) {
  for (const Multiclass multiclass : {Multiclass::kOneVsOne, Multiclass::kOneVsRest}) {
    const auto data = random_clusters(7, 150, 4, 6, 0.7);
    SvmOptions options;
    options.c = 2;
    options.multiclass = multiclass;
    options.class_weight = ClassWeight::kBalanced;
    options.tolerance = 1e-6;
    options.probability = false;
    const auto svm = SupportVectorClassifier::fit(data.x.view(), data.labels, names(4), options);
    const auto& p = svm.parameters();

    std::vector<double> class_size(4, 0.0);
    for (const int label : data.labels) class_size[static_cast<std::size_t>(label)] += 1;
    std::size_t m = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const bool pairs = multiclass == Multiclass::kOneVsOne;
      for (std::size_t j = pairs ? i + 1 : i; j < (pairs ? 4U : i + 1); ++j, ++m) {
        double sum = 0;
        for (std::size_t r = 0; r < data.labels.size(); ++r) {
          const auto c = static_cast<std::size_t>(data.labels[r]);
          if (pairs && c != i && c != j) continue;
          const double y = c == i ? 1 : -1;
          const double cost = pairs
                                  ? 2 * 150 / (4 * class_size[c])
                                  : 2 * 150 / (2 * (c == i ? class_size[i] : 150 - class_size[i]));
          // Its coefficient, 0 unless it is a support vector.
          double alpha = 0;
          for (std::size_t s = 0; s < p.support_vectors.rows(); ++s) {
            if (!std::equal(data.x.row(r).begin(), data.x.row(r).end(),
                            p.support_vectors.row(s).begin())) {
              continue;
            }
            alpha = y * p.dual_coef(pairs && c == i ? j - 1 : i, s);
          }
          sum += y * alpha;
          EXPECT_GE(alpha, 0);
          EXPECT_LE(alpha, cost * (1 + 1e-12));
          const double margin = y * svm.decision_values(data.x.row(r))[m];
          constexpr double kSlack = 2e-6;
          if (alpha == 0) {
            EXPECT_GE(margin, 1 - kSlack);
          } else if (alpha < cost * (1 - 1e-9)) {
            EXPECT_NEAR(margin, 1, kSlack);
          } else {
            EXPECT_LE(margin, 1 + kSlack);
          }
        }
        EXPECT_NEAR(sum, 0, 1e-9);
      }
    }
  }
}

TEST(SupportVectorClassifier, GivesProbabilitiesThatAgreeWithTheLabel) {
  for (unsigned seed = 0; seed < 8; ++seed) {
    const std::size_t classes = 2 + seed % 5;
    const auto data = random_clusters(seed, 120, classes, 5, 0.6);
    SvmOptions options;
    options.multiclass = seed % 2 == 0 ? Multiclass::kOneVsOne : Multiclass::kOneVsRest;
    const auto svm =
        SupportVectorClassifier::fit(data.x.view(), data.labels, names(classes), options);
    std::size_t right = 0;
    for (std::size_t r = 0; r < data.x.rows(); ++r) {
      const auto prediction = svm.predict(data.x.row(r));
      const auto& p = prediction.probabilities;
      EXPECT_NEAR(std::accumulate(p.begin(), p.end(), 0.0), 1, 1e-12);
      for (const double v : p) {
        EXPECT_GE(v, 0);
        EXPECT_LE(v, 1);
      }
      EXPECT_EQ(prediction.label, arg_max(p));
      right += prediction.label == static_cast<std::size_t>(data.labels[r]);
    }
    EXPECT_GT(right, data.x.rows() / 2) << seed;
  }
}

// If the probabilities said 0.7 on average and were right half the time, they would not be
// probabilities: on fresh data confidence and accuracy agree.
TEST(SupportVectorClassifier, IsCalibratedOnFreshData) {
  const auto all = random_clusters(77, 3000, 3, 4, 0.7);
  constexpr std::size_t kTraining = 600;
  const std::span<const int> labels(all.labels);
  const auto svm = SupportVectorClassifier::fit(all.x.view().rows_from(0, kTraining),
                                                labels.first(kTraining), names(3), {});
  double confidence = 0;
  double right = 0;
  for (std::size_t r = kTraining; r < all.x.rows(); ++r) {
    const auto prediction = svm.predict(all.x.row(r));
    confidence += prediction.probabilities[prediction.label];
    right += prediction.label == static_cast<std::size_t>(labels[r]) ? 1 : 0;
  }
  EXPECT_NEAR(confidence / 2400, right / 2400, 0.04);
}

TEST(SupportVectorClassifier, RenamingClassesChangesSignsOnly) {
  const auto data = random_clusters(3, 120, 3, 4, 0.8);
  SvmOptions options;
  options.tolerance = 1e-8;
  options.probability = false;
  const auto svm = SupportVectorClassifier::fit(data.x.view(), data.labels, names(3), options);
  std::vector<int> turned;  // 0, 1, 2 become 2, 1, 0
  for (const int label : data.labels) turned.push_back(2 - label);
  const auto other = SupportVectorClassifier::fit(data.x.view(), turned, names(3), options);
  for (std::size_t r = 0; r < data.x.rows(); ++r) {
    const auto a = svm.decision_values(data.x.row(r));
    const auto b = other.decision_values(data.x.row(r));
    // (0,1) (0,2) (1,2) become (2,1) (2,0) (1,0).
    EXPECT_NEAR(a[0], -b[2], 1e-6);
    EXPECT_NEAR(a[1], -b[1], 1e-6);
    EXPECT_NEAR(a[2], -b[0], 1e-6);
  }
}

void expect_same_bits(const SvmParameters& a, const SvmParameters& b) {
  ASSERT_EQ(a.n_support, b.n_support);
  EXPECT_EQ(a.intercept, b.intercept);
  EXPECT_EQ(a.platt_a, b.platt_a);
  EXPECT_EQ(a.platt_b, b.platt_b);
  for (std::size_t r = 0; r < a.dual_coef.rows(); ++r) {
    EXPECT_TRUE(std::equal(a.dual_coef.row(r).begin(), a.dual_coef.row(r).end(),
                           b.dual_coef.row(r).begin()));
  }
}

TEST(SupportVectorClassifier, FitDoesNotDependOnThreads) {
  const auto data = random_clusters(5, 300, 4, 6, 0.6);
  for (const Multiclass multiclass : {Multiclass::kOneVsOne, Multiclass::kOneVsRest}) {
    SvmOptions options;
    options.multiclass = multiclass;
    const auto alone = SupportVectorClassifier::fit(data.x.view(), data.labels, names(4), options);
    ThreadPool threads(4);
    const auto together =
        SupportVectorClassifier::fit(data.x.view(), data.labels, names(4), options, {}, &threads);
    expect_same_bits(alone.parameters(), together.parameters());
    // Room for one pair's matrix at a time: the same machines, one after the other.
    options.kernel_bytes = 180 * 180 * sizeof(float);
    const auto frugal =
        SupportVectorClassifier::fit(data.x.view(), data.labels, names(4), options, {}, &threads);
    expect_same_bits(alone.parameters(), frugal.parameters());
  }
}

// Rows computed as they are needed, with room for all, for some and for the bare minimum of them.
TEST(SupportVectorClassifier, WithoutAKernelMatrixTheResultIsTheSame) {
  const auto data = random_clusters(6, 200, 3, 5, 0.6);
  for (const Multiclass multiclass : {Multiclass::kOneVsOne, Multiclass::kOneVsRest}) {
    SvmOptions options;
    options.multiclass = multiclass;
    const auto matrix = SupportVectorClassifier::fit(data.x.view(), data.labels, names(3), options);
    for (const std::size_t bytes : {0, 9'000, 39'000}) {
      options.kernel_bytes = bytes;
      const auto rows = SupportVectorClassifier::fit(data.x.view(), data.labels, names(3), options);
      expect_same_bits(matrix.parameters(), rows.parameters());
    }
  }
}

// Long enough for shrinking: rows are fetched again in another order, and as a whole.
TEST(SupportVectorClassifier, WithoutAKernelMatrixShrinkingWorksTheSame) {
  const auto data = random_clusters(12, 1100, 2, 6, 0.2);
  SvmOptions options;
  options.c = 20;
  options.probability = false;
  const auto matrix = SupportVectorClassifier::fit(data.x.view(), data.labels, names(2), options);
  options.kernel_bytes = 100'000;
  const auto rows = SupportVectorClassifier::fit(data.x.view(), data.labels, names(2), options);
  expect_same_bits(matrix.parameters(), rows.parameters());
}

TEST(SupportVectorClassifier, FitsSeveralCostsAsEachAlone) {
  const auto data = random_clusters(13, 200, 4, 5, 0.6);
  const std::vector<double> costs{1, 0.1, 30};
  ThreadPool threads(3);
  for (const bool probability : {true, false}) {
    for (const Multiclass multiclass : {Multiclass::kOneVsOne, Multiclass::kOneVsRest}) {
      SvmOptions options;
      options.probability = probability;
      options.multiclass = multiclass;
      options.class_weight = ClassWeight::kBalanced;
      for (const std::size_t bytes : {std::size_t{1} << 30, std::size_t{60'000}}) {
        options.kernel_bytes = bytes;
        const auto all = SupportVectorClassifier::fit_costs(data.x.view(), data.labels, names(4),
                                                            options, costs, {}, &threads);
        ASSERT_EQ(all.size(), costs.size());
        for (std::size_t k = 0; k < costs.size(); ++k) {
          options.c = costs[k];
          const auto alone =
              SupportVectorClassifier::fit(data.x.view(), data.labels, names(4), options);
          EXPECT_EQ(all[k].has_probabilities(), probability);
          expect_same_bits(alone.parameters(), all[k].parameters());
        }
      }
    }
  }
  EXPECT_TRUE(
      SupportVectorClassifier::fit_costs(data.x.view(), data.labels, names(4), {}, {}).empty());
  const std::vector<double> bad{1, -1};
  EXPECT_UNDERTONE_ERROR(
      SupportVectorClassifier::fit_costs(data.x.view(), data.labels, names(4), {}, bad),
      ErrorCode::kInvalidArgument, "C must be positive");
}

TEST(SupportVectorClassifier, RowsTogetherHaveTheBitsOfEachAlone) {
  const auto data = random_clusters(14, 180, 4, 9, 0.6);
  for (const Multiclass multiclass : {Multiclass::kOneVsOne, Multiclass::kOneVsRest}) {
    SvmOptions options;
    options.multiclass = multiclass;
    const auto svm = SupportVectorClassifier::fit(data.x.view(), data.labels, names(4), options);
    auto x = data.x.clone();
    x(7, 3) = 1e200;  // takes another way than its neighbours
    const auto together = svm.decision_rows(x.view());
    const auto predictions = svm.predict_rows(x.view());
    for (std::size_t r = 0; r < x.rows(); ++r) {
      const auto alone = svm.decision_values(x.row(r));
      EXPECT_TRUE(std::equal(alone.begin(), alone.end(), together.row(r).begin())) << r;
      EXPECT_EQ(svm.predict(x.row(r)).probabilities, predictions[r].probabilities);
    }
  }
}

// Every speaker has a "voice" far from the others: within a speaker the classes are easy, across
// speakers they are not. Folds that split speakers would call the machine surer than it is.
TEST(SupportVectorClassifier, GroupsMakeTheCalibrationHonest) {
  auto data = random_clusters(8, 200, 2, 4, 0.0);
  std::vector<std::int64_t> groups;
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal;
  tensor::Matrix<double> voices(20, 4);
  for (std::size_t i = 0; i < 80; ++i) voices.data()[i] = 8 * normal(random);
  for (std::size_t r = 0; r < 200; ++r) {
    // Which class a speaker's half-space has is the toss of a coin: nothing carries over.
    const std::size_t speaker = r % 20;
    groups.push_back(static_cast<std::int64_t>(speaker));
    data.labels[r] = static_cast<int>((r / 20) % 2);
    const double side = (data.labels[r] == 0) == (speaker % 3 == 0) ? 3 : -3;
    for (std::size_t f = 0; f < 4; ++f) data.x(r, f) += voices(speaker, f) + (f == 0 ? side : 0);
  }
  const auto split = SupportVectorClassifier::fit(data.x.view(), data.labels, names(2), {});
  const auto kept = SupportVectorClassifier::fit(data.x.view(), data.labels, names(2), {}, groups);
  EXPECT_EQ(split.parameters().intercept, kept.parameters().intercept);  // only the sigmoid differs
  EXPECT_LT(std::abs(kept.parameters().platt_a[0]), 0.7 * std::abs(split.parameters().platt_a[0]));
}

TEST(SupportVectorClassifier, IdenticalSamplesOfTwoClassesAreTossedUp) {
  tensor::Matrix<double> x(8, 3);
  const std::vector<int> labels{0, 1, 0, 1, 0, 1, 0, 1};
  const auto svm = SupportVectorClassifier::fit(x.view(), labels, names(2), {});
  EXPECT_EQ(svm.parameters().gamma, 1.0);  // scikit-learn's answer to zero variance
  EXPECT_NEAR(svm.predict(x.row(0)).probabilities[0], 0.5, 1e-6);
}

TEST(SupportVectorClassifier, FarAwayInputsGiveFiniteProbabilities) {
  const auto data = random_clusters(9, 60, 3, 4, 0.8);
  const auto svm = SupportVectorClassifier::fit(data.x.view(), data.labels, names(3), {});
  for (const double far : {1e10, 1e100, 1e200}) {
    const std::vector<double> x(4, far);
    const auto prediction = svm.predict(x);
    for (const double p : prediction.probabilities) EXPECT_TRUE(std::isfinite(p));
  }
}

TEST(SupportVectorClassifier, RefusesDataThatCannotTrainIt) {
  const auto data = random_clusters(10, 20, 2, 3, 1.0);
  const auto fit = [&](std::span<const int> labels, std::size_t classes, const SvmOptions& options,
                       std::span<const std::int64_t> groups = {}) {
    return SupportVectorClassifier::fit(data.x.view(), labels, names(classes), options, groups);
  };
  const std::vector<int> zeros(20, 0);
  EXPECT_UNDERTONE_ERROR(fit(zeros, 1, {}), ErrorCode::kDataInvalid, "at least two classes");
  EXPECT_UNDERTONE_ERROR(fit(zeros, 2, {}), ErrorCode::kDataInvalid, "class \"B\" has no sample");
  EXPECT_UNDERTONE_ERROR(fit(std::span(data.labels).first(19), 2, {}), ErrorCode::kDataInvalid,
                         "19 labels");
  EXPECT_UNDERTONE_ERROR(fit(data.labels, 2, {}, std::vector<std::int64_t>(3)),
                         ErrorCode::kDataInvalid, "3 groups");
  for (const int bad : {-1, 2}) {
    auto labels = data.labels;
    labels[4] = bad;
    EXPECT_UNDERTONE_ERROR(fit(labels, 2, {}), ErrorCode::kDataInvalid, "sample 4");
  }
  auto labels = zeros;
  labels[7] = 1;
  EXPECT_UNDERTONE_ERROR(fit(labels, 2, {}), ErrorCode::kDataInvalid, "only one sample");
  SvmOptions uncalibrated;
  uncalibrated.probability = false;
  EXPECT_EQ(fit(labels, 2, uncalibrated).classes(), 2U);

  auto x = data.x.clone();
  x(3, 1) = kNaN;
  EXPECT_UNDERTONE_ERROR(SupportVectorClassifier::fit(x.view(), data.labels, names(2), {}),
                         ErrorCode::kDataInvalid, "row 3");
  // A variance so small that gamma overflows.
  for (std::size_t i = 0; i < 60; ++i) x.data()[i] = i == 0 ? 1e-120 : 0;
  EXPECT_UNDERTONE_ERROR(SupportVectorClassifier::fit(x.view(), data.labels, names(2), {}),
                         ErrorCode::kDataInvalid, "gamma");
}

TEST(SupportVectorClassifier, RefusesOptionsOutsideTheirRange) {
  const auto refuses = [](auto change, const char* part) {
    SvmOptions options;
    change(options);
    EXPECT_UNDERTONE_ERROR(validate(options), ErrorCode::kInvalidArgument, part);
  };
  for (const double bad : {0.0, -1.0, kNaN, std::numeric_limits<double>::infinity()}) {
    refuses([&](SvmOptions& o) { o.c = bad; }, "C must be positive");
    refuses([&](SvmOptions& o) { o.gamma = bad; }, "gamma must be positive");
    refuses([&](SvmOptions& o) { o.tolerance = bad; }, "tolerance");
  }
  refuses([](SvmOptions& o) { o.calibration_folds = 1; }, "calibration folds");
  refuses([](SvmOptions& o) { o.calibration_folds = 1001; }, "calibration folds");
  EXPECT_NO_THROW(validate({}));
  const auto data = random_clusters(11, 20, 2, 3, 1.0);
  SvmOptions options;
  options.c = -1;
  EXPECT_UNDERTONE_ERROR(
      SupportVectorClassifier::fit(data.x.view(), data.labels, names(2), options),
      ErrorCode::kInvalidArgument, "C must be positive");
}

TEST(SupportVectorClassifier, RefusesCorruptParameters) {
  const auto golden = read_golden("svc")["cases"][2];
  const auto refuses = [&](auto change, const char* part) {
    SvmParameters p = to_parameters(golden);
    change(p);
    EXPECT_UNDERTONE_ERROR(SupportVectorClassifier(std::move(p)), ErrorCode::kModelCorrupt, part);
  };
  refuses([](SvmParameters& p) { p.n_support = {3}; }, "1 classes");
  refuses([](SvmParameters& p) { p.n_support.assign(1001, 0); }, "1001 classes");
  refuses([](SvmParameters& p) { p.n_support[0] += 1; }, "support vectors");
  refuses([](SvmParameters& p) { p.n_support[0] -= 1; }, "support vectors");
  refuses([](SvmParameters& p) { p.n_support[1] = -1; }, "support vectors");
  refuses([](SvmParameters& p) { p.support_vectors = {}; }, "shape [0, 0]");
  refuses([](SvmParameters& p) { p.dual_coef = tensor::Matrix<double>(3, p.dual_coef.cols()); },
          "rows");
  refuses([](SvmParameters& p) { p.dual_coef = tensor::Matrix<double>(2, 1); }, "columns");
  refuses([](SvmParameters& p) { p.intercept.pop_back(); }, "intercepts");
  refuses([](SvmParameters& p) { p.platt_a.pop_back(); }, "sigmoids");
  refuses([](SvmParameters& p) { p.platt_a.clear(); }, "sigmoids");
  refuses([](SvmParameters& p) { p.platt_a.pop_back(), p.platt_b.pop_back(); }, "sigmoids");
  for (const double bad : {0.0, -1.0, kNaN})
    refuses([&](SvmParameters& p) { p.gamma = bad; }, "gamma");
  for (const double bad : {kNaN, 1e101}) {
    refuses([&](SvmParameters& p) { p.support_vectors(1, 1) = bad; }, "support vectors");
    refuses([&](SvmParameters& p) { p.dual_coef(1, 1) = bad; }, "coefficients");
    refuses([&](SvmParameters& p) { p.intercept[2] = bad; }, "intercepts");
    refuses([&](SvmParameters& p) { p.platt_a[0] = bad; }, "slopes");
    refuses([&](SvmParameters& p) { p.platt_b[0] = bad; }, "offsets");
  }
  refuses([](SvmParameters& p) { p.multiclass = Multiclass::kOneVsRest; }, "rows");
}

TEST(SupportVectorClassifier, RefusesAnotherNumberOfFeatures) {
  const SupportVectorClassifier svm(to_parameters(read_golden("svc")["cases"][0]));
  EXPECT_UNDERTONE_ERROR(svm.predict(std::vector<double>(4)), ErrorCode::kDataInvalid,
                         "3 features, not 4");
}

}  // namespace
}  // namespace undertone::classifier
