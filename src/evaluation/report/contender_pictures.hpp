// The pictures of a comparison, each with a title and a description for those who cannot see it.
#pragma once

#include "evaluation/comparison.hpp"
#include "evaluation/report/markup.hpp"

namespace undertone::evaluation {

// UAR against what a second of audio costs, on a logarithmic scale, of those contenders whose cost
// is known; nothing where that is none. Shape and colour say which encoder.
bool has_costs(const Comparison& comparison);
void draw_costs(Markup& markup, const Comparison& comparison);

// UAR by layer, a line for each encoder that has several layers and each classifier.
bool has_layers(const Comparison& comparison);
void draw_layers(Markup& markup, const Comparison& comparison);

}  // namespace undertone::evaluation
