#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "evaluation/report/picture.hpp"
#include "evaluation/report/pictures.hpp"
#include "evaluation/report/plain_unicode.hpp"
#include "evaluation/report/wording.hpp"

namespace undertone::evaluation {
namespace {

struct Measure {
  std::string_view name;
  std::string_view css_class;
  double ClassScores::*value;
};

constexpr std::array<Measure, 3> kMeasures = {{{"Recall", "recall", &ClassScores::recall},
                                               {"Precision", "precision", &ClassScores::precision},
                                               {"F1", "f1", &ClassScores::f1}}};
constexpr double kBar = 11;
constexpr double kGroup = 3 * kBar + 17;
constexpr double kTop = 30;
constexpr double kMostEms = 9;  // of a class name

std::string description(const Evaluation& evaluation) {
  std::string text = "Recall, precision and F1 of each emotion: ";
  for (std::size_t c = 0; c < evaluation.pooled.classes.size(); ++c) {
    const ClassScores& scores = evaluation.pooled.classes[c];
    text += fmt::format("{}{} {}, {}, {}", c == 0 ? "" : "; ", evaluation.class_names.at(c),
                        percent(scores.recall), percent(scores.precision), percent(scores.f1));
  }
  return text + ".";
}

}  // namespace

void draw_class_bars(Markup& markup, const Evaluation& evaluation, std::string_view prefix) {
  const std::vector<ClassScores>& classes = evaluation.pooled.classes;
  double widest = 5;
  for (const std::string& name : evaluation.class_names) {
    widest = std::max(widest, width_in_ems(shortened(name, kMostEms)));
  }
  const double left = kTypeSize * widest + 12;
  const double bottom = kTop + static_cast<double>(classes.size()) * kGroup;
  const Picture picture(
      markup, {std::string(prefix) + "bars", "Scores by emotion", description(evaluation)}, 420,
      bottom + 24);
  double x = left;
  for (const Measure& measure : kMeasures) {
    picture_rectangle(markup, x, 5, 11, 11, measure.css_class);
    picture_text(markup, x + 16, 15, "label", measure.name);
    x += 34 + kTypeSize * width_in_ems(measure.name);
  }
  const Scale scale{0, 1, left, 376};
  percent_grid(markup, scale, kTop, bottom, 0.25);
  for (std::size_t c = 0; c < classes.size(); ++c) {
    double y = kTop + static_cast<double>(c) * kGroup + 8;
    picture_text(markup, left - 8, y + 14, "label end",
                 shortened(evaluation.class_names.at(c), kMostEms));
    picture_text(markup, left - 8, y + 29, "tick end", counted(classes[c].support, "clip"));
    for (const Measure& measure : kMeasures) {
      const double value = classes[c].*measure.value;
      const double end = scale.at(value);
      picture_rectangle(markup, scale.left, y, end - scale.left, kBar - 1, measure.css_class);
      picture_text(markup, end + 5, y + 9, "small haloed", decimal(100 * value, 1));
      y += kBar + 1;
    }
  }
}

}  // namespace undertone::evaluation
