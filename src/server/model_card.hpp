// What `GET /v1/model` says.
#pragma once

#include <string>

#include "server/hearing.hpp"
#include "server/server_options.hpp"

namespace undertone::server {

// The encoder, the classifier with what it records of its making, and the limits, as JSON;
// docs/api.md has an example.
std::string model_card(const Hearing& hearing, const ServerLimits& limits);

}  // namespace undertone::server
