// Studies for the tests of reports: invented outcomes, scored as real ones are.
#pragma once

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "evaluation/evaluation.hpp"

namespace undertone::test {

struct StudyShape {
  std::vector<std::string> class_names = {"Neutral", "Happy", "Sad", "Angry", "Fear", "Disgust"};
  std::size_t speakers = 24;  // 0: not known
  std::size_t clips_per_speaker = 40;
  std::size_t folds = 5;
  std::size_t repeats = 1;
};

// Uniform in [0, 1), the same with every standard library.
class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}
  double uniform() { return static_cast<double>(random_()) / 4294967296.0; }
  double bell() { return uniform() + uniform() + uniform() + uniform() - 2; }

 private:
  std::mt19937 random_;
};

inline std::size_t speakers_of(const StudyShape& shape) {
  return std::max<std::size_t>(shape.speakers, 1);
}

inline evaluation::Scores score_clips(const std::vector<evaluation::ClipOutcome>& clips,
                                      std::size_t classes) {
  std::vector<int> truth;
  std::vector<int> predicted;
  tensor::Matrix<double> probabilities(clips.size(), classes);
  for (std::size_t i = 0; i < clips.size(); ++i) {
    truth.push_back(clips[i].truth);
    predicted.push_back(clips[i].predicted);
    std::copy(clips[i].probabilities.begin(), clips[i].probabilities.end(),
              probabilities.row(i).begin());
  }
  return evaluation::score(truth, predicted, probabilities.view(), classes);
}

inline evaluation::MeanAndDeviation spread_of(const std::vector<evaluation::FoldOutcome>& folds,
                                              double evaluation::Scores::*value) {
  evaluation::MeanAndDeviation spread;
  const auto count = static_cast<double>(folds.size());
  for (const auto& fold : folds) spread.mean += fold.scores.*value / count;
  for (const auto& fold : folds) {
    spread.deviation += std::pow(fold.scores.*value - spread.mean, 2);
  }
  spread.deviation = folds.size() < 2 ? 0 : std::sqrt(spread.deviation / (count - 1));
  return spread;
}

// The more skill, the more often right; `independent` folds hold whole speakers.
inline evaluation::Evaluation made_up_evaluation(const StudyShape& shape, std::string split,
                                                 double skill, bool independent) {
  using namespace evaluation;
  const std::size_t classes = shape.class_names.size();
  const std::size_t samples = speakers_of(shape) * shape.clips_per_speaker;
  Evaluation result;
  result.split = std::move(split);
  result.speaker_independent = independent;
  result.folds = shape.folds;
  result.repeats = shape.repeats;
  result.class_names = shape.class_names;
  const std::string folds = std::to_string(shape.folds) + " folds over ";
  result.description = independent
                           ? "Speaker-independent: " + folds + std::to_string(shape.speakers) +
                                 " speakers; no speaker is on both sides of a fold."
                           : "Random clips: " + folds + std::to_string(samples) +
                                 " clips; the same speakers are on both sides of every fold.";
  Dice dice(7);
  for (std::size_t repeat = 0; repeat < shape.repeats; ++repeat) {
    for (std::size_t sample = 0; sample < samples; ++sample) {
      const std::size_t speaker = sample / shape.clips_per_speaker;
      ClipOutcome clip;
      clip.sample = sample;
      clip.repeat = repeat;
      clip.fold = (independent ? speaker : sample) % shape.folds;
      clip.truth = static_cast<int>(sample % classes);
      double sum = 0;
      for (std::size_t c = 0; c < classes; ++c) {
        const bool right = static_cast<int>(c) == clip.truth;
        const double ease =
            1 - 0.09 * static_cast<double>(c) + 0.03 * static_cast<double>(speaker % 7);
        const double alike = (c + 2) % classes == sample % classes ? 0.6 : 0;
        const double value = std::exp(1.6 * dice.bell() + (right ? skill * ease : 0) + alike);
        clip.probabilities.push_back(value);
        sum += value;
      }
      for (double& probability : clip.probabilities) probability /= sum;
      clip.predicted =
          static_cast<int>(std::max_element(clip.probabilities.begin(), clip.probabilities.end()) -
                           clip.probabilities.begin());
      result.clips.push_back(std::move(clip));
    }
  }
  result.pooled = score_clips(result.clips, classes);
  for (std::size_t repeat = 0; repeat < shape.repeats; ++repeat) {
    for (std::size_t fold = 0; fold < shape.folds; ++fold) {
      std::vector<ClipOutcome> tested;
      for (const ClipOutcome& clip : result.clips) {
        if (clip.repeat == repeat && clip.fold == fold) tested.push_back(clip);
      }
      FoldOutcome outcome;
      outcome.repeat = repeat;
      outcome.fold = fold;
      outcome.test_samples = tested.size();
      outcome.train_samples = samples - tested.size();
      if (shape.speakers > 0) {
        outcome.test_speakers = independent ? shape.speakers / shape.folds : shape.speakers;
        outcome.train_speakers =
            independent ? shape.speakers - outcome.test_speakers : shape.speakers;
        outcome.shared_speakers = independent ? 0 : shape.speakers;
      }
      outcome.scores = score_clips(tested, classes);
      result.fold_outcomes.push_back(std::move(outcome));
    }
  }
  result.accuracy = spread_of(result.fold_outcomes, &Scores::accuracy);
  result.uar = spread_of(result.fold_outcomes, &Scores::uar);
  result.macro_f1 = spread_of(result.fold_outcomes, &Scores::macro_f1);
  const auto around = [&](double value) {
    return Interval{std::max(0.0, value - 0.034), std::min(1.0, value + 0.031)};
  };
  result.intervals = {shape.speakers > 0 ? "speakers" : "clips", 2000,
                      around(result.pooled.accuracy), around(result.pooled.uar),
                      around(result.pooled.macro_f1)};
  for (const auto& [column, value, part] :
       {std::tuple{"sex", "female", 0U}, {"sex", "male", 1U}, {"corpus", "ravdess", 2U}}) {
    std::vector<ClipOutcome> members;
    for (const ClipOutcome& clip : result.clips) {
      const auto speaker = static_cast<unsigned>(clip.sample / shape.clips_per_speaker);
      if (part == 2U ? clip.sample < 22 : speaker % 2 == part) members.push_back(clip);
    }
    if (members.empty()) continue;
    result.subgroups.push_back({column, value, score_clips(members, classes)});
  }
  if (!independent) {
    result.notices = {"The same speakers are in training and test: expect less from new voices."};
  }
  return result;
}

// A study without evaluations.
inline evaluation::Study made_up_study(const StudyShape& shape) {
  evaluation::Study study;
  study.created_by = "undertone 0.1.0";
  study.source = "ravdess.npz";
  study.facts = {{"Encoder", "hubert-large-ll60k"},
                 {"Layer", "24 of 24, mean over frames"},
                 {"Classifier", "StandardScaler, PCA 200, RBF-SVM (C = 1, gamma = scale)"},
                 {"Seed", "0"}};
  study.class_names = shape.class_names;
  study.speakers = shape.speakers;
  study.samples = speakers_of(shape) * shape.clips_per_speaker;
  Dice dice(11);
  for (std::size_t i = 0; i < study.samples; ++i) {
    const std::string speaker =
        shape.speakers == 0 ? "" : "ravdess-" + std::to_string(i / shape.clips_per_speaker + 1);
    study.paths.push_back("clips/" + std::to_string(i) + ".flac");
    study.speaker_of.push_back(speaker);
    const auto label = i % shape.class_names.size();
    const double angle = 6.2831853 * static_cast<double>(label) / 6;
    study.map.push_back({static_cast<float>(9 * std::cos(angle) + 8 * dice.bell()),
                         static_cast<float>(5 * std::sin(angle) + 6 * dice.bell()),
                         static_cast<int>(label), speaker});
  }
  return study;
}

inline evaluation::Study study_of_one(const StudyShape& shape = {}) {
  evaluation::Study study = made_up_study(shape);
  study.evaluations.push_back(made_up_evaluation(shape, shape.speakers > 0 ? "speaker" : "random",
                                                 1.3, shape.speakers > 0));
  study.evaluations[0].listeners = evaluation::ListenerComparison{
      study.samples - 3, study.evaluations[0].pooled.accuracy, 0.41, 0.38};
  return study;
}

inline evaluation::Study study_of_two(const StudyShape& shape = {}) {
  evaluation::Study study = made_up_study(shape);
  study.evaluations.push_back(made_up_evaluation(shape, "random", 2.4, false));
  study.evaluations.push_back(made_up_evaluation(shape, "speaker", 1.3, true));
  return study;
}

}  // namespace undertone::test
