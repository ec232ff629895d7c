#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "evaluation/report.hpp"
#include "evaluation/report/csv.hpp"
#include "evaluation/report/whole_study.hpp"

namespace undertone::evaluation {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormatVersion = 1;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json known(std::size_t value) { return value == 0 ? Json(nullptr) : Json(value); }

Json interval(const Interval& interval) {
  return Json::array({number(interval.low), number(interval.high)});
}

Json spread(const MeanAndDeviation& value) {
  return {{"mean", number(value.mean)}, {"deviation", number(value.deviation)}};
}

Json scores(const Scores& scores, const std::vector<std::string>& class_names) {
  Json result = {{"samples", scores.samples},           {"uar", number(scores.uar)},
                 {"accuracy", number(scores.accuracy)}, {"macro_f1", number(scores.macro_f1)},
                 {"ece", number(scores.ece)},           {"brier", number(scores.brier)}};
  Json classes = Json::array();
  Json confusion = Json::array();
  for (std::size_t c = 0; c < scores.classes.size(); ++c) {
    const ClassScores& of_class = scores.classes[c];
    classes.push_back({{"emotion", class_names.at(c)},
                       {"support", of_class.support},
                       {"precision", number(of_class.precision)},
                       {"recall", number(of_class.recall)},
                       {"f1", number(of_class.f1)}});
    const auto row = scores.confusion.row(c);
    confusion.push_back(std::vector<std::size_t>(row.begin(), row.end()));
  }
  Json reliability = Json::array();
  for (const ReliabilityBin& bin : scores.reliability) {
    const bool any = bin.count > 0;
    reliability.push_back({{"count", bin.count},
                           {"mean_confidence", any ? number(bin.mean_confidence) : Json(nullptr)},
                           {"accuracy", any ? number(bin.accuracy) : Json(nullptr)}});
  }
  result["classes"] = std::move(classes);
  result["confusion"] = std::move(confusion);
  result["reliability"] = std::move(reliability);
  return result;
}

Json fold_outcome(const FoldOutcome& fold, const std::vector<std::string>& class_names) {
  const bool speakers = fold.train_speakers + fold.test_speakers > 0;
  const auto if_known = [speakers](std::size_t value) {
    return speakers ? Json(value) : Json(nullptr);
  };
  return {{"repeat", fold.repeat + 1},
          {"fold", fold.fold + 1},
          {"train_samples", fold.train_samples},
          {"test_samples", fold.test_samples},
          {"train_speakers", if_known(fold.train_speakers)},
          {"test_speakers", if_known(fold.test_speakers)},
          {"shared_speakers", if_known(fold.shared_speakers)},
          {"scores", scores(fold.scores, class_names)}};
}

Json clip_outcome(const Study& study, const Evaluation& evaluation, const ClipOutcome& clip) {
  Json probabilities = Json::array();
  for (const double probability : clip.probabilities) probabilities.push_back(number(probability));
  const auto name = [&evaluation](int label) {
    return evaluation.class_names.at(static_cast<std::size_t>(label));
  };
  return {{"path", study.paths.at(clip.sample)},
          {"speaker", study.speaker_of.at(clip.sample)},
          {"truth", name(clip.truth)},
          {"predicted", name(clip.predicted)},
          {"repeat", clip.repeat + 1},
          {"fold", clip.fold + 1},
          {"probabilities", std::move(probabilities)}};
}

Json evaluation_of(const Study& study, std::size_t which) {
  const Evaluation& evaluation = study.evaluations[which];
  Json result = {{"split", evaluation.split},
                 {"description", evaluation.description},
                 {"speaker_independent", evaluation.speaker_independent},
                 {"folds", evaluation.folds},
                 {"repeats", evaluation.repeats},
                 {"class_names", evaluation.class_names},
                 {"notices", evaluation.notices},
                 {"scores", scores(evaluation.pooled, evaluation.class_names)}};
  const ScoreIntervals& intervals = evaluation.intervals;
  result["intervals"] = {{"level", 0.95},
                         {"unit", intervals.unit},
                         {"resamples", intervals.resamples},
                         {"uar", interval(intervals.uar)},
                         {"accuracy", interval(intervals.accuracy)},
                         {"macro_f1", interval(intervals.macro_f1)}};
  result["over_folds"] = {{"uar", spread(evaluation.uar)},
                          {"accuracy", spread(evaluation.accuracy)},
                          {"macro_f1", spread(evaluation.macro_f1)}};
  Json folds = Json::array();
  for (const FoldOutcome& fold : evaluation.fold_outcomes) {
    folds.push_back(fold_outcome(fold, evaluation.class_names));
  }
  Json subgroups = Json::array();
  for (const Subgroup& group : evaluation.subgroups) {
    subgroups.push_back({{"column", group.column},
                         {"value", group.value},
                         {"scores", scores(group.scores, evaluation.class_names)}});
  }
  Json clips = Json::array();
  for (const ClipOutcome& clip : evaluation.clips) {
    clips.push_back(clip_outcome(study, evaluation, clip));
  }
  Json files;
  for (const std::string_view kind : csv_kinds()) {
    files[std::string(kind)] = csv_name(study, which, kind);
  }
  result["listeners"] = nullptr;
  if (evaluation.listeners) {
    result["listeners"] = {{"clips", evaluation.listeners->clips},
                           {"model_accuracy", number(evaluation.listeners->model_accuracy)},
                           {"listener_accuracy", number(evaluation.listeners->listener_accuracy)},
                           {"model_agreement", number(evaluation.listeners->model_agreement)}};
  }
  result["files"] = std::move(files);
  result["fold_outcomes"] = std::move(folds);
  result["subgroups"] = std::move(subgroups);
  result["clips"] = std::move(clips);
  return result;
}

// How deep containers are nested within, a scalar being 0.
int height(const Json& value) {
  int deepest = 0;
  if (!value.is_structured()) return deepest;
  for (const Json& element : value) deepest = std::max(deepest, height(element));
  return deepest + 1;
}

std::string on_one_line(const Json& value) {
  // Bytes that are not UTF-8 become U+FFFD: JSON cannot hold them.
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Indented, but what is small stands on one line: a row of numbers, an object in a list.
void print(const Json& value, int indent, bool in_list, std::string& out) {
  const int levels = height(value);
  const bool small = value.empty() || levels == 0 || (levels == 1 && value.is_array()) ||
                     (levels <= 2 && value.is_object() && in_list);
  if (small) {
    out += on_one_line(value);
    return;
  }
  const std::string margin(static_cast<std::size_t>(indent) + 1, ' ');
  out += value.is_array() ? "[" : "{";
  bool first = true;
  for (const auto& [key, element] : value.items()) {
    out += first ? "\n" : ",\n";
    first = false;
    out += margin;
    if (value.is_object()) out += on_one_line(Json(key)) + ": ";
    print(element, indent + 1, value.is_array(), out);
  }
  out += '\n';
  out.append(static_cast<std::size_t>(indent), ' ');
  out += value.is_array() ? "]" : "}";
}

}  // namespace

std::string render_json(const Study& study) {
  require_whole(study);
  Json facts = Json::array();
  for (const auto& [name, value] : study.facts) facts.push_back({{"name", name}, {"value", value}});
  Json evaluations = Json::array();
  for (std::size_t e = 0; e < study.evaluations.size(); ++e) {
    evaluations.push_back(evaluation_of(study, e));
  }
  Json differences = Json::array();
  for (const Difference& difference : study.differences) {
    differences.push_back({{"first", study.evaluations.at(difference.first).split},
                           {"second", study.evaluations.at(difference.second).split},
                           {"unit", difference.unit},
                           {"uar", interval(difference.uar)},
                           {"accuracy", interval(difference.accuracy)},
                           {"macro_f1", interval(difference.macro_f1)}});
  }
  Json map = Json::array();
  for (const MapPoint& point : study.map) {
    const auto label = static_cast<std::size_t>(point.label);
    const bool named = point.label >= 0 && label < study.class_names.size();
    map.push_back({{"x", number(point.x)},
                   {"y", number(point.y)},
                   {"emotion", named ? Json(study.class_names[label]) : Json(nullptr)},
                   {"speaker", point.speaker}});
  }
  Json report = {{"format", "undertone-report"},
                 {"format_version", kFormatVersion},
                 {"created_by", study.created_by},
                 {"source", study.source},
                 {"facts", std::move(facts)},
                 {"samples", study.samples},
                 {"speakers", known(study.speakers)},
                 {"class_names", study.class_names},
                 {"evaluations", std::move(evaluations)},
                 {"differences", std::move(differences)},
                 {"map", std::move(map)}};
  std::string text;
  print(report, 0, false, text);
  text += '\n';
  return text;
}

}  // namespace undertone::evaluation
