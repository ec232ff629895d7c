#include "pipeline/training.hpp"

#include <fmt/format.h>
#include <set>
#include <utility>

#include <undertone/error.hpp>
#include <undertone/version.hpp>

#include "evaluation/fold_training.hpp"
#include "evaluation/units.hpp"
#include "pipeline/labelled_samples.hpp"

namespace undertone::pipeline {
namespace {

LabelledSamples trainable_samples(const EmbeddingTable& table, const TrainingOptions& options) {
  LabelledSamples labelled = labelled_samples(table, classes_of(table, options.classes));
  require_trainable(table, labelled);
  return labelled;
}

classifier::EmotionClassifierOptions fixed_options(const TrainingOptions& options) {
  classifier::EmotionClassifierOptions fixed;
  fixed.pca = options.pca;
  fixed.svm = options.svm;
  return fixed;
}

// Adds what the search over one table found. Whoever is tried later must be better to win.
void search_table(const EmbeddingTable& table, const evaluation::Samples& samples,
                  const TrainingOptions& options, ThreadPool& pool, std::stop_token stop,
                  SearchReport& report, std::vector<std::string>& notices) {
  const evaluation::SplitPlan plan = evaluation::selection_plan(
      samples, evaluation::all_rows(samples), options.search_folds, options.svm.seed);
  const evaluation::SearchOutcome found = evaluation::search(
      samples, plan.trainings, fixed_options(options), *options.search, pool, std::move(stop));
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

// Fits the options to all samples; `report` is what is known of the training so far.
Training fit(const EmbeddingTable& table, LabelledSamples labelled, const TrainingOptions& options,
             const classifier::EmotionClassifierOptions& settings, TrainingReport report,
             ThreadPool& pool) {
  const evaluation::Samples& samples = labelled.samples;
  evaluation::Fit fitted =
      evaluation::fit_rows(samples, evaluation::all_rows(samples), settings, pool);
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
  return {{std::move(fitted.classifier), std::move(provenance), std::move(record)},
          std::move(report)};
}

}  // namespace

Training train_classifier(const EmbeddingTable& table, const TrainingOptions& options,
                          ThreadPool& pool, std::stop_token stop) {
  LabelledSamples labelled = trainable_samples(table, options);
  classifier::EmotionClassifierOptions settings = fixed_options(options);
  TrainingReport report;
  if (options.search) {
    report.search.emplace();
    search_table(table, labelled.samples, options, pool, std::move(stop), *report.search,
                 report.notices);
    settings = report.search->tried[report.search->best].options;
  }
  return fit(table, std::move(labelled), options, settings, std::move(report), pool);
}

Training train_best_layer(const std::vector<std::size_t>& layers,
                          const std::function<EmbeddingTable(std::size_t)>& read,
                          const TrainingOptions& options, ThreadPool& pool, std::stop_token stop) {
  TrainingReport report;
  report.search.emplace();
  for (const std::size_t layer : layers) {
    const EmbeddingTable table = read(layer);
    const LabelledSamples labelled = trainable_samples(table, options);
    search_table(table, labelled.samples, options, pool, stop, *report.search, report.notices);
  }
  const TriedSettings best = report.search->tried[report.search->best];
  const EmbeddingTable table = read(best.layer);
  return fit(table, trainable_samples(table, options), options, best.options, std::move(report),
             pool);
}

}  // namespace undertone::pipeline
