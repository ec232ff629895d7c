// What tells one request from all others, in its answer and in the access log.
#pragma once

#include <string>
#include <string_view>

namespace undertone::server {

// What the client's X-Request-Id says, if that is 1 to 64 characters of A-Z a-z 0-9 . _ -; else 128
// bits from the kernel's random generator in hexadecimal, which nobody can guess. Throws
// Error(kInternal) if the kernel gives none.
std::string request_id(std::string_view from_header);

}  // namespace undertone::server
