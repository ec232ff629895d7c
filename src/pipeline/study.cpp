#include "pipeline/study.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <set>
#include <utility>

#include <undertone/error.hpp>
#include <undertone/version.hpp>

#include "dataset/emotion.hpp"
#include "evaluation/bootstrap.hpp"
#include "evaluation/embedding_map.hpp"
#include "evaluation/sides.hpp"
#include "evaluation/units.hpp"
#include "pipeline/cross_fitting.hpp"
#include "pipeline/labelled_samples.hpp"

namespace undertone::pipeline {
namespace {

using Facts = std::vector<std::pair<std::string, std::string>>;

std::vector<std::string> in_display_order(const std::vector<std::string>& classes) {
  std::vector<std::string> sorted;
  for (const std::size_t place : dataset::display_order(classes)) sorted.push_back(classes[place]);
  return sorted;
}

std::set<std::string> distinct(const std::vector<std::string>& values) {
  std::set<std::string> result(values.begin(), values.end());
  result.erase("");
  return result;
}

Facts facts_of_data(const EmbeddingTable& table, const LabelledSamples& labelled) {
  const EmbeddingOrigin& origin = table.origin;
  Facts facts = {{"encoder", origin.encoder},
                 {"encoder fingerprint", origin.encoder_fingerprint},
                 {"layer", fmt::format("{}", origin.layer)},
                 {"pooling", origin.pooling},
                 {"embedding", fmt::format("{} values", table.embeddings.cols())}};
  if (!origin.resampler.empty()) facts.emplace_back("resampler", origin.resampler);
  const auto corpora = distinct(labelled.samples.corpora);
  if (!corpora.empty()) {
    facts.emplace_back("corpora", fmt::format("{}", fmt::join(corpora, ", ")));
  }
  std::string left_out;
  for (const auto& [label, count] : labelled.left_out) {
    left_out += fmt::format("{}{} {}", left_out.empty() ? "" : ", ", count,
                            label.empty() ? "without a label" : "labelled '" + label + "'");
  }
  if (!left_out.empty()) facts.emplace_back("left out", left_out);
  if (!table.failed_paths.empty()) {
    facts.emplace_back("recordings without embedding",
                       fmt::format("{}", table.failed_paths.size()));
  }
  return facts;
}

evaluation::Study study_of(const EmbeddingTable& table, const LabelledSamples& labelled,
                           const std::string& source) {
  const evaluation::Samples& samples = labelled.samples;
  evaluation::Study study;
  study.created_by = fmt::format("undertone {}", version());
  study.source = source;
  study.facts = facts_of_data(table, labelled);
  study.samples = samples.size();
  const auto rows = evaluation::all_rows(samples);
  if (evaluation::speakers_known(samples, rows)) {
    study.speakers = distinct(samples.speakers).size();
  }
  study.class_names = samples.class_names;
  study.paths = samples.paths;
  study.speaker_of = samples.speakers;
  study.map = evaluation::embedding_map(samples);
  return study;
}

// The default where `kinds` is empty, and what is to be said of it.
std::vector<evaluation::SplitKind> splits_of(const evaluation::Samples& samples,
                                             std::vector<evaluation::SplitKind> kinds,
                                             std::string& notice) {
  if (!kinds.empty()) return kinds;
  const auto rows = evaluation::all_rows(samples);
  const auto kind = evaluation::default_split(samples, rows);
  if (kind == evaluation::SplitKind::kRandom) {
    notice = fmt::format(
        "The speaker of {} of {} clips is not known, so the split is random: how well an unknown "
        "voice is recognised, these figures do not say.",
        std::count(samples.speakers.begin(), samples.speakers.end(), ""), samples.size());
  }
  return {kind};
}

// What a reader must know before any figure, where the encoder looks untrained.
std::optional<std::string> doubt_of(const EmbeddingOrigin& origin) {
  if (origin.encoder_doubt.empty()) return std::nullopt;
  return fmt::format("The encoder {} {}: these figures are no finding about it.", origin.encoder,
                     origin.encoder_doubt);
}

LabelledSamples only_tested(const LabelledSamples& labelled) {
  const auto all = evaluation::all_rows(labelled.samples);
  const auto rows = evaluation::rows_marked_test(labelled.samples, all, "split");
  if (rows.empty()) {
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("the column 'split' marks none of the {} clips as test", all.size()),
                "Score all clips by leaving out --split published.");
  }
  return only(labelled, rows);
}

std::string corpora_in_words(const classifier::Provenance& from) {
  return from.corpora.empty() ? "on recordings that it does not name"
                              : fmt::format("on {}", fmt::join(from.corpora, ", "));
}

}  // namespace

evaluation::Study study_embeddings(const EmbeddingTable& table, const StudyOptions& options,
                                   ThreadPool& pool, const evaluation::FoldProgress& progress,
                                   std::stop_token stop) {
  const LabelledSamples labelled =
      labelled_samples(table, in_display_order(classes_of(table, options.classes)));
  require_trainable(table, labelled);
  const evaluation::Samples& samples = labelled.samples;
  const auto rows = evaluation::all_rows(samples);

  std::string default_notice;
  std::vector<evaluation::SplitPlan> plans;
  std::size_t trainings = 0;
  for (const auto kind : splits_of(samples, options.splits, default_notice)) {
    evaluation::SplitOptions split = options.split;
    split.kind = kind;
    plans.push_back(evaluation::plan_split(samples, rows, split));
    trainings += plans.back().trainings.size();
  }

  evaluation::Study study = study_of(table, labelled, options.source);
  const auto& fixed = options.validation.classifier;
  if (options.validation.search) {
    study.facts.emplace_back(
        "settings", fmt::format("the best of {} combinations, chosen inside each training part",
                                options.validation.search->size()));
  } else {
    study.facts.emplace_back("classifier", evaluation::in_words(fixed));
  }
  if (includes(fixed, classifier::ClassifierKind::kSvm)) {
    study.facts.emplace_back("calibration",
                             fmt::format("{} folds inside each training part, Platt's sigmoid",
                                         fixed.svm.calibration_folds));
  }
  study.facts.emplace_back("seed", fmt::format("{}", options.split.seed));

  std::size_t before = 0;
  for (const evaluation::SplitPlan& plan : plans) {
    evaluation::FoldProgress report;
    if (progress) {
      report = [&progress, before, trainings](std::size_t done, std::size_t) {
        progress(before + done, trainings);
      };
    }
    evaluation::Evaluation evaluation =
        evaluation::cross_validate(samples, plan, options.validation, pool, report, stop);
    if (!default_notice.empty()) {
      evaluation.notices.insert(evaluation.notices.begin(), default_notice);
    }
    if (const auto doubt = doubt_of(table.origin)) {
      evaluation.notices.insert(evaluation.notices.begin(), *doubt);
    }
    study.evaluations.push_back(std::move(evaluation));
    before += plan.trainings.size();
  }
  for (std::size_t second = 1; second < study.evaluations.size(); ++second) {
    for (std::size_t first = 0; first < second; ++first) {
      study.differences.push_back(
          evaluation::bootstrap_difference(samples, study.evaluations[first].clips,
                                           study.evaluations[second].clips, options.split.seed));
      study.differences.back().first = first;
      study.differences.back().second = second;
    }
  }
  return study;
}

evaluation::Study study_bundle(const EmbeddingTable& table, const classifier::Bundle& bundle,
                               const std::string& bundle_name, const std::string& source,
                               std::uint64_t seed, ThreadPool& pool, ScoredClips scored) {
  const classifier::Provenance& from = bundle.provenance;
  classifier::require_encoder(
      from,
      {table.origin.encoder, table.origin.encoder_fingerprint, static_cast<int>(table.origin.layer),
       table.origin.pooling, table.embeddings.cols()},
      bundle_name);
  const auto names = bundle.classifier.class_names();
  LabelledSamples labelled =
      labelled_samples(table, in_display_order({names.begin(), names.end()}));
  if (labelled.samples.size() == 0) {
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("none of the {} embeddings has one of the labels of {}: {}",
                            table.labels.size(), bundle_name, fmt::join(names, ", ")),
                "Check the column 'emotion' of the metadata.");
  }
  if (scored == ScoredClips::kMarkedTest) labelled = only_tested(labelled);
  const evaluation::Samples& samples = labelled.samples;
  evaluation::Study study = study_of(table, labelled, source);
  study.facts.emplace_back("model", bundle_name);
  study.facts.emplace_back("classifier", evaluation::in_words(bundle.training.options));
  if (from.calibration) study.facts.emplace_back("calibration", in_words(*from.calibration));
  study.facts.emplace_back("seed", fmt::format("{}", seed));
  evaluation::Evaluation evaluation = evaluation::evaluate_classifier(
      samples, bundle.classifier,
      fmt::format(
          "A classifier trained before ({}, trained {}) predicts {} clips{}; that it "
          "was trained on none of them, nor on their speakers, is for the user to vouch "
          "for.",
          bundle_name, corpora_in_words(from), samples.size(),
          scored == ScoredClips::kAll ? "" : ", those that the column 'split' marks as test"),
      seed, pool);
  for (const std::string& corpus : distinct(samples.corpora)) {
    if (std::find(from.corpora.begin(), from.corpora.end(), corpus) == from.corpora.end()) continue;
    evaluation.notices.push_back(
        fmt::format("The classifier was trained on recordings of {}, and clips of {} are tested: "
                    "if these are the same, the figures mean nothing.",
                    corpus, corpus));
  }
  if (const auto doubt = doubt_of(table.origin)) {
    evaluation.notices.insert(evaluation.notices.begin(), *doubt);
  }
  std::size_t damaged = 0;
  for (std::size_t r = 0; r < samples.size(); ++r) {
    const auto row = samples.embeddings.row(r);
    if (!std::all_of(row.begin(), row.end(), [](float v) { return std::isfinite(v); })) ++damaged;
  }
  if (damaged > 0) {
    evaluation.notices.push_back(
        fmt::format("{} embeddings hold values that are not finite; NaN counted as the training "
                    "mean, infinities as ±1e6.",
                    damaged));
  }
  study.evaluations.push_back(std::move(evaluation));
  return study;
}

}  // namespace undertone::pipeline
