// Little-endian elements of any dtype, converted to float or double.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "tensor/tensor_archive.hpp"

namespace undertone::tensor {

// `bytes` may stand at any address and must hold out.size() elements of `dtype`. Integers beyond
// 2^24 (float) or 2^53 (double) are rounded.
void convert_elements(DType dtype, std::span<const std::byte> bytes, std::span<float> out);
void convert_elements(DType dtype, std::span<const std::byte> bytes, std::span<double> out);

// The elements of a strided view in row-major order. Strides are in elements. REQUIRES: the view
// lies within `storage`, and out.size() is the product of `shape`.
void gather_elements(DType dtype, std::span<const std::byte> storage, std::uint64_t offset,
                     std::span<const std::uint64_t> shape, std::span<const std::uint64_t> strides,
                     std::span<float> out);
void gather_elements(DType dtype, std::span<const std::byte> storage, std::uint64_t offset,
                     std::span<const std::uint64_t> shape, std::span<const std::uint64_t> strides,
                     std::span<double> out);

}  // namespace undertone::tensor
