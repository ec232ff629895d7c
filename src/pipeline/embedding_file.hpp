// Embeddings of a data set and what is known of each: the file emb.npz.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tensor/matrix.hpp"
#include "tensor/npy.hpp"

namespace undertone::pipeline {

// How embeddings were computed.
struct EmbeddingOrigin {
  std::string encoder;
  std::string encoder_fingerprint;
  std::size_t layer = 0;
  std::string pooling;
  std::string resampler;
  std::string undertone_version;
  std::string precision = "f32";  // of the encoder's products; files that do not say are of f32
  std::string encoder_doubt{};    // SpeechEncoder::doubt(); in the file only where there is one
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
  // All hidden states that the file has; origin.layer is the one that is in `embeddings`.
  std::vector<std::size_t> layers;
  // Where it was read from, for messages.
  std::string source;
};

// Embeddings that are read row by row while the file is written, so that they never all stand in
// memory.
struct EmbeddingRows {
  std::size_t rows = 0;
  std::size_t values = 0;           // of one hidden state
  std::vector<std::size_t> layers;  // one: written as [N, D]; several: as [N, L, D]
  // Fills the L * D values of a row. Called for each row in order.
  std::function<void(std::size_t row, std::span<float> values)> read;
};

// Arrays of these names; the origin's texts are scalars, `layer` an int64 scalar. The same table
// gives the same bytes. Atomic replacement. Throws Error(kFileUnwritable).
void write_embeddings(const std::filesystem::path& path, const EmbeddingTable& table);
// The same with the embeddings and layers of `rows` in place of the table's; where there are
// several layers, `layer` is an int64 array of their numbers. Throws what rows.read throws.
void write_embeddings(const std::filesystem::path& path, const EmbeddingTable& table,
                      const EmbeddingRows& rows, const tensor::NpzOptions& options);

// Reads what write_embeddings wrote, or an .npz made by other means: `embeddings` (floats, [N, D]
// or [N, L, D]) and the origin's `encoder`, `encoder_fingerprint`, `layer` and `pooling` must be
// there; lists that are missing are taken as unknown. Of several layers the named one is read, and
// only it; the last where none is named. Throws Error(kDataInvalid) naming what is missing or does
// not fit, and Error(kInvalidArgument) naming the layers there are if the one asked for is not.
EmbeddingTable read_embeddings(const std::filesystem::path& path,
                               std::optional<std::size_t> layer = {});

// The rows of all tables, one after the other; columns that only some have are empty for the
// others, `layers` are those that all have. Ids that occur twice are replaced by numbers. Throws
// Error(kModelMismatch) naming both tables' values unless encoder (by its fingerprint), layer,
// pooling, resampler, precision and dimension are the same, and Error(kInvalidArgument) without
// tables.
EmbeddingTable join(std::vector<EmbeddingTable> tables);

}  // namespace undertone::pipeline
