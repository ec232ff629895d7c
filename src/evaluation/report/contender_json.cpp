#include <cmath>
#include <nlohmann/json.hpp>

#include "evaluation/comparison.hpp"

namespace undertone::evaluation {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormatVersion = 1;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json number(const std::optional<double>& value) { return value ? number(*value) : Json(nullptr); }

Json interval(const Interval& interval) {
  return Json::array({number(interval.low), number(interval.high)});
}

Json contender(const Comparison& comparison, std::size_t index) {
  const Contender& contender = comparison.contenders[index];
  const Evaluation& evaluation = contender.evaluation;
  Json result = {{"encoder", contender.encoder},
                 {"layer", contender.layer},
                 {"classifier", contender.classifier},
                 {"settings", contender.settings},
                 {"untrained", !contender.doubt.empty()},
                 {"doubt", contender.doubt.empty() ? Json(nullptr) : Json(contender.doubt)},
                 {"uar", number(evaluation.pooled.uar)},
                 {"accuracy", number(evaluation.pooled.accuracy)},
                 {"macro_f1", number(evaluation.pooled.macro_f1)},
                 {"ece", number(evaluation.pooled.ece)},
                 {"intervals",
                  {{"level", 0.95},
                   {"unit", evaluation.intervals.unit},
                   {"resamples", evaluation.intervals.resamples},
                   {"uar", interval(evaluation.intervals.uar)},
                   {"accuracy", interval(evaluation.intervals.accuracy)},
                   {"macro_f1", interval(evaluation.intervals.macro_f1)}}},
                 {"encode_ms_per_second", number(contender.encode_ms)},
                 {"classify_ms_per_clip", number(contender.classify_ms)},
                 {"cost_ms_per_second", number(contender.cost_ms)}};
  if (index == comparison.best) {
    result["to_best"] = nullptr;
  } else {
    const Evaluation& best = comparison.contenders[comparison.best].evaluation;
    result["to_best"] = {{"uar", number(best.pooled.uar - evaluation.pooled.uar)},
                         {"interval", interval(contender.to_best.uar)},
                         {"p", number(contender.to_best.uar_p)},
                         {"p_holm", number(contender.adjusted_p)}};
  }
  Json folds = Json::array();
  for (const FoldOutcome& fold : evaluation.fold_outcomes) {
    folds.push_back({{"repeat", fold.repeat + 1},
                     {"fold", fold.fold + 1},
                     {"uar", number(fold.scores.uar)},
                     {"accuracy", number(fold.scores.accuracy)}});
  }
  result["folds"] = std::move(folds);
  result["notices"] = evaluation.notices;
  return result;
}

}  // namespace

std::string comparison_json(const Comparison& comparison) {
  Json facts = Json::array();
  for (const auto& [name, value] : comparison.facts) {
    facts.push_back({{"name", name}, {"value", value}});
  }
  Json contenders = Json::array();
  for (std::size_t c = 0; c < comparison.contenders.size(); ++c) {
    contenders.push_back(contender(comparison, c));
  }
  const Json document = {
      {"format", "undertone-comparison"},
      {"format_version", kFormatVersion},
      {"created_by", comparison.created_by},
      {"warnings", untrained_warnings(comparison)},
      {"source", comparison.source},
      {"split", comparison.split},
      {"speaker_independent", comparison.speaker_independent},
      {"samples", comparison.samples},
      {"speakers", comparison.speakers == 0 ? Json(nullptr) : Json(comparison.speakers)},
      {"class_names", comparison.class_names},
      {"facts", std::move(facts)},
      {"notices", comparison.notices},
      {"best", comparison.best},
      {"best_uar_corrected_for_selection", number(comparison.selection.uar)},
      {"best_uar_corrected_interval", interval(comparison.selection.interval)},
      {"contenders", std::move(contenders)}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace undertone::evaluation
