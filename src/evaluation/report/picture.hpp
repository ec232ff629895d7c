// The parts that all pictures share: a titled SVG, axes, marks.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "evaluation/report/markup.hpp"

namespace undertone::evaluation {

// An <svg> of the given size in units, which stretches to the width of its column. `id` is unique
// in the document; title and description are what a screen reader says in place of the picture.
class Picture {
 public:
  struct About {
    std::string id;
    std::string title;
    std::string description;
  };

  Picture(Markup& markup, const About& about, double width, double height);

 private:
  Markup::Element svg_;
};

// Type in pictures is this many units tall.
inline constexpr double kTypeSize = 12;

void picture_text(Markup& markup, double x, double y, std::string_view css_class,
                  std::string_view text);
void picture_line(Markup& markup, double x1, double y1, double x2, double y2,
                  std::string_view css_class);
void picture_rectangle(Markup& markup, double x, double y, double width, double height,
                       std::string_view css_class);

// A horizontal scale from `low` to `high` (shares) over [left, right].
struct Scale {
  double low = 0;
  double high = 1;
  double left = 0;
  double right = 1;

  double at(double value) const;  // clamped to the scale
};

// Grid lines of a scale from `top` to `bottom`, with a percentage under each; `step` apart.
void percent_grid(Markup& markup, const Scale& scale, double top, double bottom, double step);

// Eight colours (Okabe and Ito 2008, tuned a little to each theme) times eight shapes: the class
// of a colour ("k3"), and a shape around (x, y) as SVG path data. Both cycle so that 64 labels
// differ.
std::string colour_class(std::size_t label);
std::string marker_path(std::size_t label, double x, double y, double radius);

}  // namespace undertone::evaluation
