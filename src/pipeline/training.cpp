#include "pipeline/training.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fmt/format.h>
#include <set>
#include <utility>

#include <undertone/error.hpp>
#include <undertone/version.hpp>

#include "dataset/emotion.hpp"

namespace undertone::pipeline {
namespace {

std::vector<std::string> classes_of(const EmbeddingTable& table, const TrainingOptions& options) {
  if (!options.classes.empty()) return options.classes;
  const std::set<std::string> present(table.labels.begin(), table.labels.end());
  std::vector<std::string> classes;
  for (const std::string_view name : dataset::kEmotions) {
    if (present.contains(std::string(name))) classes.emplace_back(name);
  }
  return classes;
}

struct Selection {
  std::vector<std::size_t> rows;
  std::vector<int> labels;
  std::vector<std::int64_t> speakers;  // empty unless known for each row
};

Selection select(const EmbeddingTable& table, const std::vector<std::string>& classes,
                 TrainingReport& report) {
  Selection selection;
  std::map<std::string, std::int64_t> numbers;
  bool all_known = true;
  for (std::size_t r = 0; r < table.labels.size(); ++r) {
    const auto found = std::find(classes.begin(), classes.end(), table.labels[r]);
    if (found == classes.end()) {
      ++report.left_out[table.labels[r]];
      continue;
    }
    ++report.class_counts[*found];
    selection.rows.push_back(r);
    selection.labels.push_back(static_cast<int>(found - classes.begin()));
    all_known = all_known && !table.speakers[r].empty();
    const auto number = static_cast<std::int64_t>(numbers.size());
    selection.speakers.push_back(numbers.emplace(table.speakers[r], number).first->second);
  }
  if (!all_known) selection.speakers.clear();
  report.speakers = all_known ? numbers.size() : 0;
  return selection;
}

void require_trainable(const std::vector<std::string>& classes, const TrainingReport& report) {
  constexpr const char* kHint =
      "Check the column 'emotion' of the metadata, or name the classes with --classes.";
  if (classes.size() < 2) {
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("the embeddings have labels of {} of the six emotions; training needs "
                            "two classes at least",
                            classes.size()),
                kHint);
  }
  for (const std::string& name : classes) {
    if (report.class_counts.contains(name)) continue;
    throw Error(ErrorCode::kDataInvalid, fmt::format("no embedding has the label '{}'", name),
                kHint);
  }
}

// A fraction needs no bound; a number of components is at most what rows and columns allow.
std::optional<classifier::PcaSize> fitting_pca(std::optional<classifier::PcaSize> asked,
                                               std::size_t rows, std::size_t cols,
                                               std::vector<std::string>& notices) {
  if (!asked || !std::holds_alternative<std::size_t>(*asked)) return asked;
  const std::size_t size = std::get<std::size_t>(*asked);
  const std::size_t most = std::min(rows, cols);
  if (size <= most) return asked;
  notices.push_back(
      fmt::format("{} principal components instead of {}: {} embeddings of {} values allow no more",
                  most, size, rows, cols));
  return classifier::PcaSize{most};
}

// With the speakers as groups where there are any and they allow it.
classifier::EmotionClassifier fit(const tensor::Matrix<float>& embeddings,
                                  const Selection& selection,
                                  const std::vector<std::string>& classes,
                                  const classifier::EmotionClassifierOptions& options,
                                  TrainingReport& report, ThreadPool& pool) {
  if (!selection.speakers.empty()) {
    try {
      return classifier::EmotionClassifier::fit(embeddings.view(), selection.labels, classes,
                                                options, selection.speakers, &pool);
    } catch (const Error& error) {
      // Too few speakers of a class; whatever else is wrong with the data shows again below.
      if (error.code() != ErrorCode::kDataInvalid) throw;
      report.speakers = 0;
      report.notices.push_back(fmt::format(
          "probabilities are calibrated without keeping speakers apart: {}", error.what()));
    }
  }
  return classifier::EmotionClassifier::fit(embeddings.view(), selection.labels, classes, options,
                                            {}, &pool);
}

std::vector<std::string> corpora_of(const EmbeddingTable& table,
                                    const std::vector<std::size_t>& rows) {
  std::set<std::string> corpora;
  for (const std::size_t r : rows) {
    if (!table.corpora[r].empty()) corpora.insert(table.corpora[r]);
  }
  return {corpora.begin(), corpora.end()};
}

}  // namespace

Training train_classifier(const EmbeddingTable& table, const TrainingOptions& options,
                          ThreadPool& pool) {
  TrainingReport report;
  const std::vector<std::string> classes = classes_of(table, options);
  const Selection selection = select(table, classes, report);
  require_trainable(classes, report);
  report.samples = selection.rows.size();

  tensor::Matrix<float> embeddings(selection.rows.size(), table.embeddings.cols());
  for (std::size_t r = 0; r < selection.rows.size(); ++r) {
    const auto row = table.embeddings.row(selection.rows[r]);
    std::copy(row.begin(), row.end(), embeddings.row(r).begin());
  }
  classifier::EmotionClassifierOptions fit_options;
  fit_options.svm = options.svm;
  fit_options.pca = fitting_pca(options.pca, embeddings.rows(), embeddings.cols(), report.notices);
  classifier::EmotionClassifier fitted =
      fit(embeddings, selection, classes, fit_options, report, pool);

  classifier::Provenance provenance;
  provenance.encoder = {table.origin.encoder, table.origin.encoder_fingerprint,
                        static_cast<int>(table.origin.layer), table.origin.pooling,
                        table.embeddings.cols()};
  provenance.resampler = table.origin.resampler;
  provenance.corpora = corpora_of(table, selection.rows);
  provenance.licence = options.licence;
  provenance.created_by = fmt::format("undertone {}", version());
  classifier::TrainingRecord record;
  record.options = fit_options;
  for (const std::string& name : classes) record.class_counts.push_back(report.class_counts[name]);
  return {{std::move(fitted), std::move(provenance), std::move(record)}, std::move(report)};
}

}  // namespace undertone::pipeline
