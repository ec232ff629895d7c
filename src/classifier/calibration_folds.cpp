#include "classifier/calibration_folds.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <utility>

#include <undertone/error.hpp>

#include "common/random_draws.hpp"

namespace undertone::classifier {

namespace {

std::vector<std::vector<std::size_t>> samples_by_class(std::span<const int> labels,
                                                       std::size_t classes) {
  std::vector<std::vector<std::size_t>> samples(classes);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    samples[static_cast<std::size_t>(labels[i])].push_back(i);
  }
  return samples;
}

std::vector<std::size_t> deal_samples(std::span<const int> labels, std::size_t classes,
                                      std::size_t folds, std::mt19937_64& random) {
  std::vector<std::size_t> fold(labels.size());
  std::size_t next = 0;  // goes on where the class before ended, so that all folds fill up alike
  for (auto& samples : samples_by_class(labels, classes)) {
    shuffle(samples, random);
    for (const std::size_t i : samples) fold[i] = next++ % folds;
  }
  return fold;
}

struct Group {
  std::vector<std::size_t> samples;
  std::vector<double> per_class;
};

double standard_deviation(std::span<const double> values) {
  const double n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double v : values) squares += (v - mean) * (v - mean);
  return std::sqrt(squares / n);
}

// How unevenly the classes lie in the folds: the standard deviation over folds of each class's
// share, averaged over classes. `counts` is [folds][classes].
double unevenness(const std::vector<std::vector<double>>& counts,
                  std::span<const double> class_sizes) {
  double sum = 0;
  std::vector<double> share(counts.size());
  for (std::size_t c = 0; c < class_sizes.size(); ++c) {
    for (std::size_t f = 0; f < counts.size(); ++f) share[f] = counts[f][c] / class_sizes[c];
    sum += standard_deviation(share);
  }
  return sum / static_cast<double>(class_sizes.size());
}

std::vector<std::size_t> deal_groups(std::span<const int> labels,
                                     std::span<const std::int64_t> group_of, std::size_t classes,
                                     std::size_t folds, std::mt19937_64& random) {
  std::map<std::int64_t, Group> by_number;
  std::vector<double> class_sizes(classes, 0.0);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    Group& group = by_number[group_of[i]];
    group.per_class.resize(classes);
    group.samples.push_back(i);
    group.per_class[static_cast<std::size_t>(labels[i])] += 1;
    class_sizes[static_cast<std::size_t>(labels[i])] += 1;
  }
  std::vector<const Group*> groups;
  for (const auto& [number, group] : by_number) groups.push_back(&group);
  shuffle(groups, random);
  std::stable_sort(groups.begin(), groups.end(), [](const Group* a, const Group* b) {
    return standard_deviation(a->per_class) > standard_deviation(b->per_class);
  });

  std::vector<std::size_t> fold(labels.size());
  std::vector<std::vector<double>> counts(folds, std::vector<double>(classes, 0.0));
  std::vector<std::size_t> fold_sizes(folds, 0);
  for (const Group* group : groups) {
    std::size_t best = 0;
    double best_unevenness = std::numeric_limits<double>::infinity();
    for (std::size_t f = 0; f < folds; ++f) {
      for (std::size_t c = 0; c < classes; ++c) counts[f][c] += group->per_class[c];
      const double candidate = unevenness(counts, class_sizes);
      for (std::size_t c = 0; c < classes; ++c) counts[f][c] -= group->per_class[c];
      const bool as_even = std::abs(candidate - best_unevenness) <= 1e-12;
      if (as_even ? fold_sizes[f] < fold_sizes[best] : candidate < best_unevenness) {
        best = f;
        best_unevenness = candidate;
      }
    }
    for (std::size_t c = 0; c < classes; ++c) counts[best][c] += group->per_class[c];
    fold_sizes[best] += group->samples.size();
    for (const std::size_t i : group->samples) fold[i] = best;
  }
  return fold;
}

// Distinct values of `of` among the samples of each class.
std::vector<std::size_t> distinct_per_class(std::span<const int> labels, std::size_t classes,
                                            auto of) {
  std::vector<std::set<std::int64_t>> seen(classes);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    seen[static_cast<std::size_t>(labels[i])].insert(of(i));
  }
  std::vector<std::size_t> distinct(classes);
  std::transform(seen.begin(), seen.end(), distinct.begin(),
                 [](const auto& s) { return s.size(); });
  return distinct;
}

}  // namespace

CalibrationFolds assign_calibration_folds(std::span<const int> labels,
                                          std::span<const std::int64_t> groups,
                                          std::span<const std::string> class_names,
                                          std::size_t folds, std::uint64_t seed) {
  const std::size_t classes = class_names.size();
  const bool grouped = !groups.empty();
  const auto units = distinct_per_class(labels, classes, [&](std::size_t i) {
    return grouped ? groups[i] : static_cast<std::int64_t>(i);
  });
  const auto scarcest = std::min_element(units.begin(), units.end());
  if (*scarcest < 2) {
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("class \"{}\" has {} in the training data; calibrated probabilities "
                            "need at least two",
                            class_names[static_cast<std::size_t>(scarcest - units.begin())],
                            grouped ? "only one speaker" : "only one sample"),
                grouped ? "Add recordings of other speakers, or train without speaker groups."
                        : "Add recordings of this class, or leave the class out.");
  }
  CalibrationFolds result;
  result.count = std::min(folds, *scarcest);
  std::mt19937_64 random(seed);
  result.fold = grouped ? deal_groups(labels, groups, classes, result.count, random)
                        : deal_samples(labels, classes, result.count, random);

  const auto folds_used = distinct_per_class(
      labels, classes, [&](std::size_t i) { return static_cast<std::int64_t>(result.fold[i]); });
  for (std::size_t c = 0; c < classes; ++c) {
    if (folds_used[c] >= 2) continue;
    throw Error(
        ErrorCode::kDataInvalid,
        fmt::format("all speakers of class \"{}\" fall into one calibration fold", class_names[c]),
        "Choose another seed, add speakers of this class, or train without speaker groups.");
  }
  return result;
}

}  // namespace undertone::classifier
