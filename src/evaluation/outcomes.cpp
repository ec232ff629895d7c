#include "evaluation/outcomes.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "evaluation/bootstrap.hpp"

namespace undertone::evaluation {
namespace {

// Fewer clusters than this make a bootstrap interval too narrow to rely on.
constexpr std::size_t kFewSpeakers = 20;

Scores score_outcomes(const Samples& samples, std::span<const ClipOutcome* const> outcomes) {
  const std::size_t classes = samples.class_names.size();
  std::vector<int> truth;
  std::vector<int> predicted;
  tensor::Matrix<double> probabilities(outcomes.size(), classes);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    truth.push_back(outcomes[i]->truth);
    predicted.push_back(outcomes[i]->predicted);
    std::copy_n(outcomes[i]->probabilities.begin(), classes, probabilities.row(i).begin());
  }
  return score(truth, predicted, probabilities.view(), classes);
}

std::vector<const ClipOutcome*> pointers_to(std::span<const ClipOutcome> outcomes) {
  std::vector<const ClipOutcome*> pointers;
  for (const ClipOutcome& outcome : outcomes) pointers.push_back(&outcome);
  return pointers;
}

// The distinct speakers, empty where one is not known.
std::set<std::string_view> speakers_of(const Samples& samples, std::span<const std::size_t> rows) {
  std::set<std::string_view> speakers;
  for (const std::size_t r : rows) speakers.insert(samples.speakers[r]);
  if (speakers.contains("")) speakers.clear();
  return speakers;
}

MeanAndDeviation over_folds(std::span<const FoldOutcome> folds, double Scores::*figure) {
  const auto count = static_cast<double>(folds.size());
  MeanAndDeviation result;
  for (const FoldOutcome& fold : folds) result.mean += fold.scores.*figure / count;
  if (folds.size() < 2) return result;
  double squares = 0;
  for (const FoldOutcome& fold : folds) {
    squares += (fold.scores.*figure - result.mean) * (fold.scores.*figure - result.mean);
  }
  result.deviation = std::sqrt(squares / (count - 1));
  return result;
}

}  // namespace

std::vector<ClipOutcome> clip_outcomes(const Samples& samples, const Fold& fold,
                                       std::span<const classifier::ClassPrediction> predictions) {
  std::vector<ClipOutcome> outcomes;
  outcomes.reserve(fold.test.size());
  for (std::size_t i = 0; i < fold.test.size(); ++i) {
    ClipOutcome outcome;
    outcome.sample = fold.test[i];
    outcome.repeat = fold.repeat;
    outcome.fold = fold.fold;
    outcome.truth = samples.labels[fold.test[i]];
    outcome.predicted = static_cast<int>(predictions[i].label);
    outcome.probabilities = predictions[i].probabilities;
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

FoldOutcome fold_outcome(const Samples& samples, const Fold& fold,
                         std::span<const ClipOutcome> outcomes) {
  const auto trained = speakers_of(samples, fold.train);
  const auto tested = speakers_of(samples, fold.test);
  FoldOutcome result;
  result.repeat = fold.repeat;
  result.fold = fold.fold;
  result.train_samples = fold.train.size();
  result.test_samples = fold.test.size();
  result.train_speakers = trained.size();
  result.test_speakers = tested.size();
  result.shared_speakers = static_cast<std::size_t>(std::count_if(
      tested.begin(), tested.end(), [&](const auto& name) { return trained.contains(name); }));
  result.scores = score_outcomes(samples, pointers_to(outcomes));
  return result;
}

std::vector<Subgroup> subgroups_of(const Samples& samples, std::span<const ClipOutcome> outcomes) {
  std::vector<Subgroup> subgroups;
  for (const char* name : {"sex", "corpus", "intensity"}) {
    const bool is_corpus = std::string_view(name) == "corpus";
    const auto* column = is_corpus ? &samples.corpora : samples.column(name);
    if (column == nullptr) continue;
    std::map<std::string, std::vector<const ClipOutcome*>> by_value;
    for (const ClipOutcome& outcome : outcomes) {
      by_value[(*column)[outcome.sample]].push_back(&outcome);
    }
    if (by_value.size() < 2) continue;
    for (const auto& [value, of_value] : by_value) {
      if (value.empty()) continue;
      subgroups.push_back({name, value, score_outcomes(samples, of_value)});
    }
  }
  return subgroups;
}

std::optional<ListenerComparison> compare_with_listeners(const Samples& samples,
                                                         std::span<const ClipOutcome> outcomes) {
  const auto* column = samples.column("listener_emotion");
  if (column == nullptr) return std::nullopt;
  std::set<std::size_t> clips;
  double compared = 0;
  ListenerComparison comparison;
  for (const ClipOutcome& outcome : outcomes) {
    const std::string& heard = (*column)[outcome.sample];
    if (heard.empty()) continue;
    clips.insert(outcome.sample);
    compared += 1;
    const auto name_of = [&](int label) {
      return samples.class_names[static_cast<std::size_t>(label)];
    };
    comparison.model_accuracy += outcome.predicted == outcome.truth ? 1 : 0;
    comparison.listener_accuracy += heard == name_of(outcome.truth) ? 1 : 0;
    comparison.model_agreement += heard == name_of(outcome.predicted) ? 1 : 0;
  }
  if (clips.empty()) return std::nullopt;
  comparison.clips = clips.size();
  comparison.model_accuracy /= compared;
  comparison.listener_accuracy /= compared;
  comparison.model_agreement /= compared;
  return comparison;
}

void summarize_outcomes(const Samples& samples, std::uint64_t seed, Evaluation& evaluation) {
  evaluation.class_names = samples.class_names;
  evaluation.pooled = score_outcomes(samples, pointers_to(evaluation.clips));
  evaluation.intervals = bootstrap_intervals(samples, evaluation.clips, seed);
  evaluation.accuracy = over_folds(evaluation.fold_outcomes, &Scores::accuracy);
  evaluation.uar = over_folds(evaluation.fold_outcomes, &Scores::uar);
  evaluation.macro_f1 = over_folds(evaluation.fold_outcomes, &Scores::macro_f1);
  evaluation.subgroups = subgroups_of(samples, evaluation.clips);
  evaluation.listeners = compare_with_listeners(samples, evaluation.clips);

  std::set<std::string_view> tested;
  for (const ClipOutcome& outcome : evaluation.clips) {
    tested.insert(samples.speakers[outcome.sample]);
  }
  if (evaluation.intervals.unit == "clips") {
    evaluation.notices.push_back(
        tested.contains("") ? "The intervals are drawn over clips because not every speaker is "
                              "known; they are narrower than intervals over speakers would be."
                            : "The intervals are drawn over clips because only one speaker is "
                              "tested; they say nothing of other speakers.");
  } else if (tested.size() < kFewSpeakers) {
    evaluation.notices.push_back(
        fmt::format("Only {} speakers are tested: the intervals over speakers are rough, and "
                    "rather too narrow.",
                    tested.size()));
  }
}

}  // namespace undertone::evaluation
