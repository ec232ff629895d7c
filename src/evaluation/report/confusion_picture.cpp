#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>

#include "evaluation/report/picture.hpp"
#include "evaluation/report/pictures.hpp"
#include "evaluation/report/plain_unicode.hpp"
#include "evaluation/report/wording.hpp"

namespace undertone::evaluation {
namespace {

constexpr double kWidth = 420;
constexpr double kMostEms = 8;  // of a class name
constexpr std::size_t kMostWithCounts = 8;
constexpr std::size_t kMostWithText = 14;

double share_of_row(const Scores& scores, std::size_t row, std::size_t column) {
  const std::size_t support = scores.classes[row].support;
  return support == 0
             ? 0
             : static_cast<double>(scores.confusion(row, column)) / static_cast<double>(support);
}

// The class's most frequent mistake, for those who cannot see the picture.
std::string description(const Evaluation& evaluation) {
  const Scores& scores = evaluation.pooled;
  std::string text = "A row for each true emotion, a column for each predicted one. ";
  for (std::size_t t = 0; t < scores.classes.size(); ++t) {
    std::size_t mistake = t;
    for (std::size_t p = 0; p < scores.classes.size(); ++p) {
      if (p == t) continue;
      if (mistake == t || scores.confusion(t, p) > scores.confusion(t, mistake)) mistake = p;
    }
    text += fmt::format("{}: {} right", evaluation.class_names.at(t),
                        percent(share_of_row(scores, t, t)));
    if (mistake != t && scores.confusion(t, mistake) > 0) {
      text += fmt::format(", {} taken for {}", percent(share_of_row(scores, t, mistake)),
                          evaluation.class_names.at(mistake));
    }
    text += ". ";
  }
  return text;
}

}  // namespace

void draw_confusion(Markup& markup, const Evaluation& evaluation, std::string_view prefix) {
  const Scores& scores = evaluation.pooled;
  const std::size_t classes = scores.classes.size();
  double widest = 0;
  for (const std::string& name : evaluation.class_names) {
    widest = std::max(widest, kTypeSize * width_in_ems(shortened(name, kMostEms)));
  }
  const double left = std::max(widest + 12, 60.0);
  const double cell = (kWidth - left - 2) / static_cast<double>(std::max<std::size_t>(classes, 1));
  const double tall = std::min(cell, 58.0);
  const bool upright = widest > cell;
  const double top = upright ? 30 + widest : 40;
  const Picture picture(
      markup, {std::string(prefix) + "confusion", "Confusion matrix", description(evaluation)},
      kWidth, top + static_cast<double>(classes) * tall + 4);
  picture_text(markup, left, 12, "tick", "Predicted →");
  picture_text(markup, left - 8, top - 8, "tick end", "True ↓");
  for (std::size_t c = 0; c < classes; ++c) {
    const std::string name = shortened(evaluation.class_names.at(c), kMostEms);
    const double middle = left + (static_cast<double>(c) + 0.5) * cell;
    if (upright) {
      const std::string place = coordinate(middle + 4) + " " + coordinate(top - 7);
      markup.leaf("text",
                  {{"transform", "translate(" + place + ") rotate(-90)"}, {"class", "label"}},
                  name);
    } else {
      picture_text(markup, middle, top - 8, "label middle", name);
    }
    picture_text(markup, left - 8, top + (static_cast<double>(c) + 0.5) * tall + 4, "label end",
                 name);
  }
  for (std::size_t t = 0; t < classes; ++t) {
    for (std::size_t p = 0; p < classes; ++p) {
      const double share = share_of_row(scores, t, p);
      const auto step = static_cast<int>(std::lround(10 * share));
      const double x = left + static_cast<double>(p) * cell;
      const double y = top + static_cast<double>(t) * tall;
      picture_rectangle(markup, x + 1, y + 1, cell - 2, tall - 2, fmt::format("step s{}", step));
      if (classes > kMostWithText) continue;
      const std::string ink = step >= 5 ? "on-high" : "on-low";
      const double middle = x + cell / 2;
      const bool with_count = classes <= kMostWithCounts;
      picture_text(markup, middle, y + tall / 2 + (with_count ? -1 : 4), "cell " + ink,
                   decimal(100 * share, with_count ? 1 : 0));
      if (with_count) {
        picture_text(markup, middle, y + tall / 2 + 13, "cell small " + ink,
                     count(scores.confusion(t, p)));
      }
    }
  }
}

}  // namespace undertone::evaluation
