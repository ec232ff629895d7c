#include "tensor/state_dict.hpp"

#include <algorithm>
#include <array>
#include <fmt/core.h>

#include <undertone/error.hpp>

#include "tensor/printable.hpp"

namespace undertone::tensor {
namespace {

using pickle::Dict;
using Tensors = std::map<std::string, const pickle::Tensor*>;

constexpr std::array<std::string_view, 3> kWrappers = {"state_dict", "model", "model_state_dict"};

Tensors tensors_in(const Dict& dict, std::string_view name) {
  Tensors tensors;
  for (const auto& [key, value] : dict.items) {
    const auto* const key_text = std::get_if<std::string>(&key->content);
    const auto* const tensor = std::get_if<std::unique_ptr<pickle::Tensor>>(&value->content);
    if (key_text == nullptr || tensor == nullptr) continue;
    if (!tensors.try_emplace(*key_text, tensor->get()).second) {
      throw Error(ErrorCode::kModelCorrupt,
                  fmt::format("{}: tensor '{}' occurs twice", name, printable(*key_text)));
    }
  }
  return tensors;
}

bool is_wrapper(const pickle::Value& key) {
  const auto* const text = std::get_if<std::string>(&key.content);
  return text != nullptr && std::find(kWrappers.begin(), kWrappers.end(), *text) != kWrappers.end();
}

}  // namespace

std::map<std::string, const pickle::Tensor*> find_state_dict(const pickle::Program& program,
                                                             std::string_view name) {
  constexpr const char* kHint = "Save the model's state_dict() alone.";
  const auto* const root = std::get_if<Dict>(&program.root->content);
  if (root == nullptr) {
    throw Error(ErrorCode::kModelUnsupported,
                fmt::format("{}: holds a Python value that is not a dictionary of tensors", name),
                kHint);
  }
  Tensors found = tensors_in(*root, name);
  if (!found.empty()) return found;
  for (const auto& [key, value] : root->items) {
    const auto* const dict = std::get_if<Dict>(&value->content);
    if (dict == nullptr || !is_wrapper(*key)) continue;
    Tensors tensors = tensors_in(*dict, name);
    if (tensors.empty()) continue;
    if (!found.empty()) {
      throw Error(ErrorCode::kModelUnsupported,
                  fmt::format("{}: holds more than one state dict", name), kHint);
    }
    found = std::move(tensors);
  }
  if (found.empty()) {
    throw Error(ErrorCode::kModelUnsupported, fmt::format("{}: holds no tensors", name), kHint);
  }
  return found;
}

}  // namespace undertone::tensor
