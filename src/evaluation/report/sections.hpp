// The parts of a report, in the order in which they stand there.
#pragma once

#include <string>

#include "evaluation/evaluation.hpp"
#include "evaluation/report/markup.hpp"

namespace undertone::evaluation {

// Where an evaluation stands in the document.
struct Place {
  std::string prefix;  // of its ids: "e1-"
  int level = 2;       // of its headings
};

// UAR and accuracy with their intervals, how much was tested, and what a reader must know.
void write_headline(Markup& markup, const Study& study, const Evaluation& evaluation,
                    const Place& place);

// By emotion, confusions, calibration, folds, groups, listeners.
void write_evaluation(Markup& markup, const Evaluation& evaluation, const Place& place);

// Several evaluations side by side, and what their difference teaches.
void write_comparison(Markup& markup, const Study& study);

// The first line of a report of several evaluations.
std::string comparison_title(const Study& study);

void write_map(Markup& markup, const Study& study);
void write_facts(Markup& markup, const Study& study);
void write_reading(Markup& markup);

}  // namespace undertone::evaluation
