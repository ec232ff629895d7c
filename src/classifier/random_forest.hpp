// Random forests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "classifier/class_prediction.hpp"
#include "classifier/svm_options.hpp"
#include "common/thread_pool.hpp"
#include "tensor/matrix.hpp"

namespace undertone::classifier {

// Names and defaults are those of scikit-learn's RandomForestClassifier.
struct ForestOptions {
  std::size_t trees = 100;               // n_estimators, 1 to 10,000
  std::optional<std::size_t> max_depth;  // none: until leaves are pure; at least 1
  std::size_t min_samples_split = 2;     // a node of fewer distinct samples is a leaf
  std::size_t min_samples_leaf = 1;      // no side of a split has fewer distinct samples
  ClassWeight class_weight = ClassWeight::kNone;
  std::uint64_t seed = 0;
};

// Throws Error(kInvalidArgument) naming the first option outside its range.
void validate(const ForestOptions& options);

// All trees, one after the other, each in preorder: the left child of a node is the one after it.
struct ForestParameters {
  std::size_t features = 0;
  std::vector<std::int64_t> tree_nodes;  // [trees] how many nodes each has; adds up to n
  std::vector<std::int32_t> feature;     // [n] what a split compares; -1 in a leaf
  std::vector<double> threshold;         // [n] x[feature] <= threshold goes left; 0 in a leaf
  // [n] of a split the right child, counted from its tree's first node; of a leaf its row of
  // `leaves`.
  std::vector<std::int32_t> next;
  tensor::Matrix<double> leaves;  // [leaves, k] shares of the classes
};

// The mean of decision trees' class shares (L. Breiman, "Random forests", Machine Learning 45,
// 2001), with scikit-learn's meaning: each tree is grown on as many samples as there are, drawn
// with replacement; each node looks at ⌊√features⌋ features, drawn anew (at further ones until one
// is not constant), and takes the split that lessens Gini's impurity most, halfway between two
// samples. The label is the arg-max of the mean.
//
// Draws are ours (a std::mt19937_64 a tree, seeded by seed and tree through std::seed_seq), so no
// tree is scikit-learn's; they are the same on every machine. Immutable and thread-safe once made;
// the same input gives the same bits on any number of threads.
class RandomForest {
 public:
  // X: [samples, features]; labels, class_names: see require_trainable, whose errors it throws;
  // Error(kInvalidArgument) for options outside their range; Error(kDataInvalid) if the forest
  // would have more than 2³¹ nodes. `threads` may be null.
  static RandomForest fit(tensor::MatrixView<const double> x, std::span<const int> labels,
                          std::span<const std::string> class_names, const ForestOptions& options,
                          ThreadPool* threads = nullptr);

  // From stored parameters; throws Error(kModelCorrupt) unless there are a tree, 2 to 1,000 classes
  // and a feature, lengths agree, thresholds are finite and at most 1e100 in magnitude, shares are
  // not negative and add up to 1 (to 1e-6), and every node leads on: a split to two nodes of its
  // tree behind it, a leaf to a row of `leaves`. Prediction then ends, whatever the numbers.
  explicit RandomForest(ForestParameters parameters);

  std::size_t classes() const noexcept { return parameters_.leaves.cols(); }
  std::size_t features() const noexcept { return parameters_.features; }
  std::size_t trees() const noexcept { return parameters_.tree_nodes.size(); }
  std::size_t nodes() const noexcept { return parameters_.feature.size(); }
  bool has_probabilities() const noexcept { return true; }
  const ForestParameters& parameters() const noexcept { return parameters_; }

  // x: [features()], finite. Throws Error(kDataInvalid) on another size.
  ClassPrediction predict(std::span<const double> x) const;
  // The same for each row of x: [n, features()].
  std::vector<ClassPrediction> predict_rows(tensor::MatrixView<const double> x) const;

 private:
  ForestParameters parameters_;
};

}  // namespace undertone::classifier
