// How far the figures can be trusted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "evaluation/evaluation.hpp"
#include "evaluation/samples.hpp"

namespace undertone::evaluation {

inline constexpr std::size_t kBootstrapResamples = 2000;

// 95 % percentile intervals of accuracy, UAR and macro-F1 (B. Efron, R. Tibshirani, "An
// introduction to the bootstrap", 1993, chapter 13): the tested speakers are drawn anew with
// replacement, as many as there are, each with all of their clips, and the pooled figures are
// computed again. Clips of one speaker resemble each other; drawing them one by one would claim
// more certainty than there is. Where a speaker is not known, or there is only one, clips are
// drawn. All outcomes of a clip (one a repeat) stay together. Percentiles are interpolated
// linearly, as NumPy's. The same arguments give the same intervals on every machine.
// REQUIRES: at least one outcome.
ScoreIntervals bootstrap_intervals(const Samples& samples, std::span<const ClipOutcome> outcomes,
                                   std::uint64_t seed, std::size_t resamples = kBootstrapResamples);

// The same for the difference of two evaluations, the second less the first: each resample draws
// the same speakers (or clips) for both. `first` and `second` of the result are left to the caller.
// REQUIRES: at least one outcome in each.
Difference bootstrap_difference(const Samples& samples, std::span<const ClipOutcome> first,
                                std::span<const ClipOutcome> second, std::uint64_t seed,
                                std::size_t resamples = kBootstrapResamples);

// What the best of several evaluations would score on speakers it was not chosen by.
struct SelectionEstimate {
  double uar = 0;
  Interval interval;  // 95 %, over the resamples
};

// I. Tsamardinos, E. Greasidou, G. Borboudakis, "Bootstrapping the out-of-sample predictions for
// efficient and accurate cross-validation", Machine Learning 107, 2018: in each resample the
// evaluation with the greatest UAR on the drawn speakers (or clips) is scored on those that were
// not drawn; the mean of these scores is free of the luck of having been chosen. REQUIRES: at least
// one evaluation, each with an outcome.
SelectionEstimate bootstrap_selection(const Samples& samples,
                                      std::span<const std::span<const ClipOutcome>> evaluations,
                                      std::uint64_t seed,
                                      std::size_t resamples = kBootstrapResamples);

}  // namespace undertone::evaluation
