#include "undertone/embedding_inputs.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <set>
#include <utility>

#include <undertone/error.hpp>

#include "undertone/command_errors.hpp"

namespace undertone::cli {
namespace {

using pipeline::EmbeddingOrigin;
using pipeline::EmbeddingTable;

pipeline::EmbeddingTable read_table(const std::string& file, std::optional<std::size_t> layer) {
  EmbeddingTable table = pipeline::read_embeddings(file);
  if (layer && *layer != table.origin.layer) {
    throw Error(
        ErrorCode::kDataInvalid,
        fmt::format("{}: holds embeddings of layer {}, not {}", file, table.origin.layer, *layer),
        fmt::format("Extract them with --layer {}.", *layer));
  }
  return table;
}

// What two tables must share to stand in one.
void require_alike(const EmbeddingTable& first, const EmbeddingTable& other,
                   const std::string& name) {
  const auto refuse = [&](const char* what, const auto& expected, const auto& found) {
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("{}: embeddings of {} {} cannot be mixed with those of {} {}", name,
                            what, found, what, expected),
                "Extract all of them with the same encoder, layer and pooling.");
  };
  const EmbeddingOrigin& a = first.origin;
  const EmbeddingOrigin& b = other.origin;
  if (a.encoder_fingerprint != b.encoder_fingerprint) {
    refuse("encoder", fmt::format("{} ({})", a.encoder, a.encoder_fingerprint),
           fmt::format("{} ({})", b.encoder, b.encoder_fingerprint));
  }
  if (a.layer != b.layer) refuse("layer", a.layer, b.layer);
  if (a.pooling != b.pooling) refuse("pooling", a.pooling, b.pooling);
  if (first.embeddings.cols() != other.embeddings.cols()) {
    refuse("size", first.embeddings.cols(), other.embeddings.cols());
  }
}

void append(std::vector<std::string>& to, std::vector<std::string>&& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

EmbeddingTable joined_tables(EmbeddingTable first, EmbeddingTable second) {
  const std::size_t a = first.embeddings.rows();
  const std::size_t b = second.embeddings.rows();
  tensor::Matrix<float> rows(a + b, first.embeddings.cols());
  const std::size_t first_size = a * rows.cols();
  std::copy_n(first.embeddings.data(), first_size, rows.data());
  std::copy_n(second.embeddings.data(), b * rows.cols(), rows.data() + first_size);
  first.embeddings = std::move(rows);
  for (const auto list :
       {&EmbeddingTable::labels, &EmbeddingTable::speakers, &EmbeddingTable::sentences,
        &EmbeddingTable::corpora, &EmbeddingTable::paths, &EmbeddingTable::ids,
        &EmbeddingTable::failed_paths, &EmbeddingTable::failed_reasons}) {
    append(first.*list, std::move(second.*list));
  }
  for (const auto& [name, values] : second.columns) first.columns.try_emplace(name, a, "");
  for (auto& [name, values] : first.columns) {
    const auto found = second.columns.find(name);
    append(values,
           found == second.columns.end() ? std::vector<std::string>(b) : std::move(found->second));
  }
  return first;
}

}  // namespace

EmbeddingTable read_embedding_files(const std::vector<std::string>& files,
                                    std::optional<std::size_t> layer) {
  EmbeddingTable table = read_table(files.front(), layer);
  for (std::size_t f = 1; f < files.size(); ++f) {
    EmbeddingTable next = read_table(files[f], layer);
    require_alike(table, next, files[f]);
    table = joined_tables(std::move(table), std::move(next));
  }
  return table;
}

std::vector<std::size_t> stored_layers(const std::vector<std::string>& files) {
  std::set<std::size_t> layers;
  for (const std::string& file : files) {
    layers.insert(pipeline::read_embeddings(file).origin.layer);
  }
  return {layers.begin(), layers.end()};
}

EmbeddingTable with_sides(EmbeddingTable trained, EmbeddingTable tested, const std::string& side) {
  require_alike(trained, tested, "the file to test on");
  trained.columns[side].assign(trained.embeddings.rows(), "train");
  tested.columns[side].assign(tested.embeddings.rows(), "test");
  return joined_tables(std::move(trained), std::move(tested));
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
