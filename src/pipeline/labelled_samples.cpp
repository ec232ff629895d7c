#include "pipeline/labelled_samples.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

#include <undertone/error.hpp>

#include "dataset/emotion.hpp"

namespace undertone::pipeline {
namespace {

std::vector<std::string> picked(const std::vector<std::string>& values,
                                std::span<const std::size_t> rows, std::size_t all) {
  std::vector<std::string> result(rows.size());
  if (values.size() != all) return result;
  for (std::size_t i = 0; i < rows.size(); ++i) result[i] = values[rows[i]];
  return result;
}

// "'bored', 'calm' and 3 more"
std::string labels_in_words(const EmbeddingTable& table) {
  constexpr std::size_t kMost = 8;
  const std::set<std::string> distinct(table.labels.begin(), table.labels.end());
  std::string text;
  std::size_t named = 0;
  for (const std::string& label : distinct) {
    if (label.empty()) continue;
    if (named++ >= kMost) continue;
    text += fmt::format("{}'{}'", named == 1 ? "" : ", ", label);
  }
  if (named > kMost) text += fmt::format(" and {} more", named - kMost);
  return text.empty() ? "none" : text;
}

}  // namespace

std::vector<std::string> classes_of(const EmbeddingTable& table,
                                    const std::vector<std::string>& asked) {
  if (!asked.empty()) return asked;
  const std::set<std::string> present(table.labels.begin(), table.labels.end());
  std::vector<std::string> classes;
  for (const std::string_view name : dataset::kEmotions) {
    if (present.contains(std::string(name))) classes.emplace_back(name);
  }
  return classes;
}

LabelledSamples labelled_samples(const EmbeddingTable& table,
                                 const std::vector<std::string>& classes) {
  LabelledSamples result;
  evaluation::Samples& samples = result.samples;
  samples.class_names = classes;
  std::vector<std::size_t> rows;
  for (std::size_t r = 0; r < table.labels.size(); ++r) {
    const auto found = std::find(classes.begin(), classes.end(), table.labels[r]);
    if (found == classes.end()) {
      ++result.left_out[table.labels[r]];
      continue;
    }
    ++result.class_counts[*found];
    rows.push_back(r);
    samples.labels.push_back(static_cast<int>(found - classes.begin()));
  }
  samples.embeddings = tensor::Matrix<float>(rows.size(), table.embeddings.cols());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = table.embeddings.row(rows[i]);
    std::copy(row.begin(), row.end(), samples.embeddings.row(i).begin());
  }
  const std::size_t all = table.labels.size();
  samples.speakers = picked(table.speakers, rows, all);
  samples.sentences = picked(table.sentences, rows, all);
  samples.corpora = picked(table.corpora, rows, all);
  samples.paths = picked(table.paths, rows, all);
  for (const auto& [name, values] : table.columns) {
    samples.columns[name] = picked(values, rows, all);
  }
  return result;
}

LabelledSamples only(const LabelledSamples& labelled, std::span<const std::size_t> rows) {
  const evaluation::Samples& from = labelled.samples;
  LabelledSamples result;
  result.left_out = labelled.left_out;
  evaluation::Samples& samples = result.samples;
  samples.class_names = from.class_names;
  samples.embeddings = tensor::Matrix<float>(rows.size(), from.embeddings.cols());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = from.embeddings.row(rows[i]);
    std::copy(row.begin(), row.end(), samples.embeddings.row(i).begin());
    samples.labels.push_back(from.labels[rows[i]]);
    ++result.class_counts[from.class_names[static_cast<std::size_t>(from.labels[rows[i]])]];
  }
  samples.speakers = picked(from.speakers, rows, from.size());
  samples.sentences = picked(from.sentences, rows, from.size());
  samples.corpora = picked(from.corpora, rows, from.size());
  samples.paths = picked(from.paths, rows, from.size());
  for (const auto& [name, values] : from.columns) {
    samples.columns[name] = picked(values, rows, from.size());
  }
  return result;
}

void require_trainable(const EmbeddingTable& table, const LabelledSamples& labelled) {
  const std::vector<std::string>& classes = labelled.samples.class_names;
  const std::string hint = fmt::format(
      "The labels are: {}. Check the column 'emotion' of the metadata, or name the classes with "
      "--classes.",
      labels_in_words(table));
  if (std::all_of(table.labels.begin(), table.labels.end(),
                  [](const std::string& label) { return label.empty(); })) {
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("none of the {} embeddings has a label (labels of 0 of the six "
                            "emotions)",
                            table.labels.size()),
                "Give the metadata a column 'emotion' and extract again.");
  }
  if (classes.size() < 2) {
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("the embeddings have labels of {} of the six emotions; there must be "
                            "two classes at least",
                            classes.size()),
                hint);
  }
  for (const std::string& name : classes) {
    if (labelled.class_counts.contains(name)) continue;
    throw Error(ErrorCode::kDataInvalid, fmt::format("no embedding has the label '{}'", name),
                hint);
  }
}

}  // namespace undertone::pipeline
