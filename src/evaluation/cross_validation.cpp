#include "evaluation/cross_validation.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <fmt/format.h>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include <undertone/error.hpp>

#include "evaluation/fold_training.hpp"
#include "evaluation/outcomes.hpp"
#include "evaluation/side_by_side.hpp"
#include "evaluation/units.hpp"

namespace undertone::evaluation {
namespace {

struct TestedFold {
  std::vector<ClipOutcome> clips;
  FoldOutcome outcome;
  std::vector<std::string> notices;  // that other folds may have as well
  std::string chosen;                // the settings, where they were searched
};

class CrossValidation {
 public:
  CrossValidation(const Samples& samples, const CrossValidationOptions& options, ThreadPool& pool,
                  std::stop_token stop)
      : samples_(samples), options_(options), pool_(pool), stop_(std::move(stop)) {}

  TestedFold run(const Fold& fold) const {
    TestedFold result;
    classifier::EmotionClassifierOptions settings = options_.classifier;
    if (options_.search) settings = choose(fold, result);
    const Fit fit = fit_rows(samples_, fold.train, settings, pool_);
    const tensor::Matrix<float> test = gather(samples_, fold.test);
    const auto begin = std::chrono::steady_clock::now();
    const std::vector<classifier::ClassPrediction> predictions =
        fit.classifier.predict_all(test.view(), options_.timed ? nullptr : &pool_);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    result.clips = clip_outcomes(samples_, fold, predictions);
    result.outcome = fold_outcome(samples_, fold, result.clips);
    if (options_.timed) result.outcome.predict_s = taken.count();
    result.notices.insert(result.notices.end(), fit.used.notices.begin(), fit.used.notices.end());
    return result;
  }

 private:
  classifier::EmotionClassifierOptions choose(const Fold& fold, TestedFold& result) const {
    std::vector<Fold> inner;
    if (fold.validation.empty()) {
      SplitPlan plan = selection_plan(samples_, fold.train, options_.search_folds, options_.seed);
      inner = std::move(plan.trainings);
      result.notices = std::move(plan.notices);
    } else {
      Fold once{.repeat = 0, .fold = 0, .train = fold.train, .validation = {}, .test = {}};
      once.test = fold.validation;
      inner.push_back(std::move(once));
    }
    const SearchOutcome found =
        search(samples_, inner, options_.classifier, *options_.search, pool_, stop_);
    const Candidate& best = found.candidates[found.best];
    result.chosen =
        fmt::format("{} (UAR {:.4f} inside its training data)", in_words(best.options), best.uar);
    return best.options;
  }

  const Samples& samples_;
  const CrossValidationOptions& options_;
  ThreadPool& pool_;
  std::stop_token stop_;
};

std::string name_of(const Fold& fold, const SplitPlan& plan) {
  return plan.repeats > 1 ? fmt::format("Repeat {}, fold {}", fold.repeat + 1, fold.fold + 1)
                          : fmt::format("Fold {}", fold.fold + 1);
}

// Notices that differ in their numbers only are given once, with the number of folds they concern.
void gather_notices(const SplitPlan& plan, const std::vector<TestedFold>& folds,
                    std::vector<std::string>& notices) {
  struct Seen {
    std::string first;
    std::size_t folds = 0;
  };
  std::vector<std::string> order;
  std::map<std::string, Seen> seen;
  for (std::size_t f = 0; f < folds.size(); ++f) {
    for (const std::string& notice : folds[f].notices) {
      std::string kind = notice;
      std::erase_if(kind, [](unsigned char c) { return std::isdigit(c) != 0; });
      Seen& of_kind = seen[kind];
      if (of_kind.folds++ > 0) continue;
      of_kind.first = fmt::format("{}: {}", name_of(plan.trainings[f], plan), notice);
      order.push_back(kind);
    }
  }
  for (const std::string& kind : order) {
    const Seen& of_kind = seen[kind];
    notices.push_back(of_kind.folds > 1 ? fmt::format("{} (likewise in {} further folds).",
                                                      of_kind.first, of_kind.folds - 1)
                                        : of_kind.first + ".");
  }
  for (std::size_t f = 0; f < folds.size(); ++f) {
    if (folds[f].chosen.empty()) continue;
    notices.push_back(
        fmt::format("{} chose {}.", name_of(plan.trainings[f], plan), folds[f].chosen));
  }
}

void note_shared_speakers(const Samples& samples, const SplitPlan& plan, Evaluation& evaluation) {
  if (plan.speaker_independent || !speakers_known(samples, all_rows(samples))) return;
  evaluation.notices.push_back(
      "Speakers are on both sides of the split: these figures are not speaker-independent, and a "
      "new voice will be recognised less well.");
}

}  // namespace

Evaluation cross_validate(const Samples& samples, const SplitPlan& plan,
                          const CrossValidationOptions& options, ThreadPool& pool,
                          const FoldProgress& progress, std::stop_token stop) {
  const CrossValidation validation(samples, options, pool, stop);
  std::size_t most = 0;
  for (const Fold& fold : plan.trainings) most = std::max(most, fold.train.size());
  std::vector<TestedFold> folds(plan.trainings.size());
  std::mutex mutex;
  std::size_t done = 0;
  side_by_side(pool, folds.size(),
               training_bytes(most, samples.embeddings.cols(), options.classifier.svm), stop,
               [&](std::size_t f) {
                 folds[f] = validation.run(plan.trainings[f]);
                 const std::lock_guard lock(mutex);
                 ++done;
                 if (progress) progress(done, folds.size());
               });

  Evaluation evaluation;
  evaluation.split = plan.name;
  evaluation.description = plan.description;
  evaluation.speaker_independent = plan.speaker_independent;
  evaluation.folds = plan.folds;
  evaluation.repeats = plan.repeats;
  evaluation.notices = plan.notices;
  note_shared_speakers(samples, plan, evaluation);
  gather_notices(plan, folds, evaluation.notices);
  for (TestedFold& fold : folds) {
    evaluation.fold_outcomes.push_back(std::move(fold.outcome));
    std::move(fold.clips.begin(), fold.clips.end(), std::back_inserter(evaluation.clips));
  }
  summarize_outcomes(samples, options.seed, evaluation);
  return evaluation;
}

Evaluation evaluate_classifier(const Samples& samples,
                               const classifier::EmotionClassifier& classifier,
                               std::string description, std::uint64_t seed, ThreadPool& pool) {
  const auto names = classifier.class_names();
  std::vector<std::size_t> place(names.size());  // of the classifier's classes among the samples'
  for (std::size_t c = 0; c < names.size(); ++c) {
    const auto found = std::find(samples.class_names.begin(), samples.class_names.end(), names[c]);
    if (found == samples.class_names.end() || samples.class_names.size() != names.size()) {
      throw Error(ErrorCode::kInvalidArgument,
                  "the samples' classes are not those of the classifier");
    }
    place[c] = static_cast<std::size_t>(found - samples.class_names.begin());
  }
  if (samples.size() == 0) {
    throw Error(ErrorCode::kDataInvalid, "no clip has one of the classifier's labels");
  }
  std::vector<classifier::ClassPrediction> predictions =
      classifier.predict_all(samples.embeddings.view(), &pool);
  for (auto& prediction : predictions) {
    std::vector<double> probabilities(names.size());
    for (std::size_t c = 0; c < names.size(); ++c) {
      probabilities[place[c]] = prediction.probabilities[c];
    }
    prediction = {place[prediction.label], std::move(probabilities)};
  }
  Fold fold;
  fold.test = all_rows(samples);
  Evaluation evaluation;
  evaluation.split = "model";
  evaluation.description = std::move(description);
  evaluation.folds = 1;
  evaluation.clips = clip_outcomes(samples, fold, predictions);
  evaluation.fold_outcomes.push_back(fold_outcome(samples, fold, evaluation.clips));
  summarize_outcomes(samples, seed, evaluation);
  return evaluation;
}

}  // namespace undertone::evaluation
