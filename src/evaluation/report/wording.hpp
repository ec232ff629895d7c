// Numbers and names as a reader sees them: the same on every machine, whatever its locale.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "evaluation/evaluation.hpp"

namespace undertone::evaluation {

// What stands for a number that is not finite, which no score should ever be.
inline constexpr std::string_view kNotANumber = "n/a";

std::string percent(double share);  // 0.5613 -> "56.1 %", with a narrow no-break space
std::string percent_range(const Interval& interval);  // "51.2–60.8 %"
std::string points(double difference);                // -0.1985 -> "−19.9 points"
std::string decimal(double value, int digits);        // 0.12345, 3 -> "0.123"
std::string signed_decimal(double value, int digits);
std::string count(std::size_t number);                          // 7442 -> "7,442"
std::string counted(std::size_t number, std::string_view one);  // "1 clip", "7,442 clips"

// What a split is called in a table: "Speaker-independent" for "speaker". Names that are not known
// stay as they are.
std::string split_name(const Evaluation& evaluation);

// How many of a fold's test speakers were heard in training, at most: "none", "up to 18 of 18",
// "not known".
std::string shared_speakers(const Evaluation& evaluation);

}  // namespace undertone::evaluation
