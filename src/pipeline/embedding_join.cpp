// Several tables of embeddings to one.
#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <set>
#include <utility>

#include <undertone/error.hpp>

#include "pipeline/embedding_file.hpp"

namespace undertone::pipeline {
namespace {

void require_alike(const EmbeddingTable& a, const EmbeddingTable& b) {
  const auto name_of = [](const EmbeddingTable& table) {
    return table.source.empty() ? std::string("a table of embeddings") : table.source;
  };
  const auto compare = [&](std::string_view what, const auto& of_a, const auto& of_b) {
    if (of_a == of_b) return;
    throw Error(ErrorCode::kModelMismatch,
                fmt::format("embeddings that do not belong together: the {} of {} is {}, that of "
                            "{} is {}",
                            what, name_of(a), of_a, name_of(b), of_b),
                "Extract all of them with the same encoder and options.");
  };
  if (a.origin.encoder_fingerprint != b.origin.encoder_fingerprint) {
    // Two encoders may have one name.
    const auto text = [](const EmbeddingOrigin& origin) {
      return fmt::format("{} ({:.12})", origin.encoder, origin.encoder_fingerprint);
    };
    compare("encoder", text(a.origin), text(b.origin));
    compare("encoder's fingerprint", a.origin.encoder_fingerprint, b.origin.encoder_fingerprint);
  }
  compare("layer", a.origin.layer, b.origin.layer);
  compare("pooling", a.origin.pooling, b.origin.pooling);
  compare("resampler", a.origin.resampler, b.origin.resampler);
  compare("precision", a.origin.precision, b.origin.precision);
  compare("dimension", a.embeddings.cols(), b.embeddings.cols());
}

void append(std::vector<std::string>& to, std::vector<std::string>& from) {
  std::move(from.begin(), from.end(), std::back_inserter(to));
}

}  // namespace

EmbeddingTable join(std::vector<EmbeddingTable> tables) {
  if (tables.empty()) throw Error(ErrorCode::kInvalidArgument, "no embeddings to join");
  if (tables.size() == 1) return std::move(tables.front());
  std::size_t rows = 0;
  for (const EmbeddingTable& table : tables) {
    require_alike(tables.front(), table);
    rows += table.embeddings.rows();
  }

  EmbeddingTable joined;
  joined.origin = tables.front().origin;
  joined.layers = tables.front().layers;
  joined.embeddings = tensor::Matrix<float>(rows, tables.front().embeddings.cols());
  float* to = joined.embeddings.data();
  std::set<std::string> versions;
  for (EmbeddingTable& table : tables) {
    const std::size_t before = joined.labels.size();
    const std::size_t count = table.embeddings.rows();
    to = std::copy_n(table.embeddings.data(), count * table.embeddings.cols(), to);
    append(joined.labels, table.labels);
    append(joined.speakers, table.speakers);
    append(joined.sentences, table.sentences);
    append(joined.corpora, table.corpora);
    append(joined.paths, table.paths);
    append(joined.ids, table.ids);
    append(joined.failed_paths, table.failed_paths);
    append(joined.failed_reasons, table.failed_reasons);
    for (auto& [name, values] : table.columns) {
      std::vector<std::string>& column = joined.columns[name];
      column.resize(before);
      append(column, values);
    }
    for (auto& [name, column] : joined.columns) column.resize(before + count);
    std::vector<std::size_t> common;
    std::set_intersection(joined.layers.begin(), joined.layers.end(), table.layers.begin(),
                          table.layers.end(), std::back_inserter(common));
    joined.layers = std::move(common);
    versions.insert(table.origin.undertone_version);
    joined.source += (joined.source.empty() ? "" : ", ") + table.source;
    table = EmbeddingTable();  // its memory is needed no longer
  }
  joined.origin.undertone_version = fmt::format("{}", fmt::join(versions, ", "));
  if (std::set<std::string>(joined.ids.begin(), joined.ids.end()).size() != joined.ids.size()) {
    for (std::size_t i = 0; i < joined.ids.size(); ++i) joined.ids[i] = std::to_string(i);
  }
  return joined;
}

}  // namespace undertone::pipeline
