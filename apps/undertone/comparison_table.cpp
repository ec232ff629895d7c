#include "undertone/comparison_table.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>

#include "undertone/console.hpp"

namespace undertone::cli {
namespace {

using evaluation::Comparison;
using evaluation::Contender;

constexpr std::string_view kNames = "encoder, layer, classifier";

std::string row(const Comparison& comparison, std::size_t c, std::size_t width) {
  const Contender& contender = comparison.contenders[c];
  const evaluation::Evaluation& evaluation = contender.evaluation;
  std::string name = printable(contender.name());
  name.append(width - std::min(width, display_width(name)), ' ');
  std::string text =
      fmt::format("{} {} {:>5.1f}  {:>12}  {:>8.1f}  {:>8.1f}  ", c == comparison.best ? '*' : ' ',
                  name, 100 * evaluation.pooled.uar,
                  fmt::format("{:.1f} to {:.1f}", 100 * evaluation.intervals.uar.low,
                              100 * evaluation.intervals.uar.high),
                  100 * evaluation.pooled.accuracy, 100 * evaluation.pooled.macro_f1);
  if (c == comparison.best) {
    text += fmt::format("{:>14}  {:>7}", "best", "");
  } else {
    text += fmt::format(
        "{:>14}  {:>7}",
        fmt::format("{:.1f} to {:.1f}", 100 * contender.to_best.uar.low,
                    100 * contender.to_best.uar.high),
        contender.adjusted_p < 0.001 ? "< .001" : fmt::format("{:.3f}", contender.adjusted_p));
  }
  text +=
      fmt::format("  {:>8}", contender.cost_ms ? fmt::format("{:.3g}", *contender.cost_ms) : "-");
  return text + '\n';
}

}  // namespace

std::string comparison_text(const Comparison& comparison) {
  std::size_t width = kNames.size();
  for (const Contender& contender : comparison.contenders) {
    width = std::max(width, display_width(printable(contender.name())));
  }
  std::string text;
  for (const std::string& warning : untrained_warnings(comparison)) {
    text += fmt::format("WARNING: {}\n", printable(warning));
  }
  text += printable(comparison.split) + "\n\n";
  text += fmt::format("  {:<{}} {:>5}  {:>12}  {:>8}  {:>8}  {:>14}  {:>7}  {:>8}\n", kNames, width,
                      "UAR", "interval", "accuracy", "macro-F1", "below the best", "p", "cost, ms");
  for (const std::size_t c : by_score(comparison)) text += row(comparison, c, width);
  text +=
      "\nFigures are in %, intervals of 95 %; p is corrected (Holm) for the number of comparisons, "
      "not for the "
      "best\nhaving been picked by its score. Cost: one core's time for a second of audio.\n";
  const Contender& best = comparison.contenders[comparison.best];
  if (comparison.contenders.size() > 1)
    text += fmt::format(
        "The best was chosen on the folds it was scored on, so its {:.1f} % is optimistic; having "
        "been\nchosen among {}, {:.1f} % is to be expected of it (95 % interval {:.1f} to "
        "{:.1f}).\n",
        100 * best.evaluation.pooled.uar, comparison.contenders.size(),
        100 * comparison.selection.uar, 100 * comparison.selection.interval.low,
        100 * comparison.selection.interval.high);
  for (const std::string& notice : comparison.notices) {
    text += fmt::format("Note: {}\n", printable(notice));
  }
  return text;
}

}  // namespace undertone::cli
