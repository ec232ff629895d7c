// Embeddings of a data set and what is known of each: the file emb.npz.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tensor/matrix.hpp"

namespace undertone::pipeline {

// How embeddings were computed.
struct EmbeddingOrigin {
  std::string encoder;
  std::string encoder_fingerprint;
  std::size_t layer = 0;
  std::string pooling;
  std::string resampler;
  std::string undertone_version;
};

// Rows of `embeddings` and elements of the six lists belong together; what is not known is "".
struct EmbeddingTable {
  tensor::Matrix<float> embeddings;  // [N, D]
  std::vector<std::string> labels;
  std::vector<std::string> speakers;
  std::vector<std::string> sentences;
  std::vector<std::string> corpora;
  std::vector<std::string> paths;
  std::vector<std::string> ids;
  // Further columns of the metadata by name, e.g. "sex", "intensity", "sha256"; in the file as
  // metadata_NAME.
  std::map<std::string, std::vector<std::string>> columns;
  // Recordings that gave no embedding, and why.
  std::vector<std::string> failed_paths;
  std::vector<std::string> failed_reasons;
  EmbeddingOrigin origin;
};

// Arrays of these names; the origin's texts are scalars, `layer` an int64 scalar. The same table
// gives the same bytes. Atomic replacement. Throws Error(kFileUnwritable).
void write_embeddings(const std::filesystem::path& path, const EmbeddingTable& table);

// Reads what write_embeddings wrote, or an .npz made by other means: `embeddings` (two-dimensional
// floats) and the origin's `encoder`, `encoder_fingerprint`, `layer` and `pooling` must be there;
// lists that are missing are taken as unknown. Throws Error(kDataInvalid) naming what is missing or
// does not fit.
EmbeddingTable read_embeddings(const std::filesystem::path& path);

}  // namespace undertone::pipeline
