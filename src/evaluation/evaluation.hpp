// The outcome of an evaluation: everything a report shows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "evaluation/scores.hpp"
#include "tensor/matrix.hpp"

namespace undertone::evaluation {

struct Interval {
  double low = 0;
  double high = 0;
};

// 95 % intervals of the pooled scores: a bootstrap over speakers where they are known, else over
// clips (`unit` says which).
struct ScoreIntervals {
  std::string unit;  // "speakers", "clips"
  std::size_t resamples = 0;
  Interval accuracy;
  Interval uar;
  Interval macro_f1;
};

// One training and what it was tested on.
struct FoldOutcome {
  std::size_t repeat = 0;  // from 0
  std::size_t fold = 0;    // from 0
  std::size_t train_samples = 0;
  std::size_t test_samples = 0;
  std::size_t train_speakers = 0;  // 0 where they are not known
  std::size_t test_speakers = 0;
  std::size_t shared_speakers = 0;  // on both sides: 0 in a speaker-independent split
  Scores scores;                    // of the test samples
  // Seconds to predict the test samples on one thread; 0 where no time was taken
  // (CrossValidationOptions::timed).
  double predict_s = 0;
};

struct MeanAndDeviation {
  double mean = 0;
  double deviation = 0;  // sample standard deviation over the folds, 0 for one fold
};

// What the model said of one clip. With several repeats a clip has one for each.
struct ClipOutcome {
  std::size_t sample = 0;  // row
  std::size_t repeat = 0;
  std::size_t fold = 0;
  int truth = 0;
  int predicted = 0;  // arg-max of probabilities
  std::vector<double> probabilities;
};

// Scores of the clips that share a value of a column: sex = "female", corpus = "ravdess".
struct Subgroup {
  std::string column;
  std::string value;
  Scores scores;
};

// People who heard the same clips (their most frequent answer, where there is one).
struct ListenerComparison {
  std::size_t clips = 0;         // that have votes and a most frequent answer
  double model_accuracy = 0;     // against the intended emotion, on these clips
  double listener_accuracy = 0;  // the listeners' answer against the intended emotion
  double model_agreement = 0;    // of the model's answer with the listeners'
};

// A point of the two-dimensional map of embeddings: first two principal components of the scaled
// embeddings of all clips (for the eye; nothing is scored with it).
struct MapPoint {
  float x = 0;
  float y = 0;
  int label = 0;
  std::string speaker;
};

// One split of the data and how it went.
struct Evaluation {
  std::string split;  // "speaker", "random", "sentence", "holdout", "corpus", "model"
  // The split in words, one sentence: "Speaker-independent: 5 folds over 18 speakers; no speaker is
  // on both sides of a fold."
  std::string description;
  bool speaker_independent = false;
  std::size_t folds = 0;
  std::size_t repeats = 1;
  std::vector<std::string> class_names;
  Scores pooled;  // over all clip outcomes
  ScoreIntervals intervals;
  std::vector<FoldOutcome> fold_outcomes;
  MeanAndDeviation accuracy;  // over the folds
  MeanAndDeviation uar;
  MeanAndDeviation macro_f1;
  std::vector<Subgroup> subgroups;
  std::optional<ListenerComparison> listeners;
  std::vector<ClipOutcome> clips;
  std::vector<std::string> notices;  // what a reader must know, in sentences
};

// Two evaluations of the same clips: the second's pooled scores less the first's. The intervals are
// of the difference itself: each resample draws the same speakers (or clips) for both, so what
// makes a speaker hard for either cancels out.
struct Difference {
  std::size_t first = 0;  // among the study's evaluations
  std::size_t second = 0;
  std::string unit;  // what was drawn: "speakers", "clips"
  Interval accuracy;
  Interval uar;
  Interval macro_f1;
  // Two-sided p-value of "UAR is the same", from the same resamples: twice the lesser share of
  // those that lie on either side of 0 (Efron and Tibshirani 1993, chapter 15), never below 2/(n +
  // 1).
  double uar_p = 1;
};

// What all evaluations of one report share.
struct Study {
  std::string created_by;  // "undertone 0.1.0"
  std::string source;      // the embeddings' file name
  std::vector<std::pair<std::string, std::string>>
      facts;  // shown as a table: encoder, layer, classifier ...
  std::size_t samples = 0;
  std::size_t speakers = 0;  // 0 where not known
  std::vector<std::string> class_names;
  std::vector<std::string> paths;       // [N] for the CSV of clips
  std::vector<std::string> speaker_of;  // [N]
  std::vector<MapPoint> map;
  std::vector<Evaluation> evaluations;  // one, or several to compare
  std::vector<Difference> differences;  // of each two, the earlier first
};

}  // namespace undertone::evaluation
