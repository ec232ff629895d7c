// Several encoders, layers and classifiers on the same folds of the same recordings.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "evaluation/bootstrap.hpp"
#include "evaluation/evaluation.hpp"
#include "evaluation/samples.hpp"

namespace undertone::evaluation {

// One way from a recording to an emotion.
struct Contender {
  std::string encoder;  // different encoders have different names
  std::size_t layer = 0;
  std::string classifier;  // "svm", "logistic", "forest", "ensemble"
  std::string settings;    // in words
  std::string doubt;       // why the encoder looks untrained; "" where it does not
  Evaluation evaluation;
  // Milliseconds on one core: for a second of audio up to the layer, where that was measured; and
  // to classify a clip.
  std::optional<double> encode_ms;
  double classify_ms = 0;
  // Both together for a second of audio, where clips' mean length is known as well.
  std::optional<double> cost_ms;
  // The best's scores are the second of the difference; of the best itself nothing is said.
  Difference to_best;
  double adjusted_p = 1;  // to_best.uar_p after Holm's correction for the number of comparisons

  // "hubert-base"; "hubert-base (untrained)" if there is a doubt.
  std::string encoder_label() const;

  // "hubert-base (untrained), layer 9, svm": nowhere does a score stand without it.
  std::string name() const;
};

struct Comparison {
  std::string created_by;
  std::string source;  // what was compared on
  std::vector<std::pair<std::string, std::string>> facts;
  std::size_t samples = 0;
  std::size_t speakers = 0;  // 0 where not known
  std::vector<std::string> class_names;
  std::string split;  // the split in words, one sentence
  bool speaker_independent = false;
  std::vector<std::string> notices;  // what a reader must know, in sentences
  std::vector<Contender> contenders;
  std::size_t best = 0;         // of the greatest UAR, the first of equals
  SelectionEstimate selection;  // of the best, corrected for having been chosen
};

// Fills in best, selection and each contender's differences; `seed` draws the resamples. REQUIRES:
// a contender, and an outcome for each.
void rank_contenders(const Samples& samples, std::uint64_t seed, Comparison& comparison);

// Holm's step-down correction (S. Holm, "A simple sequentially rejective multiple test procedure",
// Scandinavian Journal of Statistics 6, 1979): the chance that any of the values at most α is there
// by luck stays below α. In the order given.
std::vector<double> holm_adjusted(const std::vector<double>& p_values);

// The contenders' numbers, the greatest UAR first.
std::vector<std::size_t> by_score(const Comparison& comparison);

// A sentence for each encoder that looks untrained; none where all look trained.
std::vector<std::string> untrained_warnings(const Comparison& comparison);

// One HTML document without script, like an evaluation's report; and the same numbers as JSON
// (docs/compare.md describes it).
std::string comparison_html(const Comparison& comparison);
std::string comparison_json(const Comparison& comparison);

// Writes compare.html and compare.json into the folder, which is made if need be; each is replaced
// atomically, compare.html last. Throws Error(kFileUnwritable).
void write_comparison(const std::filesystem::path& folder, const Comparison& comparison);

}  // namespace undertone::evaluation
