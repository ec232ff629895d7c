// Splits whose sides are given by what is known of a recording: its corpus, or a column.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "evaluation/splits.hpp"

namespace undertone::evaluation {

// SplitKind::kCorpus and kGiven; see plan_split, which checks what comes out and says whether it is
// speaker-independent.
SplitPlan corpus_sides(const Samples& samples, std::span<const std::size_t> rows,
                       const SplitOptions& options);
SplitPlan given_sides(const Samples& samples, std::span<const std::size_t> rows,
                      const SplitOptions& options);

// Those of `rows` whose column says "test", as given_sides understands it. Throws
// Error(kDataInvalid) if there is no such column, or it says what is no part of a split.
std::vector<std::size_t> rows_marked_test(const Samples& samples, std::span<const std::size_t> rows,
                                          const std::string& column);

}  // namespace undertone::evaluation
