// From what a model said of each clip to everything an evaluation tells.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "classifier/support_vector_classifier.hpp"
#include "evaluation/evaluation.hpp"
#include "evaluation/samples.hpp"
#include "evaluation/splits.hpp"

namespace undertone::evaluation {

// REQUIRES: one prediction for each of fold.test, over the samples' classes.
std::vector<ClipOutcome> clip_outcomes(const Samples& samples, const Fold& fold,
                                       std::span<const classifier::ClassPrediction> predictions);

// Sizes, speakers and scores of one training; `outcomes` are those of its test clips, at least one.
FoldOutcome fold_outcome(const Samples& samples, const Fold& fold,
                         std::span<const ClipOutcome> outcomes);

// Fills in, from fold_outcomes and clips: class names, pooled scores, intervals (drawn by `seed`),
// mean and deviation over folds, subgroups, listeners. REQUIRES: at least one of both.
void summarize_outcomes(const Samples& samples, std::uint64_t seed, Evaluation& evaluation);

// Of the columns sex, corpus and intensity, where they tell clips apart: at least two values, or
// one and clips for which it is not known (those are in no subgroup).
std::vector<Subgroup> subgroups_of(const Samples& samples, std::span<const ClipOutcome> outcomes);

// nullopt where there is no column listener_emotion, or no clip has a value in it.
std::optional<ListenerComparison> compare_with_listeners(const Samples& samples,
                                                         std::span<const ClipOutcome> outcomes);

}  // namespace undertone::evaluation
