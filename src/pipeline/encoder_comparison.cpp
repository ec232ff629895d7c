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

// A list that the table lacks says nothing of any row.
std::string text_of(const std::vector<std::string>& list, std::size_t row) {
  return row < list.size() ? list[row] : std::string();
}

std::vector<std::string> picked(const std::vector<std::string>& list,
                                const std::vector<std::size_t>& rows) {
  std::vector<std::string> result;
  result.reserve(rows.size());
  for (const std::size_t r : rows) result.push_back(text_of(list, r));
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
    find_states();
    plan();
    for (const State& state : states_) compare_state(state);
    evaluation::rank_contenders(first_, options_.split_options.seed, result_.comparison);
    result_.winner = choices_[result_.comparison.best];
    add_notices();
    return std::move(result_);
  }

 private:
  // One hidden state of one input.
  struct State {
    std::size_t input;
    std::size_t place;  // among the input's layers
  };

  // The first input's recordings, without those that another lacks.
  void find_common_paths() {
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      EmbeddingTable table = inputs_[i].read(inputs_[i].layers.front());
      const auto rows = rows_by_path(inputs_[i], table);
      origins_.push_back(table.origin);
      failed_.push_back(table.failed_paths.size());
      if (i == 0) {
        paths_ = table.paths;
        for (std::size_t r = 0; r < paths_.size(); ++r) {
          known_[paths_[r]] = {text_of(table.labels, r), text_of(table.speakers, r)};
        }
        all_ = paths_.size();
        continue;
      }
      all_ = std::max(all_, rows.size());
      std::erase_if(paths_, [&](const std::string& path) { return !rows.contains(path); });
      for (const std::string& path : paths_) {
        const std::size_t r = rows.at(path);
        const auto& [label, speaker] = known_.at(path);
        const std::string other_label = text_of(table.labels, r);
        const std::string other_speaker = text_of(table.speakers, r);
        if (other_label == label && other_speaker == speaker) continue;
        invalid(fmt::format("{} says of '{}' that it is '{}' by '{}', {} that it is '{}' by '{}'",
                            inputs_[0].source, path, label, speaker, inputs_[i].source, other_label,
                            other_speaker),
                "Extract all inputs from the same metadata.");
      }
    }
    if (paths_.empty()) {
      invalid(fmt::format("{} and {} have no recording in common", inputs_.front().source,
                          inputs_.back().source),
              "Extract all inputs from the same metadata.");
    }
  }

  static bool same_embeddings(const EmbeddingOrigin& a, const EmbeddingOrigin& b) {
    return a.encoder_fingerprint == b.encoder_fingerprint && a.pooling == b.pooling;
  }

  // The inputs' layers, each once, whichever of the inputs have it.
  void find_states() {
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      for (std::size_t l = 0; l < inputs_[i].layers.size(); ++l) {
        const bool known = std::any_of(states_.begin(), states_.end(), [&](const State& other) {
          return same_embeddings(origins_[other.input], origins_[i]) &&
                 inputs_[other.input].layers[other.place] == inputs_[i].layers[l];
        });
        if (!known) states_.push_back({i, l});
      }
    }
  }

  // The encoder's name, and what tells it from another of the same name.
  std::string encoder_name(std::size_t input) const {
    const EmbeddingOrigin& origin = origins_[input];
    std::vector<std::string> further;
    const auto differs = [&](std::string EmbeddingOrigin::*text) {
      return std::any_of(origins_.begin(), origins_.end(), [&](const EmbeddingOrigin& other) {
        return other.encoder == origin.encoder && other.*text != origin.*text;
      });
    };
    if (differs(&EmbeddingOrigin::encoder_fingerprint)) {
      further.push_back(origin.encoder_fingerprint.substr(0, 12));
    }
    if (differs(&EmbeddingOrigin::pooling)) further.push_back(origin.pooling);
    if (further.empty()) return origin.encoder;
    return fmt::format("{} [{}]", origin.encoder, fmt::join(further, ", "));
  }

  EmbeddingTable common_rows(const State& state) const {
    const ComparedEmbeddings& input = inputs_[state.input];
    const EmbeddingTable table = input.read(input.layers[state.place]);
    const auto places = rows_by_path(input, table);
    std::vector<std::size_t> rows;
    for (const std::string& path : paths_) {
      const auto found = places.find(path);
      if (found == places.end()) invalid(input.source + " has changed meanwhile");
      rows.push_back(found->second);
    }
    return with_rows(table, rows);
  }

  void plan() {
    const EmbeddingTable table = common_rows(states_.front());
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
    trainings_ = states_.size() * options_.classifiers.size() * plan_.trainings.size();

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

  void compare_state(const State& state) {
    const ComparedEmbeddings& input = inputs_[state.input];
    const EmbeddingTable table = common_rows(state);
    const LabelledSamples labelled = labelled_samples(table, classes_);
    const std::string encoder = encoder_name(state.input);
    const std::string& doubt = table.origin.encoder_doubt;
    if (state.place == 0) {
      result_.comparison.facts.emplace_back(
          fmt::format("encoder {}{}", encoder, doubt.empty() ? "" : " (untrained)"),
          fmt::format("fingerprint {}, {} pooling, {} values, from {}",
                      table.origin.encoder_fingerprint, table.origin.pooling,
                      table.embeddings.cols(), input.source));
    }
    for (const auto& settings : options_.classifiers) {
      evaluation::CrossValidationOptions how;
      how.classifier = settings;
      how.timed = true;
      how.seed = options_.split_options.seed;
      evaluation::FoldProgress report;
      if (progress_) {
        report = [this](std::size_t done, std::size_t) { progress_(done_ + done, trainings_); };
      }
      Contender contender;
      contender.encoder = encoder;
      contender.layer = table.origin.layer;
      contender.classifier = to_string(settings.kind);
      contender.settings = evaluation::in_words(settings);
      contender.doubt = doubt;
      contender.evaluation =
          evaluation::cross_validate(labelled.samples, plan_, how, pool_, report, stop_);
      done_ += plan_.trainings.size();
      add_costs(input.cost, state.place, contender);
      result_.comparison.contenders.push_back(std::move(contender));
      choices_.push_back({state.input, table.origin.layer, settings});
    }
  }

  static void add_costs(const EncodingCost& cost, std::size_t place, Contender& contender) {
    double seconds = 0;
    for (const auto& fold : contender.evaluation.fold_outcomes) seconds += fold.predict_s;
    contender.classify_ms = 1000 * seconds / static_cast<double>(contender.evaluation.clips.size());
    if (place >= cost.ms_per_second.size()) return;
    contender.encode_ms = cost.ms_per_second[place];
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
  std::vector<std::string> paths_;        // that all inputs have
  std::size_t all_ = 0;                   // recordings of the input that has most
  std::vector<EmbeddingOrigin> origins_;  // of the inputs, each of its first layer
  std::vector<std::size_t> failed_;       // likewise, recordings without an embedding
  std::vector<State> states_;
  std::map<std::string, std::pair<std::string, std::string>> known_;  // label and speaker by path
  std::vector<std::string> classes_;
  Samples first_;
  evaluation::SplitPlan plan_;
  std::size_t trainings_ = 0;
  std::size_t done_ = 0;
  std::vector<ContenderChoice> choices_;
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
