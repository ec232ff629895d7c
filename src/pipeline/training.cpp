#include "pipeline/training.hpp"

#include <fmt/format.h>
#include <set>
#include <utility>

#include <undertone/error.hpp>
#include <undertone/version.hpp>

#include "evaluation/fold_training.hpp"
#include "evaluation/units.hpp"
#include "pipeline/cross_fitting.hpp"
#include "pipeline/labelled_samples.hpp"

namespace undertone::pipeline {
namespace {

LabelledSamples trainable_samples(const EmbeddingTable& table, const TrainingOptions& options) {
  LabelledSamples labelled = labelled_samples(table, classes_of(table, options.classes));
  require_trainable(table, labelled);
  return labelled;
}

// Adds what the search over one table found. Whoever is tried later must be better to win.
void search_table(const EmbeddingTable& table, const evaluation::Samples& samples,
                  const TrainingOptions& options, ThreadPool& pool, std::stop_token stop,
                  SearchReport& report, std::vector<std::string>& notices) {
  const evaluation::SplitPlan plan = evaluation::selection_plan(
      samples, evaluation::all_rows(samples), options.search_folds, options.classifier.svm.seed);
  const evaluation::SearchOutcome found = evaluation::search(
      samples, plan.trainings, options.classifier, *options.search, pool, std::move(stop));
  if (report.tried.empty()) {
    report.split = plan.description;
    notices = plan.notices;
  }
  const std::size_t first = report.tried.size();
  for (const evaluation::Candidate& candidate : found.candidates) {
    report.tried.push_back({table.origin.layer, candidate.options, candidate.uar});
  }
  const std::size_t winner = first + found.best;
  if (report.tried[winner].uar > report.tried[report.best].uar || first == 0) {
    report.best = winner;
  }
}

std::vector<std::string> corpora_of(const evaluation::Samples& samples) {
  std::set<std::string> corpora(samples.corpora.begin(), samples.corpora.end());
  corpora.erase("");
  return {corpora.begin(), corpora.end()};
}

classifier::Provenance provenance_of(const EmbeddingTable& table,
                                     const evaluation::Samples& samples,
                                     const TrainingOptions& options, const TrainingReport& report) {
  classifier::Provenance provenance;
  provenance.encoder = {table.origin.encoder, table.origin.encoder_fingerprint,
                        static_cast<int>(table.origin.layer), table.origin.pooling,
                        table.embeddings.cols()};
  provenance.precision = table.origin.precision;
  provenance.resampler = table.origin.resampler;
  provenance.corpora = corpora_of(samples);
  provenance.licence = options.licence;
  provenance.created_by = fmt::format("undertone {}", version());
  if (report.search) {
    provenance.split = fmt::format(
        "selection, not a test: the best of {} settings on held-out folds of its own training "
        "data. "
        "{}",
        report.search->tried.size(), report.search->split);
    provenance.scores["selection_uar"] = report.search->tried[report.search->best].uar;
  }
  return provenance;
}

void require_calibratable(const TrainingOptions& options) {
  if (options.calibration.empty() || options.classifier.kind == classifier::ClassifierKind::kSvm) {
    return;
  }
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("the probabilities of the classifier '{}' are not calibrated: files for "
                          "calibration are of use to a support vector machine only",
                          to_string(options.classifier.kind)));
}

std::size_t known_speakers(const evaluation::Samples& samples) {
  if (!evaluation::speakers_known(samples, evaluation::all_rows(samples))) return 0;
  return std::set<std::string>(samples.speakers.begin(), samples.speakers.end()).size();
}

// Fits the options to all samples; `sets` calibrate, if there are any; `report` is what is known of
// the training so far.
Training fit(const EmbeddingTable& table, LabelledSamples labelled, const TrainingOptions& options,
             const std::vector<CalibrationSet>& sets,
             const classifier::EmotionClassifierOptions& settings, TrainingReport report,
             ThreadPool& pool, std::stop_token stop) {
  const evaluation::Samples& samples = labelled.samples;
  const auto rows = evaluation::all_rows(samples);
  std::optional<classifier::CrossFitting> calibration;
  evaluation::Fit fitted = [&] {
    if (sets.empty()) return evaluation::fit_rows(samples, rows, settings, pool);
    CrossFit cross = cross_fit(sets, settings, report.notices, pool, std::move(stop));
    calibration = std::move(cross.record);
    evaluation::Fit result = evaluation::fit_rows(samples, rows, settings, cross.decisions, pool);
    result.used.speakers = known_speakers(samples);
    return result;
  }();
  if (!table.origin.encoder_doubt.empty()) {
    report.notices.push_back(
        fmt::format("the encoder {} {}: a classifier of its embeddings means "
                    "nothing",
                    table.origin.encoder, table.origin.encoder_doubt));
  }
  report.samples = samples.size();
  report.speakers = fitted.used.speakers;
  report.class_counts = std::move(labelled.class_counts);
  report.left_out = std::move(labelled.left_out);
  for (std::string& notice : fitted.used.notices) report.notices.push_back(std::move(notice));
  classifier::TrainingRecord record;
  record.options = fitted.used.classifier;
  for (const std::string& name : samples.class_names) {
    record.class_counts.push_back(report.class_counts.at(name));
  }
  classifier::Provenance provenance = provenance_of(table, samples, options, report);
  provenance.calibration = std::move(calibration);
  return {{std::move(fitted.classifier), std::move(provenance), std::move(record)},
          std::move(report)};
}

}  // namespace

Training train_classifier(const EmbeddingTable& table, const TrainingOptions& options,
                          ThreadPool& pool, std::stop_token stop) {
  require_calibratable(options);
  LabelledSamples labelled = trainable_samples(table, options);
  classifier::EmotionClassifierOptions settings = options.classifier;
  TrainingReport report;
  std::vector<std::string> of_calibration;
  const std::vector<CalibrationSet> sets = read_calibration_sets(
      options.calibration, table, labelled.samples.class_names, of_calibration);
  if (options.search) {
    report.search.emplace();
    search_table(table, labelled.samples, options, pool, stop, *report.search, report.notices);
    settings = report.search->tried[report.search->best].options;
  }
  for (std::string& notice : of_calibration) report.notices.push_back(std::move(notice));
  return fit(table, std::move(labelled), options, sets, settings, std::move(report), pool,
             std::move(stop));
}

Training train_best_layer(const std::vector<std::size_t>& layers,
                          const std::function<EmbeddingTable(std::size_t)>& read,
                          const TrainingOptions& options, ThreadPool& pool, std::stop_token stop) {
  require_calibratable(options);
  TrainingReport report;
  report.search.emplace();
  for (const std::size_t layer : layers) {
    const EmbeddingTable table = read(layer);
    const LabelledSamples labelled = trainable_samples(table, options);
    search_table(table, labelled.samples, options, pool, stop, *report.search, report.notices);
  }
  const TriedSettings best = report.search->tried[report.search->best];
  const EmbeddingTable table = read(best.layer);
  LabelledSamples labelled = trainable_samples(table, options);
  const std::vector<CalibrationSet> sets = read_calibration_sets(
      options.calibration, table, labelled.samples.class_names, report.notices);
  return fit(table, std::move(labelled), options, sets, best.options, std::move(report), pool,
             std::move(stop));
}

}  // namespace undertone::pipeline
