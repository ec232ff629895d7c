// What a classifier says of one embedding.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace undertone::classifier {

struct ClassPrediction {
  std::size_t label = 0;  // arg-max of `probabilities` where there are some; ties to the lowest
  std::vector<double> probabilities;  // [k], or empty for a machine without
};

// The place of the greatest value, the first of equals. REQUIRES: at least one, none of them NaN.
inline std::size_t arg_max(std::span<const double> values) {
  return static_cast<std::size_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

inline ClassPrediction prediction_of(std::vector<double> probabilities) {
  const std::size_t label = arg_max(probabilities);
  return {label, std::move(probabilities)};
}

}  // namespace undertone::classifier
