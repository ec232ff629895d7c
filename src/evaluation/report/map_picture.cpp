#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

#include "evaluation/report/picture.hpp"
#include "evaluation/report/pictures.hpp"
#include "evaluation/report/plain_unicode.hpp"
#include "evaluation/report/wording.hpp"

namespace undertone::evaluation {
namespace {

constexpr double kSize = 420;
constexpr double kLegendRow = 20;
// Points are drawn in this many rounds over all classes: were each class drawn whole, the last
// would hide the others.
constexpr std::size_t kRounds = 8;

struct Box {
  double left = std::numeric_limits<double>::max();
  double right = std::numeric_limits<double>::lowest();
  double low = std::numeric_limits<double>::max();
  double high = std::numeric_limits<double>::lowest();
};

bool finite(const MapPoint& point) { return std::isfinite(point.x) && std::isfinite(point.y); }

Box box_around(const std::vector<MapPoint>& points) {
  Box box;
  for (const MapPoint& point : points) {
    if (!finite(point)) continue;
    box.left = std::min<double>(box.left, point.x);
    box.right = std::max<double>(box.right, point.x);
    box.low = std::min<double>(box.low, point.y);
    box.high = std::max<double>(box.high, point.y);
  }
  return box;
}

struct LegendEntry {
  std::size_t label;
  std::string name;
  double x;
  double row;
};

std::vector<LegendEntry> legend_of(const std::vector<std::string>& class_names) {
  std::vector<LegendEntry> entries;
  double x = 8;
  double row = 0;
  for (std::size_t c = 0; c < class_names.size(); ++c) {
    const std::string name = shortened(class_names[c], 14);
    const double width = 26 + kTypeSize * width_in_ems(name);
    if (x + width > kSize && x > 8) {
      x = 8;
      ++row;
    }
    entries.push_back({c, name, x, row});
    x += width;
  }
  return entries;
}

}  // namespace

void draw_map(Markup& markup, const Study& study) {
  const std::vector<LegendEntry> legend = legend_of(study.class_names);
  const double top = legend.empty() ? 8 : (legend.back().row + 1) * kLegendRow + 8;
  const Box box = box_around(study.map);
  const double wide = std::max(box.right - box.left, 1e-30);
  const double high = std::max(box.high - box.low, 1e-30);
  // One unit is as long upwards as it is across, so that distances are what they seem.
  const double unit = std::min((kSize - 24) / wide, kSize / high);
  const double height = std::clamp(high * unit + 24, 140.0, kSize + 24);
  const Picture picture(
      markup,
      {"map", "Map of the embeddings",
       "Each mark is a clip, placed by the first two principal components of its embedding; colour "
       "and shape tell the emotion. The table beside it has the centre of each emotion."},
      kSize, top + height + 22);
  for (const LegendEntry& entry : legend) {
    const double y = entry.row * kLegendRow + 11;
    markup.empty("path", {{"d", marker_path(entry.label, entry.x + 7, y, 5)},
                          {"class", colour_class(entry.label)}});
    picture_text(markup, entry.x + 18, y + 4, "label", entry.name);
  }
  picture_rectangle(markup, 0.5, top + 0.5, kSize - 1, height - 1, "frame");

  const std::size_t shown = std::min(study.map.size(), kMapPoints);
  const double radius = shown > 1500 ? 2.1 : shown > 400 ? 2.8 : 3.6;
  std::vector<std::vector<std::string>> paths(kRounds,
                                              std::vector<std::string>(study.class_names.size()));
  for (std::size_t i = 0; i < shown; ++i) {
    const MapPoint& point = study.map[i * study.map.size() / shown];
    const auto label = static_cast<std::size_t>(point.label);
    if (!finite(point) || point.label < 0 || label >= study.class_names.size()) continue;
    const double x = kSize / 2 + unit * (point.x - (box.left + box.right) / 2);
    const double y = top + height / 2 - unit * (point.y - (box.low + box.high) / 2);
    paths[i % kRounds][label] += marker_path(label, x, y, radius);
  }
  for (const std::vector<std::string>& round : paths) {
    for (std::size_t c = 0; c < round.size(); ++c) {
      if (round[c].empty()) continue;
      markup.empty("path", {{"d", round[c]}, {"class", "point " + colour_class(c)}});
    }
  }
  picture_text(markup, kSize / 2, top + height + 17, "tick middle",
               "First principal component →, second ↑, to the same scale");
}

}  // namespace undertone::evaluation
