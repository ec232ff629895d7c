#include "pipeline/encoder_comparison.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <set>
#include <utility>

#include <undertone/error.hpp>
#include <undertone/version.hpp>

#include "dataset/emotion.hpp"
#include "evaluation/search.hpp"
#include "evaluation/units.hpp"
#include "pipeline/labelled_samples.hpp"

namespace undertone::pipeline {
namespace {

using evaluation::Contender;
using evaluation::Samples;

[[noreturn]] void invalid(const std::string& message, const std::string& hint = {}) {
  throw Error(ErrorCode::kDataInvalid, message, hint);
}

// Where each path stands among the rows.
std::map<std::string, std::size_t> rows_by_path(const ComparedEmbeddings& input,
                                                const EmbeddingTable& table) {
  std::map<std::string, std::size_t> rows;
  for (std::size_t r = 0; r < table.paths.size(); ++r) {
    if (table.paths[r].empty() || !rows.emplace(table.paths[r], r).second) {
      invalid(
          fmt::format("{}: the path '{}' occurs twice or is empty", input.source, table.paths[r]),
          "Inputs are compared recording by recording, which are told by their paths.");
    }
  }
  return rows;
}

std::vector<std::string> picked(const std::vector<std::string>& values,
                                const std::vector<std::size_t>& rows) {
  std::vector<std::string> result;
  result.reserve(rows.size());
  for (const std::size_t r : rows) result.push_back(values[r]);
  return result;
}

EmbeddingTable with_rows(const EmbeddingTable& table, const std::vector<std::size_t>& rows) {
  EmbeddingTable result;
  result.embeddings = tensor::Matrix<float>(rows.size(), table.embeddings.cols());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = table.embeddings.row(rows[i]);
    std::copy(row.begin(), row.end(), result.embeddings.row(i).begin());
  }
  for (const auto list :
       {&EmbeddingTable::labels, &EmbeddingTable::speakers, &EmbeddingTable::sentences,
        &EmbeddingTable::corpora, &EmbeddingTable::paths, &EmbeddingTable::ids}) {
    result.*list = picked(table.*list, rows);
  }
  for (const auto& [name, values] : table.columns) result.columns[name] = picked(values, rows);
  result.origin = table.origin;
  result.layers = table.layers;
  result.source = table.source;
  return result;
}

class EncoderComparer {
 public:
  EncoderComparer(const std::vector<ComparedEmbeddings>& inputs, const ComparisonOptions& options,
                  ThreadPool& pool, const evaluation::FoldProgress& progress, std::stop_token stop)
      : inputs_(inputs),
        options_(options),
        pool_(pool),
        progress_(progress),
        stop_(std::move(stop)) {}

  EncoderComparison run() {
    find_common_paths();
    plan();
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      for (std::size_t l = 0; l < inputs_[i].layers.size(); ++l) compare_layer(i, l);
    }
    evaluation::rank_contenders(first_, options_.split_options.seed, result_.comparison);
    result_.winner = contenders_[result_.comparison.best];
    add_notices();
    return std::move(result_);
  }

 private:
  // The first input's recordings, without those that another lacks.
  void find_common_paths() {
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      EmbeddingTable table = inputs_[i].read(inputs_[i].layers.front());
      const auto rows = rows_by_path(inputs_[i], table);
      failed_.push_back(table.failed_paths.size());
      if (i == 0) {
        paths_ = table.paths;
        for (std::size_t r = 0; r < paths_.size(); ++r) {
          known_[paths_[r]] = {table.labels[r], table.speakers[r]};
        }
        all_ = paths_.size();
        continue;
      }
      all_ = std::max(all_, rows.size());
      std::erase_if(paths_, [&](const std::string& path) { return !rows.contains(path); });
      for (const std::string& path : paths_) {
        const std::size_t r = rows.at(path);
        const auto& [label, speaker] = known_.at(path);
        if (table.labels[r] == label && table.speakers[r] == speaker) continue;
        invalid(fmt::format("{} says of '{}' that it is '{}' by '{}', {} that it is '{}' by '{}'",
                            inputs_[0].source, path, label, speaker, inputs_[i].source,
                            table.labels[r], table.speakers[r]),
                "Extract all inputs from the same metadata.");
      }
    }
    if (paths_.empty()) {
      invalid(fmt::format("{} and {} have no recording in common", inputs_.front().source,
                          inputs_.back().source),
              "Extract all inputs from the same metadata.");
    }
  }

  EmbeddingTable common_rows(std::size_t input, std::size_t layer) const {
    const EmbeddingTable table = inputs_[input].read(inputs_[input].layers[layer]);
    const auto place = rows_by_path(inputs_[input], table);
    std::vector<std::size_t> rows;
    for (const std::string& path : paths_) {
      const auto found = place.find(path);
      if (found == place.end()) invalid(inputs_[input].source + " has changed meanwhile");
      rows.push_back(found->second);
    }
    return with_rows(table, rows);
  }

  void plan() {
    const EmbeddingTable table = common_rows(0, 0);
    const std::vector<std::string> classes = classes_of(table, options_.classes);
    for (const std::size_t place : dataset::display_order(classes)) {
      classes_.push_back(classes[place]);
    }
    LabelledSamples labelled = labelled_samples(table, classes_);
    require_trainable(table, labelled);
    first_ = std::move(labelled.samples);
    const auto rows = evaluation::all_rows(first_);
    evaluation::SplitOptions split = options_.split_options;
    split.kind = options_.split.value_or(evaluation::default_split(first_, rows));
    plan_ = evaluation::plan_split(first_, rows, split);
    first_.embeddings = {};  // their layer is read again when its turn comes
    for (const ComparedEmbeddings& input : inputs_) {
      trainings_ += input.layers.size() * options_.classifiers.size() * plan_.trainings.size();
    }

    evaluation::Comparison& comparison = result_.comparison;
    comparison.created_by = fmt::format("undertone {}", version());
    comparison.source = options_.source;
    comparison.samples = first_.size();
    if (evaluation::speakers_known(first_, rows)) {
      const std::set<std::string> speakers(first_.speakers.begin(), first_.speakers.end());
      comparison.speakers = speakers.size();
    }
    comparison.class_names = classes_;
    comparison.split = plan_.description;
    comparison.speaker_independent = plan_.speaker_independent;
    comparison.notices = plan_.notices;
    if (!plan_.speaker_independent) {
      comparison.notices.insert(
          comparison.notices.begin(),
          "These figures are not speaker-independent: how well an unknown voice is recognised, "
          "they do not say.");
    }
    comparison.facts = {{"split", plan_.description},
                        {"emotions", fmt::format("{}", fmt::join(classes_, ", "))}};
    for (const auto& settings : options_.classifiers) {
      comparison.facts.emplace_back(std::string(to_string(settings.kind)),
                                    evaluation::in_words(settings));
    }
    comparison.facts.emplace_back("seed", fmt::format("{}", split.seed));
  }

  void compare_layer(std::size_t input, std::size_t l) {
    const EmbeddingTable table = common_rows(input, l);
    const LabelledSamples labelled = labelled_samples(table, classes_);
    if (l == 0) {
      result_.comparison.facts.emplace_back(
          fmt::format("encoder {}", table.origin.encoder),
          fmt::format("fingerprint {}, {} pooling, {} values, from {}",
                      table.origin.encoder_fingerprint, table.origin.pooling,
                      table.embeddings.cols(), inputs_[input].source));
    }
    for (const auto& settings : options_.classifiers) {
      evaluation::CrossValidationOptions how;
      how.classifier = settings;
      how.seed = options_.split_options.seed;
      evaluation::FoldProgress report;
      if (progress_) {
        report = [this](std::size_t done, std::size_t) { progress_(done_ + done, trainings_); };
      }
      Contender contender;
      contender.encoder = table.origin.encoder;
      contender.layer = table.origin.layer;
      contender.classifier = to_string(settings.kind);
      contender.settings = evaluation::in_words(settings);
      contender.doubt = table.origin.encoder_doubt;
      contender.evaluation =
          evaluation::cross_validate(labelled.samples, plan_, how, pool_, report, stop_);
      done_ += plan_.trainings.size();
      add_costs(inputs_[input].cost, l, contender);
      result_.comparison.contenders.push_back(std::move(contender));
      contenders_.push_back({input, table.origin.layer, settings});
    }
  }

  static void add_costs(const EncodingCost& cost, std::size_t l, Contender& contender) {
    double seconds = 0;
    for (const auto& fold : contender.evaluation.fold_outcomes) seconds += fold.predict_s;
    contender.classify_ms = 1000 * seconds / static_cast<double>(contender.evaluation.clips.size());
    if (l >= cost.ms_per_second.size()) return;
    contender.encode_ms = cost.ms_per_second[l];
    if (cost.clip_s > 0) {
      contender.cost_ms = *contender.encode_ms + contender.classify_ms / cost.clip_s;
    }
  }

  void add_notices() {
    evaluation::Comparison& comparison = result_.comparison;
    if (paths_.size() < all_) {
      comparison.notices.push_back(fmt::format(
          "{} of {} recordings are left out: not every encoder has an embedding of them.",
          all_ - paths_.size(), all_));
    }
    const std::size_t failed = *std::max_element(failed_.begin(), failed_.end());
    if (failed > 0) {
      comparison.notices.push_back(
          fmt::format("Up to {} recordings gave an encoder no embedding.", failed));
    }
    // What the folds of one contender had to say is mostly what those of its encoder, or of all,
    // had.
    for (const Contender& contender : comparison.contenders) {
      for (const std::string& notice : contender.evaluation.notices) {
        const bool of_all =
            std::all_of(comparison.contenders.begin(), comparison.contenders.end(),
                        [&](const Contender& other) {
                          const auto& said = other.evaluation.notices;
                          return std::find(said.begin(), said.end(), notice) != said.end();
                        });
        const std::string text = of_all ? notice : contender.encoder + ": " + notice;
        const auto said = std::find(comparison.notices.begin(), comparison.notices.end(), text);
        if (said == comparison.notices.end()) comparison.notices.push_back(text);
      }
    }
    constexpr std::size_t kMost = 20;
    if (comparison.notices.size() > kMost) {
      comparison.notices.resize(kMost);
      comparison.notices.emplace_back("Further notices are in compare.json.");
    }
  }

  const std::vector<ComparedEmbeddings>& inputs_;
  const ComparisonOptions& options_;
  ThreadPool& pool_;
  const evaluation::FoldProgress& progress_;
  std::stop_token stop_;
  std::vector<std::string> paths_;  // that all inputs have
  std::size_t all_ = 0;             // recordings of the input that has most
  std::vector<std::size_t> failed_;
  std::map<std::string, std::pair<std::string, std::string>> known_;  // label and speaker by path
  std::vector<std::string> classes_;
  Samples first_;
  evaluation::SplitPlan plan_;
  std::size_t trainings_ = 0;
  std::size_t done_ = 0;
  std::vector<ComparedWinner> contenders_;
  EncoderComparison result_;
};

}  // namespace

EncoderComparison compare_encoders(const std::vector<ComparedEmbeddings>& inputs,
                                   const ComparisonOptions& options, ThreadPool& pool,
                                   const evaluation::FoldProgress& progress, std::stop_token stop) {
  if (inputs.empty() || options.classifiers.empty()) {
    throw Error(ErrorCode::kInvalidArgument, "there is nothing to compare",
                "Name an encoder or a file of embeddings, and a classifier.");
  }
  for (const auto& settings : options.classifiers) classifier::validate(settings);
  return EncoderComparer(inputs, options, pool, progress, std::move(stop)).run();
}

}  // namespace undertone::pipeline
