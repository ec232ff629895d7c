// Matrices for tests of kernels.
#pragma once

#include <cstddef>
#include <random>

#include "tensor/matrix.hpp"

namespace undertone::encoder {

// Normal values around 0.1, the same for the same seed.
inline tensor::Matrix<float> random_matrix(std::size_t rows, std::size_t cols, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0.1F, 1.0F);
  tensor::Matrix<float> matrix(rows, cols);
  for (std::size_t i = 0; i < rows * cols; ++i) matrix.data()[i] = normal(generator);
  return matrix;
}

}  // namespace undertone::encoder
