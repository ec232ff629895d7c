// A .npy file in two parts, so that an array can be written without copying it.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "tensor/npy.hpp"

namespace undertone::tensor {

struct NpyParts {
  std::string header;
  std::span<const std::byte> data;  // of the array, or of `owned`
  std::vector<std::byte> owned;     // texts in NumPy's form

  NpyParts() = default;
  NpyParts(NpyParts&&) = default;  // moving a vector keeps its bytes where they are
  NpyParts& operator=(NpyParts&&) = default;
};

// Borrows from `array`. Throws Error(kInvalidArgument), see serialize_npy().
NpyParts npy_parts(const NpyArray& array);

}  // namespace undertone::tensor
