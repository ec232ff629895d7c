// Arithmetic on sizes that came from outside.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>

namespace undertone::tensor {

// nullopt where the result does not fit.
constexpr std::optional<std::uint64_t> checked_multiply(std::uint64_t a, std::uint64_t b) {
  if (b != 0 && a > std::numeric_limits<std::uint64_t>::max() / b) return std::nullopt;
  return a * b;
}

constexpr std::optional<std::uint64_t> checked_add(std::uint64_t a, std::uint64_t b) {
  if (a > std::numeric_limits<std::uint64_t>::max() - b) return std::nullopt;
  return a + b;
}

// The number of elements of a shape; 1 for a scalar.
constexpr std::optional<std::uint64_t> checked_product(std::span<const std::uint64_t> shape) {
  std::optional<std::uint64_t> product = 1;
  for (const std::uint64_t extent : shape) {
    product = checked_multiply(*product, extent);
    if (!product) break;
  }
  return product;
}

}  // namespace undertone::tensor
