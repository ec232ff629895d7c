// Our solver against LIBSVM's at the same stopping tolerance: not two solutions of the same
// problem, which may differ by that tolerance, but the same solution.

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <libsvm/svm.h>
#include <memory>

#include "classifier/support_vector_classifier.hpp"
#include "golden.hpp"
#include "random_clusters.hpp"

namespace undertone::classifier {
namespace {

using test::LabelledData;
using test::names;
using test::random_clusters;

// Relative to the decision value, or to the margin where it is smaller.
constexpr double kTolerance = 1e-4;

class Libsvm {
 public:
  // Weights are by class: a sample of class c costs options.c · weights[c].
  Libsvm(tensor::MatrixView<const double> x, std::span<const int> labels, double gamma,
         const SvmOptions& options, std::span<const double> weights)
      : y_(labels.begin(), labels.end()) {
    svm_set_print_string_function([](const char*) {});
    for (std::size_t r = 0; r < x.rows(); ++r) nodes_.push_back(to_nodes(x.row(r)));
    for (auto& row : nodes_) rows_.push_back(row.data());
    std::vector<int> weight_label;
    for (std::size_t c = 0; c < weights.size(); ++c) weight_label.push_back(static_cast<int>(c));
    std::vector<double> weight(weights.begin(), weights.end());
    svm_parameter parameter{};
    parameter.svm_type = C_SVC;
    parameter.kernel_type = RBF;
    parameter.gamma = gamma;
    parameter.cache_size = 200;
    parameter.eps = options.tolerance;
    parameter.C = options.c;
    parameter.nr_weight = static_cast<int>(weight.size());
    parameter.weight_label = weight_label.data();
    parameter.weight = weight.data();
    parameter.shrinking = 1;
    const svm_problem problem{static_cast<int>(rows_.size()), y_.data(), rows_.data()};
    model_.reset(svm_train(&problem, &parameter));
  }

  std::vector<double> decision_values(std::span<const double> x, std::size_t machines) const {
    const auto row = to_nodes(x);
    std::vector<double> values(machines);
    svm_predict_values(model_.get(), row.data(), values.data());
    return values;
  }

  std::size_t support_vectors() const { return static_cast<std::size_t>(model_->l); }

 private:
  struct Release {
    void operator()(svm_model* model) const { svm_free_and_destroy_model(&model); }
  };

  static std::vector<svm_node> to_nodes(std::span<const double> x) {
    std::vector<svm_node> row;
    for (std::size_t d = 0; d < x.size(); ++d) row.push_back({static_cast<int>(d) + 1, x[d]});
    row.push_back({-1, 0});
    return row;
  }

  std::vector<double> y_;
  std::vector<std::vector<svm_node>> nodes_;
  std::vector<svm_node*> rows_;
  std::unique_ptr<svm_model, Release> model_;  // last: it borrows the nodes
};

std::vector<double> balanced_weights(std::span<const int> labels, std::size_t classes) {
  std::vector<double> weights(classes);
  for (std::size_t c = 0; c < classes; ++c) {
    const auto count = std::count(labels.begin(), labels.end(), static_cast<int>(c));
    weights[c] = static_cast<double>(labels.size()) /
                 (static_cast<double>(classes) * static_cast<double>(count));
  }
  return weights;
}

// A vote can only differ where a machine cannot tell.
void expect_agreement(std::span<const double> ours, std::span<const double> theirs) {
  ASSERT_EQ(ours.size(), theirs.size());
  for (std::size_t m = 0; m < ours.size(); ++m) {
    EXPECT_NEAR(ours[m], theirs[m], kTolerance * std::max(1.0, std::abs(theirs[m])));
    if (std::abs(theirs[m]) > kTolerance) {
      EXPECT_EQ(ours[m] > 0, theirs[m] > 0);
    }
  }
}

void compare_pairs(const LabelledData<double>& data, std::size_t classes, SvmOptions options,
                   tensor::MatrixView<const double> fresh) {
  options.probability = false;
  const auto svm =
      SupportVectorClassifier::fit(data.x.view(), data.labels, names(classes), options);
  std::vector<double> weights;
  if (options.class_weight == ClassWeight::kBalanced) {
    weights = balanced_weights(data.labels, classes);
  }
  const Libsvm reference(data.x.view(), data.labels, svm.parameters().gamma, options, weights);
  EXPECT_EQ(svm.parameters().support_vectors.rows(), reference.support_vectors());
  for (std::size_t r = 0; r < fresh.rows(); ++r) {
    expect_agreement(svm.decision_values(fresh.row(r)),
                     reference.decision_values(fresh.row(r), svm.machines()));
  }
}

TEST(LibsvmAgreement, PairsOfRandomProblems) {
  unsigned seed = 100;
  for (const double c : {0.01, 1.0, 10.0, 100.0}) {
    for (const std::size_t classes : {2U, 3U, 6U}) {
      for (const ClassWeight weight : {ClassWeight::kNone, ClassWeight::kBalanced}) {
        SCOPED_TRACE(testing::Message()
                     << "C " << c << ", classes " << classes << ", seed " << seed);
        const auto data = random_clusters(seed, 240, classes, 7, 0.5);
        const auto fresh = random_clusters(seed + 1, 40, classes, 7, 0.5);
        SvmOptions options;
        options.c = c;
        options.class_weight = weight;
        compare_pairs(data, classes, options, fresh.x.view());
        seed += 2;
      }
    }
  }
}

TEST(LibsvmAgreement, WidthsAndTolerances) {
  const auto data = random_clusters(201, 300, 3, 10, 0.5);
  const auto fresh = random_clusters(202, 40, 3, 10, 0.5);
  for (const Gamma gamma : {Gamma(GammaRule::kAuto), Gamma(0.001), Gamma(1.0), Gamma(50.0)}) {
    for (const double tolerance : {0.1, 1e-3, 1e-6}) {
      SvmOptions options;
      options.c = 5;
      options.gamma = gamma;
      options.tolerance = tolerance;
      compare_pairs(data, 3, options, fresh.x.view());
    }
  }
}

// More than a thousand samples and many steps: shrinking, and gradients rebuilt after it.
TEST(LibsvmAgreement, WhereShrinkingSetsIn) {
  const auto data = random_clusters(203, 1600, 2, 12, 0.2);
  const auto fresh = random_clusters(204, 50, 2, 12, 0.2);
  for (const double c : {1.0, 100.0}) {
    SCOPED_TRACE(c);
    SvmOptions options;
    options.c = c;
    compare_pairs(data, 2, options, fresh.x.view());
  }
}

TEST(LibsvmAgreement, FewSamplesAgainstMany) {
  auto data = random_clusters(205, 400, 2, 5, 0.6);
  for (std::size_t i = 0; i < data.labels.size(); ++i) data.labels[i] = i % 40 == 0 ? 0 : 1;
  for (const ClassWeight weight : {ClassWeight::kNone, ClassWeight::kBalanced}) {
    SvmOptions options;
    options.class_weight = weight;
    compare_pairs(data, 2, options, random_clusters(206, 40, 2, 5, 0.6).x.view());
  }
}

// Pairs of equal points, in the same and in different classes: no curvature between them.
TEST(LibsvmAgreement, PointsThatOccurTwice) {
  for (unsigned seed = 210; seed < 216; ++seed) {
    SCOPED_TRACE(seed);
    auto data = random_clusters(seed, 200, 2, 3, 0.7);
    for (std::size_t i = 100; i < 200; ++i) {
      std::copy_n(data.x.row(i - 100).data(), 3, data.x.row(i).data());
      data.labels[i] = i % 3 == 0 ? 1 - data.labels[i - 100] : data.labels[i - 100];
    }
    SvmOptions options;
    options.c = 2;
    compare_pairs(data, 2, options, random_clusters(seed + 50, 40, 2, 3, 0.7).x.view());
  }
}

TEST(LibsvmAgreement, EachClassAgainstTheRest) {
  for (const ClassWeight weight : {ClassWeight::kNone, ClassWeight::kBalanced}) {
    for (const double c : {0.1, 1.0, 30.0}) {
      const auto data = random_clusters(220, 260, 4, 6, 0.6);
      const auto fresh = random_clusters(221, 40, 4, 6, 0.6);
      SvmOptions options;
      options.c = c;
      options.multiclass = Multiclass::kOneVsRest;
      options.class_weight = weight;
      options.probability = false;
      const auto svm = SupportVectorClassifier::fit(data.x.view(), data.labels, names(4), options);
      for (std::size_t k = 0; k < 4; ++k) {
        SCOPED_TRACE(testing::Message() << "class " << k << ", C " << c);
        // LIBSVM's first class is the one that it meets first.
        std::vector<int> is_rest;
        for (const int label : data.labels) is_rest.push_back(label == static_cast<int>(k) ? 0 : 1);
        std::vector<double> weights;
        if (weight == ClassWeight::kBalanced) weights = balanced_weights(is_rest, 2);
        const double sign = is_rest[0] == 0 ? 1 : -1;
        const Libsvm reference(data.x.view(), is_rest, svm.parameters().gamma, options, weights);
        for (std::size_t r = 0; r < fresh.x.rows(); ++r) {
          const double theirs = sign * reference.decision_values(fresh.x.row(r), 1)[0];
          const double ours = svm.decision_values(fresh.x.row(r))[k];
          // With its classes the other way round LIBSVM walks another path to the same tolerance.
          const double allowed = sign > 0 ? kTolerance : 2 * options.tolerance;
          EXPECT_NEAR(ours, theirs, allowed * std::max(1.0, std::abs(theirs)));
        }
      }
    }
  }
}

}  // namespace
}  // namespace undertone::classifier
