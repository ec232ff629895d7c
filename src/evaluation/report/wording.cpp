#include "evaluation/report/wording.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <utility>

namespace undertone::evaluation {
namespace {

constexpr std::string_view kNarrowSpace = "\u202F";
constexpr std::string_view kMinus = "\u2212";

}  // namespace

std::string decimal(double value, int digits) {
  if (!std::isfinite(value)) return std::string(kNotANumber);
  const std::string text = fmt::format("{:.{}f}", std::abs(value), digits);
  const bool zero = text.find_first_not_of("0.") == std::string::npos;
  return value < 0 && !zero ? std::string(kMinus) + text : text;
}

std::string signed_decimal(double value, int digits) {
  std::string text = decimal(value, digits);
  const bool zero = text.find_first_not_of("0.") == std::string::npos;
  if (zero) return "±" + text;
  return std::isfinite(value) && value > 0 ? "+" + text : text;
}

std::string percent(double share) {
  if (!std::isfinite(share)) return std::string(kNotANumber);
  return fmt::format("{}{}%", decimal(100 * share, 1), kNarrowSpace);
}

std::string percent_range(const Interval& interval) {
  if (!std::isfinite(interval.low) || !std::isfinite(interval.high)) {
    return std::string(kNotANumber);
  }
  return fmt::format("{}–{}{}%", decimal(100 * interval.low, 1), decimal(100 * interval.high, 1),
                     kNarrowSpace);
}

std::string points(double difference) {
  if (!std::isfinite(difference)) return std::string(kNotANumber);
  return signed_decimal(100 * difference, 1) + " points";
}

std::string count(std::size_t number) {
  std::string text = std::to_string(number);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, 1, ',');
  return text;
}

std::string counted(std::size_t number, std::string_view one) {
  return fmt::format("{} {}{}", count(number), one, number == 1 ? "" : "s");
}

std::string split_name(const Evaluation& evaluation) {
  using Name = std::pair<std::string_view, std::string_view>;
  static constexpr std::array<Name, 6> kNames = {{{"speaker", "Speaker-independent"},
                                                  {"random", "Random clips"},
                                                  {"sentence", "Sentence-independent"},
                                                  {"holdout", "Held-out part"},
                                                  {"corpus", "Across corpora"},
                                                  {"model", "A given classifier"}}};
  for (const auto& [split, name] : kNames) {
    if (split == evaluation.split) return std::string(name);
  }
  return evaluation.split.empty() ? "Split without a name" : evaluation.split;
}

std::string shared_speakers(const Evaluation& evaluation) {
  const FoldOutcome* most = nullptr;
  for (const FoldOutcome& fold : evaluation.fold_outcomes) {
    if (fold.test_speakers == 0) return "not known";
    if (most == nullptr || fold.shared_speakers > most->shared_speakers) most = &fold;
  }
  if (most == nullptr) return "not known";
  if (most->shared_speakers == 0) return evaluation.speaker_independent ? "none" : "none known";
  return fmt::format("{}{} of {}", evaluation.fold_outcomes.size() > 1 ? "up to " : "",
                     count(most->shared_speakers), count(most->test_speakers));
}

}  // namespace undertone::evaluation
