#include "evaluation/fold_training.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <set>

#include <undertone/error.hpp>

#include "classifier/calibration_folds.hpp"
#include "classifier/standard_scaler.hpp"
#include "evaluation/units.hpp"

namespace undertone::evaluation {
namespace {

// A fraction needs no bound; a number of components is at most what rows and columns allow.
void lower_components(std::optional<classifier::PcaSize>& pca, std::size_t rows, std::size_t cols,
                      std::vector<std::string>& notices) {
  if (!pca || !std::holds_alternative<std::size_t>(*pca)) return;
  const std::size_t asked = std::get<std::size_t>(*pca);
  const std::size_t most = std::min(rows, cols);
  if (asked <= most) return;
  notices.push_back(
      fmt::format("{} principal components instead of {}: {} embeddings of {} values allow no more",
                  most, asked, rows, cols));
  pca = classifier::PcaSize{most};
}

std::size_t count_speakers(const Samples& samples, std::span<const std::size_t> rows) {
  std::set<std::string_view> speakers;
  for (const std::size_t r : rows) speakers.insert(samples.speakers[r]);
  return speakers.size();
}

}  // namespace

FittingOptions fitting_options(const Samples& samples, std::span<const std::size_t> rows,
                               const classifier::EmotionClassifierOptions& options) {
  FittingOptions result;
  result.classifier = options;
  lower_components(result.classifier.pca, rows.size(), samples.embeddings.cols(), result.notices);

  if (!includes(options, classifier::ClassifierKind::kSvm)) return result;  // nothing is calibrated
  const bool known = speakers_known(samples, rows);
  for (const bool by_speaker : {true, false}) {
    if (by_speaker && !known) continue;
    std::vector<std::int64_t> units = units_of(samples, rows, {.by_speaker = by_speaker});
    const std::set<std::int64_t> distinct(units.begin(), units.end());
    if (!by_speaker && distinct.size() == rows.size()) break;  // nothing is to be kept together
    try {
      classifier::assign_calibration_folds(labels_of(samples, rows), units, samples.class_names,
                                           options.svm.calibration_folds, options.svm.seed);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kDataInvalid) throw;
      result.notices.push_back(
          fmt::format("probabilities are calibrated without keeping {} apart: {}",
                      by_speaker ? "speakers" : "recordings of the same content", error.what()));
      continue;
    }
    result.groups = std::move(units);
    if (by_speaker) result.speakers = count_speakers(samples, rows);
    break;
  }
  return result;
}

Fit fit_rows(const Samples& samples, std::span<const std::size_t> rows,
             const classifier::EmotionClassifierOptions& options, ThreadPool& pool) {
  require_finite(samples, rows);
  FittingOptions used = fitting_options(samples, rows, options);
  const tensor::Matrix<float> embeddings = gather(samples, rows);
  classifier::EmotionClassifier fitted =
      classifier::EmotionClassifier::fit(embeddings.view(), labels_of(samples, rows),
                                         samples.class_names, used.classifier, used.groups, &pool);
  return {std::move(fitted), std::move(used)};
}

Fit fit_rows(const Samples& samples, std::span<const std::size_t> rows,
             const classifier::EmotionClassifierOptions& options,
             std::span<const classifier::HeldOutDecisions> held_out, ThreadPool& pool) {
  require_finite(samples, rows);
  FittingOptions used;
  used.classifier = options;
  lower_components(used.classifier.pca, rows.size(), samples.embeddings.cols(), used.notices);
  const tensor::Matrix<float> embeddings = gather(samples, rows);
  classifier::EmotionClassifier fitted = classifier::EmotionClassifier::fit_calibrated_on(
      embeddings.view(), labels_of(samples, rows), samples.class_names, used.classifier, held_out,
      &pool);
  return {std::move(fitted), std::move(used)};
}

classifier::HeldOutDecisions decisions_on_test(const Samples& samples, const Fold& fold,
                                               const classifier::EmotionClassifierOptions& options,
                                               std::vector<std::string>& notices,
                                               ThreadPool& pool) {
  require_finite(samples, fold.train);
  require_finite(samples, fold.test);
  classifier::EmotionClassifierOptions used = options;
  lower_components(used.pca, fold.train.size(), samples.embeddings.cols(), notices);
  const tensor::Matrix<float> train = gather(samples, fold.train);
  const tensor::Matrix<float> test = gather(samples, fold.test);
  return classifier::held_out_decisions(train.view(), labels_of(samples, fold.train), test.view(),
                                        labels_of(samples, fold.test), samples.class_names, used,
                                        &pool);
}

void require_finite(const Samples& samples, std::span<const std::size_t> rows) {
  for (const std::size_t r : rows) {
    const auto row = samples.embeddings.row(r);
    const auto bad = std::find_if(row.begin(), row.end(), [](float value) {
      return !(std::abs(static_cast<double>(value)) <= classifier::kMaxEmbeddingValue);
    });
    if (bad == row.end()) continue;
    throw Error(
        ErrorCode::kDataInvalid,
        fmt::format("the embedding of '{}' holds {} in column {}; training takes finite values "
                    "within ±{:g} only",
                    samples.paths[r].empty() ? fmt::format("row {}", r) : samples.paths[r], *bad,
                    bad - row.begin(), classifier::kMaxEmbeddingValue),
        "Extract this recording's embedding again, or leave it out.");
  }
}

tensor::Matrix<float> gather(const Samples& samples, std::span<const std::size_t> rows) {
  tensor::Matrix<float> gathered(rows.size(), samples.embeddings.cols());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = samples.embeddings.row(rows[i]);
    std::copy(row.begin(), row.end(), gathered.row(i).begin());
  }
  return gathered;
}

std::vector<int> labels_of(const Samples& samples, std::span<const std::size_t> rows) {
  std::vector<int> labels;
  labels.reserve(rows.size());
  for (const std::size_t r : rows) labels.push_back(samples.labels[r]);
  return labels;
}

}  // namespace undertone::evaluation
