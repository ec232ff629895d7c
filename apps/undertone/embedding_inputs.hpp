// Embedding files that are named on the command line.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/embedding_file.hpp"

namespace undertone::cli {

// The files as one table, in their order; `layer` picks a hidden state, without it the last that a
// file has. Throws what read_embeddings and join throw.
pipeline::EmbeddingTable read_embedding_files(const std::vector<std::string>& files,
                                              std::optional<std::size_t> layer);

// The hidden states that all of the files hold, ascending. Throws Error(kDataInvalid) if there is
// none.
std::vector<std::size_t> stored_layers(const std::vector<std::string>& files);

// Rows of `tested` below those of `trained`, with a column `side` that says "train" or "test".
pipeline::EmbeddingTable with_sides(pipeline::EmbeddingTable trained,
                                    pipeline::EmbeddingTable tested, const std::string& side);

// "N" or, where that may be, "all"; nullopt for "" and "all". Throws UsageError.
std::optional<std::size_t> layer_of(const std::string& text);

}  // namespace undertone::cli
