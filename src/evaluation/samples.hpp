// What is evaluated: embeddings, and what is known of the recording behind each.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "tensor/matrix.hpp"

namespace undertone::evaluation {

// All lists have one element a row of `embeddings`; what is not known is "".
struct Samples {
  tensor::Matrix<float> embeddings;      // [N, D]
  std::vector<int> labels;               // [N], indices into class_names
  std::vector<std::string> class_names;  // in the order of show (dataset::display_order)
  std::vector<std::string> speakers;
  std::vector<std::string> sentences;
  std::vector<std::string> corpora;
  std::vector<std::string> paths;
  // Further columns of the metadata by name: "sex", "intensity", "age", "sha256", "group", "split",
  // "listener_emotion" ...
  std::map<std::string, std::vector<std::string>> columns;

  std::size_t size() const noexcept { return labels.size(); }
  // The column, or nullptr where there is none.
  const std::vector<std::string>* column(const std::string& name) const {
    const auto found = columns.find(name);
    return found == columns.end() ? nullptr : &found->second;
  }
};

}  // namespace undertone::evaluation
