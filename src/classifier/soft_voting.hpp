// Several classifiers whose probabilities are averaged.
#pragma once

#include <cstddef>
#include <span>
#include <variant>
#include <vector>

#include "classifier/class_prediction.hpp"
#include "classifier/logistic_regression.hpp"
#include "classifier/random_forest.hpp"
#include "classifier/support_vector_classifier.hpp"
#include "tensor/matrix.hpp"

namespace undertone::classifier {

using SingleEstimator = std::variant<SupportVectorClassifier, LogisticRegression, RandomForest>;

// P(c | x) = Σ weight·P_member(c | x) / Σ weight: scikit-learn's VotingClassifier(voting="soft").
// Every member sees the same features. The label is the arg-max. Immutable, thread-safe.
class SoftVoting {
 public:
  // `weights`: one a member, or empty where all count alike. Throws Error(kModelCorrupt) unless
  // there is a member, all have probabilities and the same numbers of classes and features, and
  // weights are in (0, 1e6].
  SoftVoting(std::vector<SingleEstimator> members, std::vector<double> weights);

  std::size_t classes() const noexcept;
  std::size_t features() const noexcept;
  bool has_probabilities() const noexcept { return true; }
  std::span<const SingleEstimator> members() const noexcept { return members_; }
  std::span<const double> weights() const noexcept { return weights_; }  // as given

  // x: [features()], finite. Throws Error(kDataInvalid) on another size.
  ClassPrediction predict(std::span<const double> x) const;
  // The same for each row of x: [n, features()].
  std::vector<ClassPrediction> predict_rows(tensor::MatrixView<const double> x) const;

 private:
  std::vector<SingleEstimator> members_;
  std::vector<double> weights_;
};

}  // namespace undertone::classifier
