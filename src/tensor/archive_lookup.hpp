// What the archives share: from a TensorInfo given by the caller to the place in their own tables.
#pragma once

#include <cstddef>
#include <fmt/core.h>

#include <undertone/error.hpp>

#include "tensor/tensor_archive.hpp"

namespace undertone::tensor {

// The index of the tensor of that name in archive.tensors(). Throws Error(kInvalidArgument).
inline std::size_t index_of(const TensorArchive& archive, const TensorInfo& tensor) {
  const TensorInfo* const found = archive.find(tensor.name);
  if (found == nullptr) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{}: has no tensor '{}'", archive.path().string(), tensor.name));
  }
  return static_cast<std::size_t>(found - archive.tensors().data());
}

// Throws Error(kInvalidArgument) unless `size` values are what the tensor has.
inline void require_size(const TensorArchive& archive, const TensorInfo& tensor, std::size_t size) {
  if (size != tensor.element_count()) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{}: tensor '{}' has {} elements, room was given for {}",
                            archive.path().string(), tensor.name, tensor.element_count(), size));
  }
}

}  // namespace undertone::tensor
