// What .npy and .npz share: element types, and a file in two parts, so that an array can be written
// without copying it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
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

// The header of an array that is written from a stream, and the size of its elements. Throws
// Error(kInvalidArgument) for texts and for a shape that overflows.
std::string npy_stream_header(const NpyStream& stream, std::uint64_t& data_size);

// In bytes; 0 for kUnicode.
std::size_t element_size(NpyArray::Type type);

// The type of elements that are taken as they stand in the file, or none.
std::optional<NpyArray::Type> plain_type(std::string_view descr);

}  // namespace undertone::tensor
