#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "evaluation/report/picture.hpp"
#include "evaluation/report/pictures.hpp"
#include "evaluation/report/plain_unicode.hpp"
#include "evaluation/report/wording.hpp"

namespace undertone::evaluation {
namespace {

constexpr double kTop = 6;
constexpr double kRow = 58;
constexpr double kBar = 22;

double bar_middle(std::size_t row) { return kTop + static_cast<double>(row) * kRow + 34; }

}  // namespace

void draw_comparison(Markup& markup, const Study& study, std::size_t from, std::size_t to) {
  const std::size_t rows = study.evaluations.size();
  const double bottom = kTop + static_cast<double>(rows) * kRow + 4;
  std::string text = "UAR with its 95 % interval: ";
  for (std::size_t e = 0; e < rows; ++e) {
    const Evaluation& evaluation = study.evaluations[e];
    text += fmt::format("{}{} {} ({})", e == 0 ? "" : "; ", split_name(evaluation),
                        percent(evaluation.pooled.uar), percent_range(evaluation.intervals.uar));
  }
  const Picture picture(markup, {"comparison", "UAR by split", text + "."}, 420, bottom + 24);
  const Scale scale{0, 1, 8, 396};
  percent_grid(markup, scale, kTop, bottom, 0.25);
  if (!study.class_names.empty()) {
    const double chance = scale.at(1 / static_cast<double>(study.class_names.size()));
    picture_line(markup, chance, kTop, chance, bottom, "ideal");
  }
  if (from != to) {
    const double first = scale.at(study.evaluations[from].pooled.uar);
    const double second = scale.at(study.evaluations[to].pooled.uar);
    const double top = std::min(bar_middle(from), bar_middle(to));
    const double end = std::max(bar_middle(from), bar_middle(to));
    picture_rectangle(markup, std::min(first, second), top, std::abs(first - second), end - top,
                      "gap");
  }
  for (std::size_t e = 0; e < rows; ++e) {
    const Evaluation& evaluation = study.evaluations[e];
    const double middle = bar_middle(e);
    picture_text(markup, scale.left + 4, middle - kBar / 2 - 5, "label haloed",
                 shortened(split_name(evaluation), 28));
    const double end = scale.at(evaluation.pooled.uar);
    picture_rectangle(markup, scale.left, middle - kBar / 2, end - scale.left, kBar,
                      evaluation.speaker_independent ? "honest" : "optimistic");
    const double low = scale.at(evaluation.intervals.uar.low);
    const double high = scale.at(evaluation.intervals.uar.high);
    picture_line(markup, low - 2, middle, high + 2, middle, "halo");
    picture_line(markup, low, middle, high, middle, "whisker");
    picture_line(markup, low, middle - 5, low, middle + 5, "whisker");
    picture_line(markup, high, middle - 5, high, middle + 5, "whisker");
    const std::string value = percent(evaluation.pooled.uar);
    const bool room_within = low - scale.left > 66;
    picture_text(markup, room_within ? scale.left + 8 : std::max(end, high) + 8, middle + 4.5,
                 room_within ? "in-bar" : "beside-bar", value);
  }
}

}  // namespace undertone::evaluation
