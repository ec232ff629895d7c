// Synthetic data for property tests: overlapping Gaussian clusters, one a class.
#pragma once

#include <random>
#include <vector>

#include "tensor/matrix.hpp"

namespace undertone::classifier::test {

template <class T>
struct LabelledData {
  tensor::Matrix<T> x;
  std::vector<int> labels;
};

template <class T = double>
LabelledData<T> random_clusters(unsigned seed, std::size_t samples, std::size_t classes,
                                std::size_t features, double distance) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  tensor::Matrix<double> centres(classes, features);
  for (std::size_t i = 0; i < classes * features; ++i)
    centres.data()[i] = distance * normal(random);
  LabelledData<T> data{tensor::Matrix<T>(samples, features), std::vector<int>(samples)};
  for (std::size_t i = 0; i < samples; ++i) {
    const std::size_t c = i < 2 * classes ? i % classes : random() % classes;
    data.labels[i] = static_cast<int>(c);
    for (std::size_t f = 0; f < features; ++f) {
      data.x(i, f) = static_cast<T>(centres(c, f) + normal(random));
    }
  }
  return data;
}

}  // namespace undertone::classifier::test
