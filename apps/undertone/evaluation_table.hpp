// An evaluation as text for people.
#pragma once

#include <string>

#include "evaluation/evaluation.hpp"

namespace undertone::cli {

// Each evaluation (the split in words first, then the figures), and for several of them a table
// that shows them side by side. Control characters of names are made visible; symbols beyond ASCII
// only with `utf8`.
std::string evaluation_text(const evaluation::Study& study, bool utf8);

}  // namespace undertone::cli
