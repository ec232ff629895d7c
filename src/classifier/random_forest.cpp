#include "classifier/random_forest.hpp"

#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <utility>

#include <undertone/error.hpp>

#include "classifier/training_data.hpp"
#include "classifier/tree_growth.hpp"

namespace undertone::classifier {
namespace {

constexpr std::size_t kMaxClasses = 1000;
constexpr std::size_t kMaxTrees = 10'000;
constexpr auto kMaxNodes = static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max());

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ErrorCode::kModelCorrupt, "the random forest " + message);
}

ForestParameters joined(const std::vector<GrownTree>& trees, std::size_t features,
                        std::size_t classes) {
  std::size_t nodes = 0;
  std::size_t values = 0;
  for (const GrownTree& tree : trees) {
    nodes += tree.feature.size();
    values += tree.leaves.size();
  }
  if (nodes > kMaxNodes) {
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("the forest would have {} nodes; {} are the most", nodes, kMaxNodes),
                "Grow fewer trees, or set a greatest depth.");
  }
  ForestParameters all;
  all.features = features;
  all.leaves = tensor::Matrix<double>(values / classes, classes);
  double* leaf = all.leaves.data();
  for (const GrownTree& tree : trees) {
    const auto first_leaf = static_cast<std::int32_t>((leaf - all.leaves.data()) /
                                                      static_cast<std::ptrdiff_t>(classes));
    all.tree_nodes.push_back(static_cast<std::int64_t>(tree.feature.size()));
    all.feature.insert(all.feature.end(), tree.feature.begin(), tree.feature.end());
    all.threshold.insert(all.threshold.end(), tree.threshold.begin(), tree.threshold.end());
    for (std::size_t i = 0; i < tree.next.size(); ++i) {
      all.next.push_back(tree.next[i] + (tree.feature[i] < 0 ? first_leaf : 0));
    }
    leaf = std::copy(tree.leaves.begin(), tree.leaves.end(), leaf);
  }
  return all;
}

void require_shares(const tensor::Matrix<double>& leaves) {
  for (std::size_t r = 0; r < leaves.rows(); ++r) {
    double sum = 0;
    for (const double share : leaves.row(r)) {
      if (!(share >= 0 && share <= 1))
        refuse(fmt::format("has a share of {} in leaf {}", share, r));
      sum += share;
    }
    if (!(std::abs(sum - 1) <= 1e-6)) {
      refuse(fmt::format("has shares in leaf {} that add up to {}", r, sum));
    }
  }
}

// The nodes [begin, begin + count) are a tree.
void require_tree(const ForestParameters& forest, std::size_t begin, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t node = begin + i;
    const std::int32_t feature = forest.feature[node];
    const std::int32_t next = forest.next[node];
    if (feature < 0) {
      if (feature != -1 || next < 0 || static_cast<std::size_t>(next) >= forest.leaves.rows()) {
        refuse(fmt::format("has node {} lead to leaf {} of {}", node, next, forest.leaves.rows()));
      }
      continue;
    }
    if (static_cast<std::size_t>(feature) >= forest.features) {
      refuse(fmt::format("has node {} compare feature {} of {}", node, feature, forest.features));
    }
    if (!(std::abs(forest.threshold[node]) <= kMaxMagnitude)) {
      refuse(fmt::format("has the threshold {} in node {}", forest.threshold[node], node));
    }
    // The left child is the next node; behind it somewhere stands the right one.
    if (next < 0 || static_cast<std::size_t>(next) < i + 2 ||
        static_cast<std::size_t>(next) >= count) {
      refuse(fmt::format("has node {} of a tree of {} lead to node {}", i, count, next));
    }
  }
}

}  // namespace

void validate(const ForestOptions& options) {
  const auto refuse_option = [](const std::string& message) {
    throw Error(ErrorCode::kInvalidArgument, message);
  };
  if (options.trees < 1 || options.trees > kMaxTrees) {
    refuse_option(
        fmt::format("a forest has between 1 and {} trees, not {}", kMaxTrees, options.trees));
  }
  if (options.max_depth && (*options.max_depth < 1 || *options.max_depth > kMaxNodes)) {
    refuse_option(
        fmt::format("the greatest depth of a tree is at least 1, not {}", *options.max_depth));
  }
  if (options.min_samples_split < 2 || options.min_samples_split > kMaxNodes) {
    refuse_option(
        fmt::format("at least 2 samples can be split, not {}", options.min_samples_split));
  }
  if (options.min_samples_leaf < 1 || options.min_samples_leaf > kMaxNodes) {
    refuse_option(fmt::format("a leaf has at least 1 sample, not {}", options.min_samples_leaf));
  }
}

RandomForest RandomForest::fit(tensor::MatrixView<const double> x, std::span<const int> labels,
                               std::span<const std::string> class_names,
                               const ForestOptions& options, ThreadPool* threads) {
  validate(options);
  require_trainable(x, labels, class_names);
  const std::vector<double> weights =
      class_weights(labels, class_names.size(), options.class_weight);
  std::vector<GrownTree> trees(options.trees);
  const auto grow = [&](std::size_t t) { trees[t] = grow_tree(x, labels, weights, options, t); };
  if (threads != nullptr) {
    threads->parallel_for(trees.size(), grow);
  } else {
    for (std::size_t t = 0; t < trees.size(); ++t) grow(t);
  }
  return RandomForest(joined(trees, x.cols(), class_names.size()));
}

RandomForest::RandomForest(ForestParameters parameters) : parameters_(std::move(parameters)) {
  const std::size_t n = nodes();
  if (classes() < 2 || classes() > kMaxClasses) {
    refuse(fmt::format("has {} classes; there must be between 2 and {}", classes(), kMaxClasses));
  }
  if (trees() == 0 || trees() > kMaxTrees || n > kMaxNodes || features() == 0) {
    refuse(fmt::format("has {} trees of {} nodes on {} features", trees(), n, features()));
  }
  if (parameters_.threshold.size() != n || parameters_.next.size() != n) {
    refuse(fmt::format("has {} features, {} thresholds and {} ways on of its nodes", n,
                       parameters_.threshold.size(), parameters_.next.size()));
  }
  require_shares(parameters_.leaves);
  std::size_t begin = 0;
  for (const std::int64_t count : parameters_.tree_nodes) {
    if (count < 1 || static_cast<std::uint64_t>(count) > n - begin) {
      refuse(fmt::format("has a tree of {} nodes, where {} are left", count, n - begin));
    }
    require_tree(parameters_, begin, static_cast<std::size_t>(count));
    begin += static_cast<std::size_t>(count);
  }
  if (begin != n) refuse(fmt::format("has {} nodes that are in no tree", n - begin));
}

ClassPrediction RandomForest::predict(std::span<const double> x) const {
  if (x.size() != features()) {
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("the random forest takes {} features, not {}", features(), x.size()));
  }
  std::vector<double> sums(classes(), 0.0);
  std::size_t root = 0;
  for (const std::int64_t count : parameters_.tree_nodes) {
    std::size_t node = root;
    while (parameters_.feature[node] >= 0) {
      const bool left =
          x[static_cast<std::size_t>(parameters_.feature[node])] <= parameters_.threshold[node];
      node = left ? node + 1 : root + static_cast<std::size_t>(parameters_.next[node]);
    }
    const auto shares = parameters_.leaves.row(static_cast<std::size_t>(parameters_.next[node]));
    for (std::size_t c = 0; c < sums.size(); ++c) sums[c] += shares[c];
    root += static_cast<std::size_t>(count);
  }
  for (double& sum : sums) sum /= static_cast<double>(trees());
  return prediction_of(std::move(sums));
}

std::vector<ClassPrediction> RandomForest::predict_rows(tensor::MatrixView<const double> x) const {
  std::vector<ClassPrediction> predictions;
  predictions.reserve(x.rows());
  for (std::size_t r = 0; r < x.rows(); ++r) predictions.push_back(predict(x.row(r)));
  return predictions;
}

}  // namespace undertone::classifier
