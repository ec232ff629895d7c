// What the user named as inputs, one by one.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <undertone/error.hpp>

namespace undertone::cli {

struct Input {
  std::string name;  // as messages and outputs call it
  std::filesystem::path path{};
  bool standard_input = false;
  std::optional<Error> failure{};  // known before anything was opened
};

struct InputList {
  std::vector<Input> inputs;
  bool single = false;  // the user named one file, not a folder or several
};

// Files as they are, folders as the recordings within in sorted order, "-" as standard input. What
// cannot be read becomes an input that failed. Throws UsageError if "-" is named twice.
InputList expand_inputs(const std::vector<std::string>& arguments);

}  // namespace undertone::cli
