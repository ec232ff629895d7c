#include "undertone/evaluation_table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <utility>
#include <vector>

#include "undertone/console.hpp"

namespace undertone::cli {
namespace {

using evaluation::Evaluation;
using evaluation::Interval;
using evaluation::MeanAndDeviation;
using evaluation::Scores;

struct Figure {
  const char* name;
  double Scores::*pooled;
  MeanAndDeviation Evaluation::*folds;
  Interval evaluation::ScoreIntervals::*interval;
};

constexpr std::array kFigures = {
    Figure{"accuracy", &Scores::accuracy, &Evaluation::accuracy,
           &evaluation::ScoreIntervals::accuracy},
    Figure{"UAR", &Scores::uar, &Evaluation::uar, &evaluation::ScoreIntervals::uar},
    Figure{"macro-F1", &Scores::macro_f1, &Evaluation::macro_f1,
           &evaluation::ScoreIntervals::macro_f1}};

// Text of a name that comes from outside, in a column of at least `width`, left-justified.
std::string cell(const std::string& name, std::size_t width) {
  std::string text = printable(name);
  const std::size_t wide = display_width(text);
  if (wide < width) text.append(width - wide, ' ');
  return text;
}

std::size_t widest(const std::vector<std::string>& names, std::size_t least) {
  for (const std::string& name : names) least = std::max(least, display_width(printable(name)));
  return least;
}

std::string figures(const Evaluation& evaluation, bool utf8) {
  const bool several = evaluation.fold_outcomes.size() > 1;
  std::string text = fmt::format("{:<12}{:>8}   95 % interval{}\n", "%", "all",
                                 several ? "    folds: mean and deviation" : "");
  for (const Figure& figure : kFigures) {
    const Interval& interval = evaluation.intervals.*figure.interval;
    const MeanAndDeviation& folds = evaluation.*figure.folds;
    text +=
        fmt::format("{:<12}{:>8.1f}   {:<15}", figure.name, 100 * evaluation.pooled.*figure.pooled,
                    fmt::format("{:.1f} to {:.1f}", 100 * interval.low, 100 * interval.high));
    if (several) {
      text += fmt::format("  {:.1f} {} {:.1f}", 100 * folds.mean, utf8 ? "±" : "+-",
                          100 * folds.deviation);
    }
    while (text.back() == ' ') text.pop_back();
    text += '\n';
  }
  return text +
         fmt::format("Intervals: {} resamples of {}.\n", evaluation.intervals.resamples,
                     evaluation.intervals.unit) +
         fmt::format("Calibration error {:.1f} % (ECE, 10 bins), Brier score {:.3f}\n",
                     100 * evaluation.pooled.ece, evaluation.pooled.brier);
}

std::string classes(const Evaluation& evaluation) {
  const std::size_t width = widest(evaluation.class_names, 10) + 2;
  std::string text = fmt::format("{:<{}}{:>10}{:>8}{:>8}{:>8}\n", "class, %", width, "precision",
                                 "recall", "F1", "clips");
  for (std::size_t c = 0; c < evaluation.class_names.size(); ++c) {
    const evaluation::ClassScores& scores = evaluation.pooled.classes[c];
    text +=
        fmt::format("{}{:>10.1f}{:>8.1f}{:>8.1f}{:>8}\n", cell(evaluation.class_names[c], width),
                    100 * scores.precision, 100 * scores.recall, 100 * scores.f1, scores.support);
  }
  return text;
}

std::string confusion(const Evaluation& evaluation) {
  const std::size_t width = widest(evaluation.class_names, 10) + 2;
  std::string text = fmt::format("{:<{}}", "said, clips", width);
  std::vector<std::size_t> column;
  for (const std::string& name : evaluation.class_names) {
    const std::string shown = printable(name);
    column.push_back(std::max<std::size_t>(display_width(shown), 6) + 2);
    text += std::string(column.back() - display_width(shown), ' ') + shown;
  }
  text += '\n';
  for (std::size_t t = 0; t < evaluation.class_names.size(); ++t) {
    text += cell("is " + evaluation.class_names[t], width);
    for (std::size_t p = 0; p < evaluation.class_names.size(); ++p) {
      text += fmt::format("{:>{}}", evaluation.pooled.confusion(t, p), column[p]);
    }
    text += '\n';
  }
  return text;
}

std::string subgroups(const Evaluation& evaluation) {
  if (evaluation.subgroups.empty()) return {};
  std::vector<std::string> names;
  for (const auto& group : evaluation.subgroups) names.push_back(group.column + " " + group.value);
  const std::size_t width = widest(names, 10) + 2;
  std::string text = fmt::format("\n{:<{}}{:>10}{:>8}{:>10}{:>8}\n", "subgroup, %", width,
                                 "accuracy", "UAR", "macro-F1", "clips");
  for (std::size_t g = 0; g < names.size(); ++g) {
    const Scores& scores = evaluation.subgroups[g].scores;
    text +=
        fmt::format("{}{:>10.1f}{:>8.1f}{:>10.1f}{:>8}\n", cell(names[g], width),
                    100 * scores.accuracy, 100 * scores.uar, 100 * scores.macro_f1, scores.samples);
  }
  return text;
}

std::string listeners(const Evaluation& evaluation) {
  if (!evaluation.listeners) return {};
  const evaluation::ListenerComparison& compared = *evaluation.listeners;
  return fmt::format(
      "\nListeners: on {} clips with a most frequent answer, listeners name the intended emotion "
      "in "
      "{:.1f} %, the classifier in {:.1f} %; both agree in {:.1f} %.\n",
      compared.clips, 100 * compared.listener_accuracy, 100 * compared.model_accuracy,
      100 * compared.model_agreement);
}

std::string one(const Evaluation& evaluation, bool utf8) {
  std::string text = printable(evaluation.description) + "\n\n";
  text += figures(evaluation, utf8) + '\n' + classes(evaluation) + '\n' + confusion(evaluation);
  text += subgroups(evaluation) + listeners(evaluation);
  if (!evaluation.notices.empty()) text += '\n';
  for (const std::string& notice : evaluation.notices) {
    text += fmt::format("Note: {}\n", printable(notice));
  }
  return text;
}

std::string points(const evaluation::Difference& difference, double uar) {
  return fmt::format(
      "{:.1f} points of UAR {} (95 % interval {:+.1f} to {:+.1f}; the same {} drawn for both)",
      100 * std::abs(uar), uar < 0 ? "less" : "more", 100 * difference.uar.low,
      100 * difference.uar.high, difference.unit);
}

// What the difference of two splits teaches.
std::string lesson(const evaluation::Study& study, const evaluation::Difference& difference) {
  const Evaluation& first = study.evaluations[difference.first];
  const Evaluation& second = study.evaluations[difference.second];
  const double uar = second.pooled.uar - first.pooled.uar;
  std::string text =
      fmt::format("{} against {}: {}.", second.split, first.split, points(difference, uar));
  const bool chance = difference.uar.low <= 0 && difference.uar.high >= 0;
  const bool between_corpora = first.split == "corpus" || second.split == "corpus";
  if (chance) {
    text += " That may be chance.";
  } else if (between_corpora) {
    text += " A corpus that was not trained on brings other rooms, actors and languages.";
  } else if (first.speaker_independent != second.speaker_independent) {
    const bool leak_helps = (uar < 0) == second.speaker_independent;
    text += leak_helps ? " So much comes from knowing the voices, and a new voice does not have it."
                       : " New speakers are rarely easier: look for what else differs.";
  }
  return text + '\n';
}

std::string side_by_side(const evaluation::Study& study) {
  std::string text = fmt::format("{:<18}", "Side by side, %");
  std::vector<std::size_t> width;
  for (const Evaluation& evaluation : study.evaluations) {
    width.push_back(std::max<std::size_t>(display_width(evaluation.split), 8) + 2);
    text += fmt::format("{:>{}}", evaluation.split, width.back());
  }
  const bool two = study.evaluations.size() == 2;
  text += two ? "  difference\n" : "\n";
  const auto row = [&](const char* name, double scale, const char* format, auto value_of) {
    text += fmt::format("{:<18}", name);
    for (std::size_t e = 0; e < study.evaluations.size(); ++e) {
      const double value = scale * value_of(study.evaluations[e].pooled);
      text += fmt::format("{:>{}}", fmt::format(fmt::runtime(format), value), width[e]);
    }
    if (two) {
      const double difference =
          scale * (value_of(study.evaluations[1].pooled) - value_of(study.evaluations[0].pooled));
      text += fmt::format("{:>12}",
                          fmt::format("{}{}", std::signbit(difference) ? "-" : "+",
                                      fmt::format(fmt::runtime(format), std::abs(difference))));
    }
    text += '\n';
  };
  for (const Figure& figure : kFigures) {
    row(figure.name, 100, "{:.1f}", [&](const Scores& s) { return s.*figure.pooled; });
  }
  row("calibration error", 100, "{:.1f}", [](const Scores& s) { return s.ece; });
  row("Brier score", 1, "{:.3f}", [](const Scores& s) { return s.brier; });
  return text;
}

}  // namespace

std::string evaluation_text(const evaluation::Study& study, bool utf8) {
  std::string text;
  for (const Evaluation& evaluation : study.evaluations) {
    text += one(evaluation, utf8) + '\n';
  }
  if (study.evaluations.size() > 1) text += side_by_side(study);
  for (const evaluation::Difference& difference : study.differences) {
    text += lesson(study, difference);
  }
  if (study.evaluations.size() > 1) text += '\n';
  for (const auto& [name, value] : study.facts) {
    text += fmt::format("{:<28}{}\n", name, printable(value));
  }
  return text;
}

}  // namespace undertone::cli
