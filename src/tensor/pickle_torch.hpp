// What a checkpoint's pickle may call, done to plain values.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>

#include <undertone/error.hpp>

#include "tensor/pickle.hpp"

namespace undertone::tensor::pickle {

// A malformed pickle or call; the message does not say in which file.
class Malformed : public std::runtime_error {
 public:
  explicit Malformed(const std::string& what, ErrorCode code = ErrorCode::kModelCorrupt)
      : std::runtime_error(what), code_(code) {}
  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

using Content = decltype(Value::content);

// The callable or storage type of that name, or nullopt: then it must be refused.
std::optional<Content> find_global(std::string_view module, std::string_view name);

// callable(*arguments). _rebuild_parameter gives back its first argument, so the result may be an
// existing value; otherwise it is new. Throws Malformed.
std::variant<Ref, Content> call(Callable callable, const Tuple& arguments);

// A persistent id: ('storage', type, key, location, size). Throws Malformed.
Content load_persistent(const Tuple& id);

}  // namespace undertone::tensor::pickle
