// The version of the library that is linked.
#pragma once

#include <string_view>

namespace undertone {

// "MAJOR.MINOR.PATCH".
std::string_view version();

}  // namespace undertone
