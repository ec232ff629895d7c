// The pictures of a report. Each has a title and a description for those who cannot see it, and
// `prefix` before its ids, which makes them unique where a report holds several evaluations.
#pragma once

#include <string>
#include <string_view>

#include "evaluation/evaluation.hpp"
#include "evaluation/report/markup.hpp"

namespace undertone::evaluation {

// Most points a map shows; of more, every n-th.
inline constexpr std::size_t kMapPoints = 3000;

// UAR of each evaluation with its interval, and the distance between two of them (indices into
// study.evaluations; equal where there is none to show).
void draw_comparison(Markup& markup, const Study& study, std::size_t from, std::size_t to);

// Precision, recall and F1 of each class.
void draw_class_bars(Markup& markup, const Evaluation& evaluation, std::string_view prefix);

// Counts and shares of each row.
void draw_confusion(Markup& markup, const Evaluation& evaluation, std::string_view prefix);

// Accuracy against confidence, and how many predictions stand behind each point.
void draw_reliability(Markup& markup, const Evaluation& evaluation, std::string_view prefix);

// The scores of each fold, their mean and standard deviation.
void draw_fold_spread(Markup& markup, const Evaluation& evaluation, std::string_view prefix);

// The embeddings in two dimensions, by class.
void draw_map(Markup& markup, const Study& study);

}  // namespace undertone::evaluation
