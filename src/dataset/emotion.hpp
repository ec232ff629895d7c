// What emotions are called, and in which order they are shown.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace undertone::dataset {

// The six of the field, in the order of every output.
inline constexpr std::array<std::string_view, 6> kEmotions = {"Neutral", "Happy", "Sad",
                                                              "Angry",   "Fear",  "Disgust"};

bool is_one_of_the_six(std::string_view label);

// The canonical name of one of the six for its common spellings in any case ("neu", "HAP",
// "happiness", "anger", "fearful" ...); any other label as it is, without the white space around
// it.
std::string normalize_emotion(std::string_view label);

// Positions of `labels` in the order of show: the six as above, then all others alphabetically.
std::vector<std::size_t> display_order(const std::vector<std::string>& labels);

}  // namespace undertone::dataset
