// The data that tools/make_classifier_goldens.py wrote.
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "support/paths.hpp"
#include "tensor/matrix.hpp"

namespace undertone::classifier::test {

inline nlohmann::json read_golden(const std::string& name) {
  std::ifstream file(std::string(UNDERTONE_GOLDEN_DIR) + "/classifier/" + name + ".json");
  if (!file) throw std::runtime_error("no golden " + name);
  return nlohmann::json::parse(file);
}

inline tensor::Matrix<double> to_matrix(const nlohmann::json& rows) {
  tensor::Matrix<double> matrix(rows.size(), rows.at(0).size());
  for (std::size_t r = 0; r < matrix.rows(); ++r) {
    for (std::size_t c = 0; c < matrix.cols(); ++c) {
      matrix(r, c) = rows.at(r).at(c).get<double>();
    }
  }
  return matrix;
}

template <class T = double>
std::vector<T> to_vector(const nlohmann::json& values) {
  return values.get<std::vector<T>>();
}

// "A", "B", ...
inline std::vector<std::string> names(std::size_t classes) {
  std::vector<std::string> result;
  for (std::size_t c = 0; c < classes; ++c) result.emplace_back(1, static_cast<char>('A' + c));
  return result;
}

}  // namespace undertone::classifier::test
