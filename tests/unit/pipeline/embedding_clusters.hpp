// Made-up tables of embeddings.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "pipeline/embedding_file.hpp"

namespace undertone::pipeline::test {

// Clusters of `each` clips a label, `distance` apart; `speakers` per label take turns (0: none is
// known), in two corpora.
inline EmbeddingTable clusters(const std::vector<std::string>& labels, std::size_t each,
                               std::size_t speakers, std::size_t dimension = 8,
                               float distance = 6) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  EmbeddingTable table;
  const std::size_t count = labels.size() * each;
  table.embeddings = tensor::Matrix<float>(count, dimension);
  for (std::size_t r = 0; r < count; ++r) {
    const std::size_t c = r % labels.size();
    for (std::size_t i = 0; i < dimension; ++i) {
      table.embeddings(r, i) = normal(random) + (i == c ? distance : 0.0F);
    }
    table.labels.push_back(labels[c]);
    const std::size_t speaker = speakers == 0 ? 0 : (r / labels.size()) % speakers;
    table.speakers.push_back(speakers == 0 ? "" : "s" + std::to_string(speaker));
    table.corpora.emplace_back(r % 2 == 0 ? "one" : "two");
    table.paths.push_back("clip" + std::to_string(r) + ".wav");
  }
  table.origin = {"enc", "f00", 12, "mean", "soxr", "1"};
  return table;
}

}  // namespace undertone::pipeline::test
