// One tree of a random forest, in training.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "classifier/random_forest.hpp"
#include "tensor/matrix.hpp"

namespace undertone::classifier {

// A tree in preorder, as ForestParameters keeps it, with leaves counted from its own first.
struct GrownTree {
  std::vector<std::int32_t> feature;
  std::vector<double> threshold;
  std::vector<std::int32_t> next;
  std::vector<double> leaves;  // [leaves, k] row by row
};

// Tree number `number` of a forest. `class_weight`: [classes]. REQUIRES: trainable data (see
// require_trainable) and valid options. Thread-safe.
GrownTree grow_tree(tensor::MatrixView<const double> x, std::span<const int> labels,
                    std::span<const double> class_weight, const ForestOptions& options,
                    std::size_t number);

}  // namespace undertone::classifier
