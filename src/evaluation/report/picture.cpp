#include "evaluation/report/picture.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "evaluation/report/wording.hpp"

namespace undertone::evaluation {

Picture::Picture(Markup& markup, const About& about, double width, double height)
    : svg_(markup.open("svg", {{"role", "img"},
                               {"aria-labelledby", about.id + "-title"},
                               {"aria-describedby", about.id + "-desc"},
                               {"viewBox", "0 0 " + coordinate(width) + " " + coordinate(height)},
                               {"width", width},
                               {"height", height}})) {
  markup.leaf("title", {{"id", about.id + "-title"}}, about.title);
  markup.leaf("desc", {{"id", about.id + "-desc"}}, about.description);
}

void picture_text(Markup& markup, double x, double y, std::string_view css_class,
                  std::string_view text) {
  markup.leaf("text", {{"x", x}, {"y", y}, {"class", css_class}}, text);
}

void picture_line(Markup& markup, double x1, double y1, double x2, double y2,
                  std::string_view css_class) {
  markup.empty("line", {{"x1", x1}, {"y1", y1}, {"x2", x2}, {"y2", y2}, {"class", css_class}});
}

void picture_rectangle(Markup& markup, double x, double y, double width, double height,
                       std::string_view css_class) {
  markup.empty("rect", {{"x", x},
                        {"y", y},
                        {"width", std::max(0.0, width)},
                        {"height", std::max(0.0, height)},
                        {"class", css_class}});
}

double Scale::at(double value) const {
  const double share = (value - low) / (high - low);
  return left + (right - left) * (std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 0);
}

void percent_grid(Markup& markup, const Scale& scale, double top, double bottom, double step) {
  const int steps = static_cast<int>(std::lround((scale.high - scale.low) / step));
  for (int i = 0; i <= steps; ++i) {
    const double value = scale.low + i * step;
    const double x = scale.at(value);
    picture_line(markup, x, top, x, bottom, i == 0 ? "axis" : "grid");
    const std::string unit = i == steps ? "\u202F%" : "";
    picture_text(markup, x, bottom + 16, "tick middle", decimal(100 * value, 0) + unit);
  }
}

std::string colour_class(std::size_t label) { return "k" + std::to_string(label % 8); }

std::string marker_path(std::size_t label, double x, double y, double radius) {
  const auto number = [](double value) { return coordinate(value); };
  const double r = radius;
  const std::string start = "M" + number(x) + " ";
  switch ((label + label / 8) % 8) {
    case 0:  // disc
      return fmt::format("M{} {}a{} {} 0 1 0 {} 0a{} {} 0 1 0 {} 0z", number(x - r), number(y),
                         number(r), number(r), number(2 * r), number(r), number(r), number(-2 * r));
    case 1:  // triangle, point up
      return start + fmt::format("{}l{} {}h{}z", number(y - 1.2 * r), number(1.15 * r),
                                 number(2.1 * r), number(-2.3 * r));
    case 2:  // triangle, point down
      return start + fmt::format("{}l{} {}h{}z", number(y + 1.2 * r), number(1.15 * r),
                                 number(-2.1 * r), number(-2.3 * r));
    case 3:  // square
      return fmt::format("M{} {}h{}v{}h{}z", number(x - 0.9 * r), number(y - 0.9 * r),
                         number(1.8 * r), number(1.8 * r), number(-1.8 * r));
    case 4:  // diamond
      return start + fmt::format("{}l{} {} {} {} {} {}z", number(y - 1.3 * r), number(1.3 * r),
                                 number(1.3 * r), number(-1.3 * r), number(1.3 * r),
                                 number(-1.3 * r), number(-1.3 * r));
    case 5: {  // upright cross
      const double a = 0.42 * r;
      const double b = 0.85 * r;
      return fmt::format("M{} {}h{}v{}h{}v{}h{}v{}h{}v{}h{}v{}h{}z", number(x - a),
                         number(y - a - b), number(2 * a), number(b), number(b), number(2 * a),
                         number(-b), number(b), number(-2 * a), number(-b), number(-b),
                         number(-2 * a), number(b));
    }
    case 6:  // bar, lying
      return fmt::format("M{} {}h{}v{}h{}z", number(x - 1.3 * r), number(y - 0.5 * r),
                         number(2.6 * r), number(r), number(-2.6 * r));
    default:  // bar, standing
      return fmt::format("M{} {}h{}v{}h{}z", number(x - 0.5 * r), number(y - 1.3 * r), number(r),
                         number(2.6 * r), number(-r));
  }
}

}  // namespace undertone::evaluation
