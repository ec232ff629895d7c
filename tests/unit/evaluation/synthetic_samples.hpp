// Made-up embeddings of made-up speakers.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "evaluation/samples.hpp"

namespace undertone::evaluation::test {

struct Recipe {
  std::size_t classes = 3;
  std::size_t speakers = 6;
  std::size_t each = 4;  // clips a speaker and class
  std::size_t dimension = 6;
  double class_distance = 2;      // between what all speakers do for a class
  double signature_distance = 0;  // between what each speaker does for a class alone
  unsigned seed = 1;
};

// Rows speaker by speaker, class by class. Sentences "t0", "t1" in turn; one corpus "made-up".
inline Samples make_samples(const Recipe& recipe = {}) {
  std::mt19937_64 random(recipe.seed);
  std::normal_distribution<double> normal;
  const auto vector = [&](double length) {
    std::vector<double> v(recipe.dimension);
    for (double& value : v) value = length * normal(random);
    return v;
  };
  std::vector<std::vector<double>> centre;
  for (std::size_t c = 0; c < recipe.classes; ++c) centre.push_back(vector(recipe.class_distance));
  Samples samples;
  const std::size_t count = recipe.speakers * recipe.classes * recipe.each;
  samples.embeddings = tensor::Matrix<float>(count, recipe.dimension);
  std::size_t row = 0;
  for (std::size_t c = 0; c < recipe.classes; ++c) {
    samples.class_names.emplace_back(1, static_cast<char>('A' + c));
  }
  for (std::size_t s = 0; s < recipe.speakers; ++s) {
    for (std::size_t c = 0; c < recipe.classes; ++c) {
      const std::vector<double> signature = vector(recipe.signature_distance);
      for (std::size_t i = 0; i < recipe.each; ++i, ++row) {
        for (std::size_t d = 0; d < recipe.dimension; ++d) {
          samples.embeddings(row, d) =
              static_cast<float>(centre[c][d] + signature[d] + normal(random));
        }
        samples.labels.push_back(static_cast<int>(c));
        samples.speakers.push_back("s" + std::to_string(s));
        samples.sentences.push_back("t" + std::to_string(i % 2));
        samples.corpora.emplace_back("made-up");
        samples.paths.push_back("clip" + std::to_string(row) + ".wav");
      }
    }
  }
  return samples;
}

}  // namespace undertone::evaluation::test
