// Settings of the classifier chosen by cross-validation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "classifier/emotion_classifier.hpp"
#include "common/thread_pool.hpp"
#include "evaluation/samples.hpp"
#include "evaluation/splits.hpp"

namespace undertone::evaluation {

// Every combination of these is tried. REQUIRES: none of the lists is empty.
struct SearchGrid {
  std::vector<double> costs = {0.3, 1, 3, 10};
  std::vector<classifier::Gamma> gammas = {classifier::GammaRule::kScale,
                                           classifier::GammaRule::kAuto};
  std::vector<std::optional<classifier::PcaSize>> pca = {classifier::PcaSize{std::size_t{100}},
                                                         classifier::PcaSize{std::size_t{200}}};
  std::vector<classifier::ClassWeight> class_weights = {classifier::ClassWeight::kNone};

  std::size_t size() const noexcept {
    return costs.size() * gammas.size() * pca.size() * class_weights.size();
  }
};

struct Candidate {
  classifier::EmotionClassifierOptions options;
  double uar = 0;  // over all clips held out, pooled: a figure to select by, no test of the winner
};

struct SearchOutcome {
  std::vector<Candidate> candidates;  // the simplest first: see simpler()
  std::size_t best = 0;               // greatest UAR, the simplest of equals
};

// The simpler of two settings: smaller C; then fewer components (numbers before fractions before
// none); then gamma by rule before gamma by number, smaller before greater; then no class weights
// before balanced ones.
bool simpler(const classifier::EmotionClassifierOptions& a,
             const classifier::EmotionClassifierOptions& b);

// Trains on fold.train and scores on fold.test for each fold and each combination of the grid; what
// the grid does not name is as in `base`. Scaler and components are fitted once a fold and shared;
// probabilities, which cost much and order nothing, are left out: the votes decide. The result does
// not depend on the number of threads. REQUIRES: `base` is of the kind kSvm, whose settings the
// grid holds. Throws what fit_rows and SupportVectorClassifier::fit throw, and Error(kCancelled).
SearchOutcome search(const Samples& samples, std::span<const Fold> folds,
                     const classifier::EmotionClassifierOptions& base, const SearchGrid& grid,
                     ThreadPool& pool, std::stop_token stop = {});

// The inner cross-validation of a search over `rows`: folds of speakers where all are known, else
// of clips; as many folds as asked for, or as speakers (or the units of plan_split) allow, with a
// notice. Throws what plan_split throws.
SplitPlan selection_plan(const Samples& samples, std::span<const std::size_t> rows,
                         std::size_t folds, std::uint64_t seed);

// "C = 1, gamma = scale, 200 components, one-vs-one, class weight none", "random forest of 100
// trees, 200 components, class weight none" ...
std::string in_words(const classifier::EmotionClassifierOptions& options);

}  // namespace undertone::evaluation
