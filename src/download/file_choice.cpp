#include "download/file_choice.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <string_view>

#include <undertone/error.hpp>

namespace undertone::download {
namespace {

constexpr std::array<std::string_view, 5> kCompanions = {"preprocessor_config.json", "README.md",
                                                         "LICENSE", "LICENSE.md", "LICENSE.txt"};

// In the order in which the encoder looks for them.
struct Checkpoint {
  std::string_view file;
  bool index;
};
constexpr std::array<Checkpoint, 4> kCheckpoints = {{{"model.safetensors", false},
                                                     {"model.safetensors.index.json", true},
                                                     {"pytorch_model.bin", false},
                                                     {"pytorch_model.bin.index.json", true}}};

constexpr std::string_view kBundle = "bundle.safetensors";

}  // namespace

FileChoice choose_files(const std::vector<std::string>& listed, const std::string& model) {
  const auto has = [&](std::string_view name) {
    return std::find(listed.begin(), listed.end(), name) != listed.end();
  };
  FileChoice choice;
  if (!has(choice.config)) {
    throw Error(ErrorCode::kModelUnsupported, model + ": has no config.json",
                "Undertone reads models in the layout of the transformers library.");
  }
  for (const std::string_view name : kCompanions) {
    if (has(name)) choice.companions.emplace_back(name);
  }
  const auto found = std::find_if(kCheckpoints.begin(), kCheckpoints.end(),
                                  [&](const Checkpoint& c) { return has(c.file); });
  if (found == kCheckpoints.end()) {
    throw Error(ErrorCode::kModelUnsupported,
                model + ": has neither model.safetensors nor pytorch_model.bin",
                "Weights of other frameworks (TensorFlow, Flax) are not read; another revision of "
                "the model may have them.");
  }
  if (found->index) {
    choice.index = found->file;
  } else {
    choice.weights.emplace_back(found->file);
  }
  if (has(kBundle)) choice.weights.emplace_back(kBundle);
  return choice;
}

}  // namespace undertone::download
