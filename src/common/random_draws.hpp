// Random numbers that are the same on every machine. The standard fixes what std::mt19937_64 gives,
// but not what its distributions and std::shuffle make of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <utility>
#include <vector>

namespace undertone {

// A whole number in [0, bound), all equally likely. REQUIRES: bound >= 1.
inline std::uint64_t draw_below(std::uint64_t bound, std::mt19937_64& random) {
  const std::uint64_t unbiased = std::numeric_limits<std::uint64_t>::max() / bound * bound;
  std::uint64_t draw = random();
  while (draw >= unbiased) draw = random();
  return draw % bound;
}

// Puts the values in random order, all orders equally likely.
template <class T>
void shuffle(std::vector<T>& values, std::mt19937_64& random) {
  for (std::size_t i = values.size(); i > 1; --i) {
    std::swap(values[i - 1], values[draw_below(i, random)]);
  }
}

}  // namespace undertone
