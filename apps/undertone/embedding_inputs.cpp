#include "undertone/embedding_inputs.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <utility>

#include <undertone/error.hpp>

#include "undertone/command_errors.hpp"

namespace undertone::cli {
using pipeline::EmbeddingTable;

EmbeddingTable read_embedding_files(const std::vector<std::string>& files,
                                    std::optional<std::size_t> layer) {
  std::vector<EmbeddingTable> tables;
  for (const std::string& file : files) tables.push_back(pipeline::read_embeddings(file, layer));
  return tables.size() == 1 ? std::move(tables.front()) : pipeline::join(std::move(tables));
}

std::vector<std::size_t> stored_layers(const std::vector<std::string>& files) {
  std::vector<std::size_t> common = pipeline::read_embeddings(files.front()).layers;
  for (std::size_t f = 1; f < files.size(); ++f) {
    const std::vector<std::size_t> layers = pipeline::read_embeddings(files[f]).layers;
    std::erase_if(common, [&](std::size_t layer) {
      return std::find(layers.begin(), layers.end(), layer) == layers.end();
    });
  }
  if (common.empty()) {
    throw Error(ErrorCode::kDataInvalid, "no hidden state is in all of the files",
                "Extract all of them with the same --layer.");
  }
  return common;
}

EmbeddingTable with_sides(EmbeddingTable trained, EmbeddingTable tested, const std::string& side) {
  trained.columns[side].assign(trained.embeddings.rows(), "train");
  tested.columns[side].assign(tested.embeddings.rows(), "test");
  std::vector<EmbeddingTable> both;
  both.push_back(std::move(trained));
  both.push_back(std::move(tested));
  return pipeline::join(std::move(both));
}

std::optional<std::size_t> layer_of(const std::string& text) {
  if (text.empty() || text == "all") return std::nullopt;
  std::size_t layer = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), layer);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw UsageError(fmt::format("--layer takes the number of a hidden state, not '{}'", text));
  }
  return layer;
}

}  // namespace undertone::cli
