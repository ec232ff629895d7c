#include "evaluation/bootstrap.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>
#include <string_view>
#include <vector>

#include "evaluation/dealing.hpp"

namespace undertone::evaluation {
namespace {

struct Count {
  std::size_t truth;
  std::size_t predicted;
  std::size_t times;
};

// What was drawn together: the confusions of a speaker's (or a clip's) outcomes.
using Cluster = std::vector<Count>;

std::vector<Cluster> clusters_of(std::span<const ClipOutcome> outcomes, auto key_of) {
  using Key = decltype(key_of(outcomes.front()));
  std::map<Key, std::map<std::pair<int, int>, std::size_t>> counts;
  for (const ClipOutcome& outcome : outcomes) {
    ++counts[key_of(outcome)][{outcome.truth, outcome.predicted}];
  }
  std::vector<Cluster> clusters;
  for (const auto& [key, cells] : counts) {
    Cluster cluster;
    for (const auto& [cell, times] : cells) {
      cluster.push_back(
          {static_cast<std::size_t>(cell.first), static_cast<std::size_t>(cell.second), times});
    }
    clusters.push_back(std::move(cluster));
  }
  return clusters;
}

double percentile(std::vector<double>& values, double fraction) {
  std::sort(values.begin(), values.end());
  const double place = fraction * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
}

Interval interval_of(std::vector<double> values) {
  return {percentile(values, 0.025), percentile(values, 0.975)};
}

}  // namespace

ScoreIntervals bootstrap_intervals(const Samples& samples, std::span<const ClipOutcome> outcomes,
                                   std::uint64_t seed, std::size_t resamples) {
  std::set<std::string_view> speakers;
  for (const ClipOutcome& outcome : outcomes) speakers.insert(samples.speakers[outcome.sample]);
  const bool by_speaker = !speakers.contains("") && speakers.size() >= 2;
  const std::vector<Cluster> clusters =
      by_speaker ? clusters_of(outcomes,
                               [&](const ClipOutcome& outcome) {
                                 return std::string_view(samples.speakers[outcome.sample]);
                               })
                 : clusters_of(outcomes, [](const ClipOutcome& outcome) { return outcome.sample; });

  std::mt19937_64 random(seed);
  std::vector<double> accuracy;
  std::vector<double> uar;
  std::vector<double> macro_f1;
  const std::size_t classes = samples.class_names.size();
  for (std::size_t b = 0; b < resamples; ++b) {
    tensor::Matrix<std::size_t> confusion(classes, classes);
    for (std::size_t i = 0; i < clusters.size(); ++i) {
      for (const Count& count : clusters[draw_below(clusters.size(), random)]) {
        confusion(count.truth, count.predicted) += count.times;
      }
    }
    const Summary summary = summarize(confusion);
    accuracy.push_back(summary.accuracy);
    uar.push_back(summary.uar);
    macro_f1.push_back(summary.macro_f1);
  }
  ScoreIntervals intervals;
  intervals.unit = by_speaker ? "speakers" : "clips";
  intervals.resamples = resamples;
  intervals.accuracy = interval_of(std::move(accuracy));
  intervals.uar = interval_of(std::move(uar));
  intervals.macro_f1 = interval_of(std::move(macro_f1));
  return intervals;
}

}  // namespace undertone::evaluation
