#include "classifier/tree_growth.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <utility>

#include "common/random_draws.hpp"

namespace undertone::classifier {
namespace {

// Of the samples [begin, end) of the bag.
struct Task {
  std::size_t begin;
  std::size_t end;
  std::size_t depth;
  std::int32_t parent;  // whose right child this is; -1 for a left child and the root
};

struct Split {
  std::size_t feature = 0;
  double threshold = 0;
  double merit = 0;  // Σ over sides of Σ_c weight_c² / weight: more is purer
};

class TreeGrowth {
 public:
  TreeGrowth(tensor::MatrixView<const double> x, std::span<const int> labels,
             std::span<const double> class_weight, const ForestOptions& options, std::size_t number)
      : x_(x),
        labels_(labels),
        classes_(class_weight.size()),
        options_(options),
        features_(x.cols()),
        tried_(static_cast<std::size_t>(std::sqrt(static_cast<double>(x.cols())))),
        random_(seeded(options.seed, number)) {
    std::iota(features_.begin(), features_.end(), std::size_t{0});
    std::vector<std::uint32_t> times(x.rows(), 0);
    for (std::size_t i = 0; i < x.rows(); ++i) ++times[draw_below(x.rows(), random_)];
    weight_.resize(x.rows());
    for (std::size_t i = 0; i < x.rows(); ++i) {
      if (times[i] == 0) continue;
      bag_.push_back(i);
      weight_[i] = times[i] * class_weight[static_cast<std::size_t>(labels[i])];
    }
    order_.resize(bag_.size());
  }

  GrownTree grow() {
    std::vector<Task> tasks = {{0, bag_.size(), 0, -1}};
    while (!tasks.empty()) {
      const Task task = tasks.back();
      tasks.pop_back();
      const auto node = static_cast<std::int32_t>(tree_.feature.size());
      if (task.parent >= 0) tree_.next[static_cast<std::size_t>(task.parent)] = node;
      Split split;
      if (!find_split(task, split)) {
        add_leaf(task);
        continue;
      }
      const auto middle = std::stable_partition(
          bag_.begin() + static_cast<std::ptrdiff_t>(task.begin),
          bag_.begin() + static_cast<std::ptrdiff_t>(task.end),
          [&](std::size_t i) { return x_(i, split.feature) <= split.threshold; });
      const auto right = static_cast<std::size_t>(middle - bag_.begin());
      tree_.feature.push_back(static_cast<std::int32_t>(split.feature));
      tree_.threshold.push_back(split.threshold);
      tree_.next.push_back(0);  // known when the right child is come to
      tasks.push_back({right, task.end, task.depth + 1, node});
      tasks.push_back({task.begin, right, task.depth + 1, -1});
    }
    return std::move(tree_);
  }

 private:
  static std::mt19937_64 seeded(std::uint64_t seed, std::size_t number) {
    std::seed_seq words{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32),
                        static_cast<std::uint32_t>(number)};
    return std::mt19937_64(words);
  }

  std::vector<double> class_sums(const Task& task) const {
    std::vector<double> sums(classes_, 0.0);
    for (std::size_t k = task.begin; k < task.end; ++k) {
      sums[static_cast<std::size_t>(labels_[bag_[k]])] += weight_[bag_[k]];
    }
    return sums;
  }

  void add_leaf(const Task& task) {
    const std::vector<double> sums = class_sums(task);
    const double total = std::accumulate(sums.begin(), sums.end(), 0.0);
    tree_.feature.push_back(-1);
    tree_.threshold.push_back(0);
    tree_.next.push_back(static_cast<std::int32_t>(tree_.leaves.size() / classes_));
    for (const double sum : sums) tree_.leaves.push_back(sum / total);
  }

  // False where the node is a leaf.
  bool find_split(const Task& task, Split& best) {
    const std::size_t count = task.end - task.begin;
    if ((options_.max_depth && task.depth >= *options_.max_depth) ||
        count < options_.min_samples_split || count < 2 * options_.min_samples_leaf) {
      return false;
    }
    const std::vector<double> all = class_sums(task);
    if (std::count_if(all.begin(), all.end(), [](double sum) { return sum > 0; }) < 2) return false;
    bool found = false;
    bool varied = false;  // a feature that is not constant was looked at
    for (std::size_t drawn = 0; drawn < features_.size() && (drawn < tried_ || !varied); ++drawn) {
      std::swap(features_[drawn], features_[drawn + draw_below(features_.size() - drawn, random_)]);
      if (!sort_by(task, features_[drawn])) continue;
      varied = true;
      found = try_feature(features_[drawn], all, best) || found;
    }
    return found;
  }

  // The samples' values and numbers by rising value; false if there is one value only.
  bool sort_by(const Task& task, std::size_t feature) {
    order_.clear();
    for (std::size_t k = task.begin; k < task.end; ++k) {
      order_.emplace_back(x_(bag_[k], feature), bag_[k]);
    }
    const auto [least, most] =
        std::minmax_element(order_.begin(), order_.end(),
                            [](const auto& a, const auto& b) { return a.first < b.first; });
    if (least->first == most->first) return false;
    std::sort(order_.begin(), order_.end());
    return true;
  }

  // Whether a cut along the feature betters `best`, which then is that cut.
  bool try_feature(std::size_t feature, const std::vector<double>& all, Split& best) {
    std::vector<double> left(classes_, 0.0);
    std::vector<double> right = all;
    double left_weight = 0;
    double right_weight = std::accumulate(all.begin(), all.end(), 0.0);
    bool better = false;
    for (std::size_t k = 0; k + options_.min_samples_leaf < order_.size(); ++k) {
      const std::size_t sample = order_[k].second;
      const auto label = static_cast<std::size_t>(labels_[sample]);
      left[label] += weight_[sample];
      right[label] -= weight_[sample];
      left_weight += weight_[sample];
      right_weight -= weight_[sample];
      const double here = order_[k].first;
      const double beyond = order_[k + 1].first;
      if (k + 1 < options_.min_samples_leaf || here == beyond) continue;
      double left_squares = 0;
      double right_squares = 0;
      for (std::size_t c = 0; c < classes_; ++c) {
        left_squares += left[c] * left[c];
        right_squares += right[c] * right[c];
      }
      const double merit = left_squares / left_weight + right_squares / right_weight;
      if (!(merit > best.merit)) continue;
      const double halfway = here / 2 + beyond / 2;
      best = {feature, halfway >= here && halfway < beyond ? halfway : here, merit};
      better = true;
    }
    return better;
  }

  tensor::MatrixView<const double> x_;
  std::span<const int> labels_;
  std::size_t classes_;
  const ForestOptions& options_;
  std::vector<std::size_t> features_;
  std::size_t tried_;
  std::mt19937_64 random_;
  std::vector<std::size_t> bag_;  // the distinct samples that were drawn
  std::vector<double> weight_;    // [samples]
  std::vector<std::pair<double, std::size_t>> order_;
  GrownTree tree_;
};

}  // namespace

GrownTree grow_tree(tensor::MatrixView<const double> x, std::span<const int> labels,
                    std::span<const double> class_weight, const ForestOptions& options,
                    std::size_t number) {
  return TreeGrowth(x, labels, class_weight, options, number).grow();
}

}  // namespace undertone::classifier
