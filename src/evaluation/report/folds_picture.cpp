#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>

#include "evaluation/report/picture.hpp"
#include "evaluation/report/pictures.hpp"
#include "evaluation/report/wording.hpp"

namespace undertone::evaluation {
namespace {

struct Row {
  std::string_view name;
  double Scores::*value;
  MeanAndDeviation spread;
};

constexpr double kRow = 62;
constexpr double kTop = 8;

// The scale around all folds, in steps of five points, at least twenty wide.
Scale scale_around(const std::vector<FoldOutcome>& folds, const std::array<Row, 3>& rows) {
  double low = 1;
  double high = 0;
  for (const FoldOutcome& fold : folds) {
    for (const Row& row : rows) {
      low = std::min(low, fold.scores.*row.value);
      high = std::max(high, fold.scores.*row.value);
    }
  }
  int first = std::clamp(static_cast<int>(std::floor((low - 0.01) * 20)), 0, 16);
  int last = std::clamp(static_cast<int>(std::ceil((high + 0.01) * 20)), first + 4, 20);
  // Whole tens where the scale is wide, so that labels do not crowd.
  if (last - first > 8) {
    first -= first % 2;
    last += last % 2;
  }
  return {first / 20.0, last / 20.0, 84, 400};
}

}  // namespace

void draw_fold_spread(Markup& markup, const Evaluation& evaluation, std::string_view prefix) {
  const std::array<Row, 3> rows = {{{"UAR", &Scores::uar, evaluation.uar},
                                    {"Accuracy", &Scores::accuracy, evaluation.accuracy},
                                    {"Macro F1", &Scores::macro_f1, evaluation.macro_f1}}};
  std::string text = "Mean and standard deviation over the folds: ";
  for (const Row& row : rows) {
    text += fmt::format("{}{} {} ± {}", row.name == "UAR" ? "" : "; ", row.name,
                        percent(row.spread.mean), percent(row.spread.deviation));
  }
  const double bottom = kTop + 3 * kRow;
  const Picture picture(markup, {std::string(prefix) + "folds", "Scores of the folds", text + "."},
                        420, bottom + 24);
  const Scale scale = scale_around(evaluation.fold_outcomes, rows);
  percent_grid(markup, scale, kTop, bottom, scale.high - scale.low > 0.41 ? 0.1 : 0.05);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const Row& row = rows[r];
    const double middle = kTop + (static_cast<double>(r) + 0.5) * kRow;
    picture_text(markup, 74, middle + 4, "label end", row.name);
    const double low = scale.at(row.spread.mean - row.spread.deviation);
    const double high = scale.at(row.spread.mean + row.spread.deviation);
    picture_rectangle(markup, low, middle - 21, high - low, 42, "band");
    const double mean = scale.at(row.spread.mean);
    picture_line(markup, mean, middle - 21, mean, middle + 21, "mean");
    const std::size_t folds = evaluation.fold_outcomes.size();
    for (std::size_t f = 0; f < folds; ++f) {
      // Folds that score alike would hide each other: they are set in five lanes.
      const double lane = folds == 1 ? 0 : 6.5 * (static_cast<double>(f * 2 % 5) - 2);
      markup.empty("circle", {{"cx", scale.at(evaluation.fold_outcomes[f].scores.*row.value)},
                              {"cy", middle + lane},
                              {"r", folds > 30 ? 2.8 : 4.0},
                              {"class", "dot"}});
    }
  }
}

}  // namespace undertone::evaluation
