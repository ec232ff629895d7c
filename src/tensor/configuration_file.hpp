// The small JSON files that stand beside a checkpoint's weights: config.json and its kind.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace undertone::tensor {

// The text of a file of at most 1 MiB. Throws Error(kModelCorrupt) if it is larger, and what
// require_regular_file throws.
std::string read_configuration(const std::filesystem::path& path);

// The object that a text holds; `source` names it in messages. Throws Error(kModelCorrupt) if it is
// no JSON object, nested beyond 16 levels, or longer than a file may be.
nlohmann::json parse_configuration(std::string_view text, const std::string& source);

// The value of a key; nullptr if it is absent or null.
const nlohmann::json* find_value(const nlohmann::json& object, const char* key);

// A value as JSON, fit for a message: printable and not too long.
std::string shown(const nlohmann::json& value);

}  // namespace undertone::tensor
