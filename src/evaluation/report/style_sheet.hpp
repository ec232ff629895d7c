// How a report looks: in the light, in the dark, on a telephone and on paper.
#pragma once

#include <string_view>

namespace undertone::evaluation {

// Sober on purpose: the system's own type, one accent, one warning colour. Holds neither "<" nor
// "&", so that it may stand in HTML and XML alike.
std::string_view style_sheet();

}  // namespace undertone::evaluation
