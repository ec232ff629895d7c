#include "evaluation/report/csv.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <fmt/format.h>

#include <undertone/error.hpp>

#include "dataset/csv.hpp"

namespace undertone::evaluation {
namespace {

using Fields = std::vector<std::string>;

std::string number(double value) { return std::isfinite(value) ? fmt::format("{}", value) : ""; }

std::string number(std::size_t value) { return std::to_string(value); }

void append_scores(Fields& fields, const Scores& scores) {
  for (const double value :
       {scores.uar, scores.accuracy, scores.macro_f1, scores.ece, scores.brier}) {
    fields.push_back(number(value));
  }
}

std::string folds(const Study&, const Evaluation& evaluation) {
  std::string text = dataset::csv_line(Fields{"repeat", "fold", "train_samples", "test_samples",
                                              "train_speakers", "test_speakers", "shared_speakers",
                                              "uar", "accuracy", "macro_f1", "ece", "brier"});
  for (const FoldOutcome& fold : evaluation.fold_outcomes) {
    Fields fields = {number(fold.repeat + 1),     number(fold.fold + 1),
                     number(fold.train_samples),  number(fold.test_samples),
                     number(fold.train_speakers), number(fold.test_speakers),
                     number(fold.shared_speakers)};
    append_scores(fields, fold.scores);
    text += dataset::csv_line(fields);
  }
  return text;
}

std::string classes(const Study&, const Evaluation& evaluation) {
  std::string text = dataset::csv_line(Fields{"emotion", "support", "precision", "recall", "f1"});
  for (std::size_t c = 0; c < evaluation.class_names.size(); ++c) {
    const ClassScores& scores = evaluation.pooled.classes.at(c);
    text += dataset::csv_line(Fields{evaluation.class_names[c], number(scores.support),
                                     number(scores.precision), number(scores.recall),
                                     number(scores.f1)});
  }
  return text;
}

std::string confusion(const Study&, const Evaluation& evaluation) {
  Fields header = {"true"};
  header.insert(header.end(), evaluation.class_names.begin(), evaluation.class_names.end());
  std::string text = dataset::csv_line(header);
  for (std::size_t t = 0; t < evaluation.class_names.size(); ++t) {
    Fields fields = {evaluation.class_names[t]};
    for (const std::size_t clips : evaluation.pooled.confusion.row(t)) {
      fields.push_back(number(clips));
    }
    text += dataset::csv_line(fields);
  }
  return text;
}

std::string subgroups(const Study&, const Evaluation& evaluation) {
  std::string text = dataset::csv_line(
      Fields{"column", "value", "samples", "uar", "accuracy", "macro_f1", "ece", "brier"});
  for (const Subgroup& group : evaluation.subgroups) {
    Fields fields = {group.column, group.value, number(group.scores.samples)};
    append_scores(fields, group.scores);
    text += dataset::csv_line(fields);
  }
  return text;
}

std::string clips(const Study& study, const Evaluation& evaluation) {
  Fields header = {"path",    "speaker",    "truth",  "predicted",
                   "correct", "confidence", "repeat", "fold"};
  for (const std::string& name : evaluation.class_names) header.push_back("probability_" + name);
  std::string text = dataset::csv_line(header);
  for (const ClipOutcome& clip : evaluation.clips) {
    const auto predicted = static_cast<std::size_t>(clip.predicted);
    Fields fields = {study.paths.at(clip.sample),
                     study.speaker_of.at(clip.sample),
                     evaluation.class_names.at(static_cast<std::size_t>(clip.truth)),
                     evaluation.class_names.at(predicted),
                     clip.truth == clip.predicted ? "1" : "0",
                     number(clip.probabilities.at(predicted)),
                     number(clip.repeat + 1),
                     number(clip.fold + 1)};
    for (const double probability : clip.probabilities) fields.push_back(number(probability));
    text += dataset::csv_line(fields);
  }
  return text;
}

struct Kind {
  std::string_view name;
  std::string (*render)(const Study&, const Evaluation&);
};

constexpr std::array<Kind, 5> kKinds = {{{"folds", folds},
                                         {"classes", classes},
                                         {"confusion", confusion},
                                         {"subgroups", subgroups},
                                         {"clips", clips}}};

// A split's name as part of a file's: lower case, nothing but letters, digits and "-".
std::string file_word(std::string_view split) {
  std::string word;
  for (const char c : split.substr(0, 40)) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    const bool capital = c >= 'A' && c <= 'Z';
    word += letter ? c : capital ? static_cast<char>(byte - 'A' + 'a') : '-';
  }
  return word.empty() ? "split" : word;
}

}  // namespace

std::vector<std::string_view> csv_kinds() {
  std::vector<std::string_view> names;
  for (const Kind& kind : kKinds) names.push_back(kind.name);
  return names;
}

std::string csv_name(const Study& study, std::size_t evaluation, std::string_view kind) {
  std::string prefix;
  if (study.evaluations.size() > 1) {
    prefix = file_word(study.evaluations.at(evaluation).split) + "-";
    std::size_t earlier = 0;
    for (std::size_t e = 0; e < evaluation; ++e) {
      earlier += file_word(study.evaluations[e].split) + "-" == prefix ? 1 : 0;
    }
    if (earlier > 0) prefix += std::to_string(earlier + 1) + "-";
  }
  return fmt::format("{}{}.csv", prefix, kind);
}

std::string render_csv(const Study& study, std::size_t evaluation, std::string_view kind) {
  for (const Kind& known : kKinds) {
    if (known.name == kind) return known.render(study, study.evaluations.at(evaluation));
  }
  throw Error(ErrorCode::kInvalidArgument, fmt::format("there is no table called '{}'", kind));
}

}  // namespace undertone::evaluation
