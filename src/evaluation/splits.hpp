// Who trains and who is tested.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "evaluation/samples.hpp"

namespace undertone::evaluation {

enum class SplitKind {
  kSpeaker,        // k folds, no speaker on both sides; stratified as far as speakers allow
  kRandom,         // k stratified folds of clips
  kSentence,       // k folds, no sentence on both sides
  kHoldout,        // training, validation and test part, no speaker in two of them
  kHoldoutRandom,  // the same of clips
  kCorpus,         // each corpus is tested by what the others teach, or train_on and test_on
  kGiven,          // as a column says: "train", "validation", "test"
};

struct SplitOptions {
  SplitKind kind = SplitKind::kSpeaker;
  std::size_t folds = 5;    // of the k-fold splits, 2 to 1000
  std::size_t repeats = 1;  // of all but kCorpus and kGiven, 1 to 1000, each with other folds
  std::uint64_t seed = 0;
  // Of the holdouts: training, validation, test. The first and the last are positive; they are
  // taken relative to their sum.
  std::array<double, 3> shares = {0.70, 0.15, 0.15};
  // Of kCorpus: both empty (each corpus in turn) or neither.
  std::vector<std::string> train_on{};
  std::vector<std::string> test_on{};
  std::string column = "split";  // of kGiven
  std::string given_words{};     // of kGiven: what to call the split in words
};

// One training. Rows of the samples, ascending; no row is in two of the lists.
struct Fold {
  std::size_t repeat = 0;
  std::size_t fold = 0;
  std::vector<std::size_t> train;
  std::vector<std::size_t> validation;  // to choose settings on; empty but in holdouts and kGiven
  std::vector<std::size_t> test;
};

struct SplitPlan {
  std::string name;  // "speaker", "random", "sentence", "holdout", "holdout-random", "corpus",
                     // "published", "given"
  std::string description;           // one sentence
  bool speaker_independent = false;  // all speakers known, none trains and is tested in one fold
  std::size_t folds = 0;             // a repeat
  std::size_t repeats = 1;
  std::vector<Fold> trainings;
  std::vector<std::string> notices;
};

// Splits `rows` of the samples. In every split, recordings of the same content (column sha256, or
// equal embeddings) or derived from one another (column group) are on one side: where units are
// dealt, they are dealt together; where the sides are given (kCorpus, kGiven), the relatives of
// test recordings are left out of training, with a notice. Each k-fold split tests every row once a
// repeat. The same arguments give the same plan on every machine.
//
// Throws Error(kDataInvalid) if the split cannot be made of these data: speakers, sentences or
// corpora that are not known, fewer units than folds, a class that a fold could not train on, fewer
// than two classes; Error(kInvalidArgument) for options outside their range.
SplitPlan plan_split(const Samples& samples, std::span<const std::size_t> rows,
                     const SplitOptions& options);

// The speaker-independent split if every speaker of `rows` is known, else the random one.
SplitKind default_split(const Samples& samples, std::span<const std::size_t> rows);

// "speaker", "holdout-random", "published" (kGiven) ...
std::string to_string(SplitKind kind);

}  // namespace undertone::evaluation
