// The description of the HTTP API, as GET /openapi.json gives it.
#pragma once

#include <string_view>

namespace undertone::server {

// OpenAPI 3.1 as JSON, with this version's number. src/server/openapi.json is its source.
std::string_view openapi_document();

}  // namespace undertone::server
