#include "evaluation/bootstrap.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/random_draws.hpp"

namespace undertone::evaluation {
namespace {

struct Count {
  std::size_t truth;
  std::size_t predicted;
  std::size_t times;
};

// What was drawn together: the confusions of a speaker's (or a clip's) outcomes.
using Cluster = std::vector<Count>;

// What the outcomes of one evaluation say of each cluster, by the cluster's name.
using Clusters = std::map<std::string, Cluster>;

bool by_speaker(const Samples& samples, std::span<const ClipOutcome> outcomes) {
  std::set<std::string_view> speakers;
  for (const ClipOutcome& outcome : outcomes) speakers.insert(samples.speakers[outcome.sample]);
  return !speakers.contains("") && speakers.size() >= 2;
}

Clusters clusters_of(const Samples& samples, std::span<const ClipOutcome> outcomes,
                     bool of_speakers) {
  std::map<std::string, std::map<std::pair<int, int>, std::size_t>> counts;
  for (const ClipOutcome& outcome : outcomes) {
    const std::string name =
        of_speakers ? samples.speakers[outcome.sample] : fmt::format("{:020}", outcome.sample);
    ++counts[name][{outcome.truth, outcome.predicted}];
  }
  Clusters clusters;
  for (const auto& [name, cells] : counts) {
    Cluster& cluster = clusters[name];
    for (const auto& [cell, times] : cells) {
      cluster.push_back(
          {static_cast<std::size_t>(cell.first), static_cast<std::size_t>(cell.second), times});
    }
  }
  return clusters;
}

std::vector<std::string> names_of(std::span<const Clusters* const> evaluations) {
  std::set<std::string> names;
  for (const Clusters* clusters : evaluations) {
    for (const auto& [name, cluster] : *clusters) names.insert(name);
  }
  return {names.begin(), names.end()};
}

// Draws clusters by name, `resamples` times as many as there are, and tells `take` of the summaries
// of each evaluation, in the order given.
template <class Take>
void resample(std::span<const Clusters* const> evaluations, std::size_t classes, std::uint64_t seed,
              std::size_t resamples, Take take) {
  const std::vector<std::string> names = names_of(evaluations);
  static const Cluster kNone;
  std::vector<std::vector<const Cluster*>> of(evaluations.size());
  for (std::size_t e = 0; e < evaluations.size(); ++e) {
    for (const std::string& name : names) {
      const auto found = evaluations[e]->find(name);
      of[e].push_back(found == evaluations[e]->end() ? &kNone : &found->second);
    }
  }
  std::mt19937_64 random(seed);
  std::vector<Summary> summaries(evaluations.size());
  for (std::size_t b = 0; b < resamples; ++b) {
    std::vector<tensor::Matrix<std::size_t>> confusion;
    for (std::size_t e = 0; e < evaluations.size(); ++e) confusion.emplace_back(classes, classes);
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::size_t drawn = draw_below(names.size(), random);
      for (std::size_t e = 0; e < evaluations.size(); ++e) {
        for (const Count& count : *of[e][drawn]) {
          confusion[e](count.truth, count.predicted) += count.times;
        }
      }
    }
    for (std::size_t e = 0; e < evaluations.size(); ++e) summaries[e] = summarize(confusion[e]);
    take(summaries);
  }
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

struct Draws {
  std::vector<double> accuracy;
  std::vector<double> uar;
  std::vector<double> macro_f1;

  void add(const Summary& summary) {
    accuracy.push_back(summary.accuracy);
    uar.push_back(summary.uar);
    macro_f1.push_back(summary.macro_f1);
  }
};

}  // namespace

ScoreIntervals bootstrap_intervals(const Samples& samples, std::span<const ClipOutcome> outcomes,
                                   std::uint64_t seed, std::size_t resamples) {
  const bool of_speakers = by_speaker(samples, outcomes);
  const Clusters clusters = clusters_of(samples, outcomes, of_speakers);
  const std::array<const Clusters*, 1> one = {&clusters};
  Draws draws;
  resample(one, samples.class_names.size(), seed, resamples,
           [&](const std::vector<Summary>& summaries) { draws.add(summaries[0]); });
  ScoreIntervals intervals;
  intervals.unit = of_speakers ? "speakers" : "clips";
  intervals.resamples = resamples;
  intervals.accuracy = interval_of(std::move(draws.accuracy));
  intervals.uar = interval_of(std::move(draws.uar));
  intervals.macro_f1 = interval_of(std::move(draws.macro_f1));
  return intervals;
}

Difference bootstrap_difference(const Samples& samples, std::span<const ClipOutcome> first,
                                std::span<const ClipOutcome> second, std::uint64_t seed,
                                std::size_t resamples) {
  const bool of_speakers = by_speaker(samples, first) && by_speaker(samples, second);
  const Clusters before = clusters_of(samples, first, of_speakers);
  const Clusters after = clusters_of(samples, second, of_speakers);
  const std::array<const Clusters*, 2> both = {&before, &after};
  Draws draws;
  resample(both, samples.class_names.size(), seed, resamples,
           [&](const std::vector<Summary>& summaries) {
             draws.add({summaries[1].accuracy - summaries[0].accuracy,
                        summaries[1].uar - summaries[0].uar,
                        summaries[1].macro_f1 - summaries[0].macro_f1});
           });
  Difference difference;
  std::size_t below = 0;
  std::size_t above = 0;
  for (const double uar : draws.uar) {
    if (uar <= 0) ++below;
    if (uar >= 0) ++above;
  }
  difference.uar_p = std::min(1.0, 2.0 * static_cast<double>(1 + std::min(below, above)) /
                                       static_cast<double>(1 + resamples));
  difference.unit = of_speakers ? "speakers" : "clips";
  difference.accuracy = interval_of(std::move(draws.accuracy));
  difference.uar = interval_of(std::move(draws.uar));
  difference.macro_f1 = interval_of(std::move(draws.macro_f1));
  return difference;
}

SelectionEstimate bootstrap_selection(const Samples& samples,
                                      std::span<const std::span<const ClipOutcome>> evaluations,
                                      std::uint64_t seed, std::size_t resamples) {
  bool of_speakers = true;
  for (const auto outcomes : evaluations) of_speakers &= by_speaker(samples, outcomes);
  std::vector<Clusters> clusters;
  for (const auto outcomes : evaluations) {
    clusters.push_back(clusters_of(samples, outcomes, of_speakers));
  }
  std::vector<const Clusters*> all;
  for (const Clusters& of_one : clusters) all.push_back(&of_one);
  const std::vector<std::string> names = names_of(all);
  const std::size_t classes = samples.class_names.size();
  std::mt19937_64 random(seed);
  std::vector<double> scores;
  for (std::size_t b = 0; b < resamples; ++b) {
    std::vector<std::size_t> times(names.size(), 0);
    for (std::size_t i = 0; i < names.size(); ++i) ++times[draw_below(names.size(), random)];
    if (std::find(times.begin(), times.end(), 0U) == times.end()) continue;  // nobody is left out
    // UAR of an evaluation on those drawn, each as often as it was, or on those that were not.
    const auto uar_of = [&](const Clusters& of_one, bool drawn) {
      tensor::Matrix<std::size_t> confusion(classes, classes);
      for (std::size_t i = 0; i < names.size(); ++i) {
        const auto found = of_one.find(names[i]);
        if (found == of_one.end() || (times[i] > 0) != drawn) continue;
        for (const Count& count : found->second) {
          confusion(count.truth, count.predicted) += count.times * (drawn ? times[i] : 1);
        }
      }
      return summarize(confusion).uar;
    };
    std::size_t best = 0;
    double most = -1;
    for (std::size_t e = 0; e < clusters.size(); ++e) {
      const double uar = uar_of(clusters[e], true);
      if (uar > most) {
        most = uar;
        best = e;
      }
    }
    scores.push_back(uar_of(clusters[best], false));
  }
  SelectionEstimate estimate;
  if (scores.empty()) return estimate;
  for (const double score : scores) estimate.uar += score / static_cast<double>(scores.size());
  estimate.interval = interval_of(std::move(scores));
  return estimate;
}

}  // namespace undertone::evaluation
