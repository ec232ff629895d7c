// Whether a study holds together, asked before it is written.
#pragma once

#include "evaluation/evaluation.hpp"

namespace undertone::evaluation {

// Throws Error(kInvalidArgument) unless the study has an evaluation and all its lists fit: scores
// and probabilities of every class, labels that are classes, samples that exist.
void require_whole(const Study& study);

}  // namespace undertone::evaluation
