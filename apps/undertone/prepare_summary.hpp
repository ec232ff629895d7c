// What `undertone prepare` found and what it left out, in words.
#pragma once

#include <string>

#include "pipeline/corpus_preparation.hpp"

namespace undertone::cli {

// How many recordings of how many speakers and each emotion were written to `output`, and how many
// were left out for each reason, with examples.
std::string prepare_summary(const std::string& output, const pipeline::Preparation& preparation);

// Only what was left out; "" if nothing was.
std::string left_out_summary(const pipeline::Preparation& preparation);

// All that was left out, as CSV: path, reason, detail.
std::string left_out_csv(const pipeline::Preparation& preparation);

}  // namespace undertone::cli
