// From a checkpoint's values to its named tensors.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "tensor/pickle.hpp"

namespace undertone::tensor {

// The tensors of a state dict by name. The root may be the state dict itself, or a dictionary that
// holds no tensor but one state dict, under "state_dict", "model" or "model_state_dict"; other
// values (numbers, texts, the optimizer's state) are ignored. Throws Error(kModelCorrupt) on a name
// that occurs twice, Error(kModelUnsupported) if there is no state dict or more than one.
std::map<std::string, const pickle::Tensor*> find_state_dict(const pickle::Program& program,
                                                             std::string_view name);

}  // namespace undertone::tensor
