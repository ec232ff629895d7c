// Platt's sigmoid and pairwise coupling.

#include <cmath>
#include <cstdlib>
#include <gtest/gtest.h>
#include <libsvm/svm.h>
#include <numeric>
#include <random>

#include "classifier/pairwise_coupling.hpp"
#include "classifier/platt_sigmoid.hpp"
#include "random_clusters.hpp"

namespace undertone::classifier {
namespace {

// LIBSVM calibrates with decision values of a cross-validation of its own, dealt by rand(). This
// deals the same folds, so that our sigmoid can be compared with LIBSVM's.
TEST(PlattSigmoid, EqualsLibsvm) {
  for (const unsigned seed : {1U, 2U, 3U}) {
    const auto data = test::random_clusters(seed, 80, 2, 3, 0.6);
    constexpr int kFeatures = 3;
    std::vector<svm_node> nodes;
    std::vector<int> order;  // class 0 first, as LIBSVM groups them
    for (const int c : {0, 1}) {
      for (std::size_t i = 0; i < data.labels.size(); ++i) {
        if (data.labels[i] == c) order.push_back(static_cast<int>(i));
      }
    }
    for (const int i : order) {
      for (int f = 0; f < kFeatures; ++f) {
        nodes.push_back({f + 1, data.x(static_cast<std::size_t>(i), static_cast<std::size_t>(f))});
      }
      nodes.push_back({-1, 0});
    }
    const int n = static_cast<int>(order.size());
    std::vector<svm_node*> rows;
    std::vector<double> y;
    for (int i = 0; i < n; ++i) {
      rows.push_back(nodes.data() + static_cast<std::size_t>(i) * (kFeatures + 1));
      y.push_back(data.labels[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])] == 0
                      ? 1.0
                      : -1.0);
    }
    svm_parameter parameter{};
    parameter.svm_type = C_SVC;
    parameter.kernel_type = RBF;
    parameter.gamma = 0.3;
    parameter.cache_size = 10;
    parameter.eps = 1e-3;
    parameter.C = 1;
    parameter.shrinking = 1;
    parameter.probability = 1;
    svm_set_print_string_function([](const char*) {});
    const svm_problem problem{n, y.data(), rows.data()};
    std::srand(seed);
    svm_model* model = svm_train(&problem, &parameter);
    const PlattSigmoid expected{model->probA[0], model->probB[0]};
    svm_free_and_destroy_model(&model);

    std::srand(seed);
    std::vector<std::size_t> permutation(static_cast<std::size_t>(n));
    std::iota(permutation.begin(), permutation.end(), 0U);
    for (int i = 0; i < n; ++i) {
      std::swap(permutation[static_cast<std::size_t>(i)],
                permutation[static_cast<std::size_t>(i + std::rand() % (n - i))]);
    }
    parameter.probability = 0;
    std::vector<double> decision_values(static_cast<std::size_t>(n));
    for (int fold = 0; fold < 5; ++fold) {
      const auto begin = static_cast<std::size_t>(fold * n / 5);
      const auto end = static_cast<std::size_t>((fold + 1) * n / 5);
      std::vector<svm_node*> sub_rows;
      std::vector<double> sub_y;
      for (std::size_t k = 0; k < permutation.size(); ++k) {
        if (k >= begin && k < end) continue;
        sub_rows.push_back(rows[permutation[k]]);
        sub_y.push_back(y[permutation[k]]);
      }
      const svm_problem sub{static_cast<int>(sub_y.size()), sub_y.data(), sub_rows.data()};
      svm_model* sub_model = svm_train(&sub, &parameter);
      for (std::size_t k = begin; k < end; ++k) {
        double value = 0;
        svm_predict_values(sub_model, rows[permutation[k]], &value);
        decision_values[permutation[k]] = value * sub_model->label[0];
      }
      svm_free_and_destroy_model(&sub_model);
    }
    const auto positives = static_cast<std::size_t>(std::count(y.begin(), y.end(), 1.0));
    const PlattSigmoid sigmoid = fit_platt_sigmoid(decision_values, positives);
    EXPECT_NEAR(sigmoid.a, expected.a, 1e-9 * std::abs(expected.a));
    EXPECT_NEAR(sigmoid.b, expected.b, 1e-9);
  }
}

TEST(PlattSigmoid, IsAnOptimumOfTheSmoothedLikelihood) {
  const std::vector<double> f{2.0, 1.0, 0.5, -0.3, 1.5, -2.0, -1.0, 0.2, -0.7};
  constexpr std::size_t kPositives = 5;
  const auto sigmoid = fit_platt_sigmoid(f, kPositives);
  double gradient_a = 0;
  double gradient_b = 0;
  for (std::size_t i = 0; i < f.size(); ++i) {
    const double target = i < kPositives ? 6.0 / 7.0 : 1.0 / 6.0;
    const double p = sigmoid_probability(f[i], sigmoid);
    gradient_a += f[i] * (target - p);
    gradient_b += target - p;
  }
  EXPECT_NEAR(gradient_a, 0, 1e-5);
  EXPECT_NEAR(gradient_b, 0, 1e-5);
  EXPECT_LT(sigmoid.a, 0);
}

TEST(PlattSigmoid, SurvivesSeparableAndEqualValues) {
  const std::vector<double> separable{1e6, 1e6, -1e6, -1e6};
  const auto sharp = fit_platt_sigmoid(separable, 2);
  EXPECT_TRUE(std::isfinite(sharp.a) && std::isfinite(sharp.b));
  EXPECT_GT(sigmoid_probability(1e6, sharp), 0.7);
  const std::vector<double> equal(6, 0.25);
  const auto flat = fit_platt_sigmoid(equal, 3);
  EXPECT_NEAR(sigmoid_probability(0.25, flat), 0.5, 1e-6);
}

TEST(PlattSigmoid, NeitherOverflowsNorLeavesTheUnitInterval) {
  for (const double f : {-1e100, -700.0, 0.0, 700.0, 1e100}) {
    for (const double a : {-1e100, -1.0, 0.0, 1e100}) {
      const double p = sigmoid_probability(f, {a, 1.0});
      EXPECT_GE(p, 0);
      EXPECT_LE(p, 1);
    }
  }
  EXPECT_DOUBLE_EQ(sigmoid_probability(2, {-1, 0}), 1 / (1 + std::exp(-2.0)));
}

tensor::Matrix<double> random_pairs(std::size_t k, unsigned seed, double least) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform(least, 1 - least);
  tensor::Matrix<double> r(k, k);
  for (std::size_t i = 0; i < k; ++i) {
    for (std::size_t j = i + 1; j < k; ++j) {
      r(i, j) = uniform(random);
      r(j, i) = 1 - r(i, j);
    }
  }
  return r;
}

TEST(PairwiseCoupling, GivesProbabilities) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    const std::size_t k = 2 + seed % 9;
    const auto p = couple_pairwise(random_pairs(k, seed, seed % 2 == 0 ? 1e-7 : 0.1).view());
    EXPECT_NEAR(std::accumulate(p.begin(), p.end(), 0.0), 1, 1e-12);
    for (const double v : p) EXPECT_GE(v, 0);
  }
}

TEST(PairwiseCoupling, FindsTheProbabilitiesThatThePairsComeFrom) {
  const std::vector<double> p{0.4, 0.3, 0.15, 0.1, 0.05};
  tensor::Matrix<double> r(5, 5);
  for (std::size_t i = 0; i < 5; ++i) {
    for (std::size_t j = 0; j < 5; ++j) r(i, j) = p[i] / (p[i] + p[j]);
  }
  // The stopping rule is loose, as LIBSVM's.
  const auto coupled = couple_pairwise(r.view());
  for (std::size_t i = 0; i < 5; ++i) EXPECT_NEAR(coupled[i], p[i], 0.005);
}

TEST(PairwiseCoupling, DoesNotDependOnTheOrderOfClasses) {
  const std::vector<std::size_t> order{3, 0, 4, 2, 1, 5};
  for (unsigned seed = 0; seed < 50; ++seed) {
    const auto r = random_pairs(6, seed, 0.05);
    tensor::Matrix<double> permuted(6, 6);
    for (std::size_t i = 0; i < 6; ++i) {
      for (std::size_t j = 0; j < 6; ++j) permuted(i, j) = r(order[i], order[j]);
    }
    const auto p = couple_pairwise(r.view());
    const auto q = couple_pairwise(permuted.view());
    for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(q[i], p[order[i]], 0.01) << seed;
  }
}

}  // namespace
}  // namespace undertone::classifier
