// The files that tools/make_tensor_goldens.py wrote, and what it says they hold.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/paths.hpp"

namespace undertone::tensor {

inline std::filesystem::path golden_path(const std::string& name) {
  return std::filesystem::path(UNDERTONE_GOLDEN_DIR) / "tensor" / name;
}

// The description of one file: for archives a dictionary of {shape, values} by name.
inline nlohmann::json golden_values(const std::string& name) {
  std::ifstream file(golden_path("expected.json"));
  return nlohmann::json::parse(file).at("files").at(name);
}

inline std::vector<std::uint64_t> shape_of(const nlohmann::json& expected) {
  return expected.at("shape").get<std::vector<std::uint64_t>>();
}

}  // namespace undertone::tensor
