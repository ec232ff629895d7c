// The time as HTTP writes it.
#pragma once

#include <chrono>
#include <string>

namespace undertone::server {

// RFC 9110, 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT", whatever the locale.
std::string http_date(std::chrono::system_clock::time_point time);

}  // namespace undertone::server
