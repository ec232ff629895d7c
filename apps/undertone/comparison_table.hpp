// A comparison as a table for people.
#pragma once

#include <string>

#include "evaluation/comparison.hpp"

namespace undertone::cli {

std::string comparison_text(const evaluation::Comparison& comparison);

}  // namespace undertone::cli
