#include "evaluation/report/contender_pictures.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <map>

#include "evaluation/report/picture.hpp"
#include "evaluation/report/plain_unicode.hpp"
#include "evaluation/report/wording.hpp"

namespace undertone::evaluation {
namespace {

constexpr double kWidth = 460;
constexpr double kLeft = 46;
constexpr double kRight = 446;
constexpr double kTop = 10;
constexpr double kBottom = 238;
constexpr double kLegendTop = kBottom + 56;
constexpr double kLegendLine = 20;
constexpr double kLegendEms = (kRight - kLeft - 16) / kTypeSize;

// Steps of a scale of shares around all values, from a multiple of ten points to another.
struct Range {
  double low = 0;
  double high = 1;
};

Range range_of(const Comparison& comparison) {
  double low = 1 / static_cast<double>(std::max<std::size_t>(1, comparison.class_names.size()));
  double high = low;
  for (const Contender& contender : comparison.contenders) {
    low = std::min(low, contender.evaluation.pooled.uar);
    high = std::max(high, contender.evaluation.pooled.uar);
  }
  low = std::floor((low - 0.01) * 10) / 10;
  high = std::ceil((high + 0.01) * 10) / 10;
  return {std::max(0.0, low), std::min(1.0, high)};
}

// A scale of shares from kBottom up, with lines, percentages and the level of chance.
Scale share_axis(Markup& markup, const Comparison& comparison) {
  const Range range = range_of(comparison);
  const Scale scale{range.low, range.high, kBottom, kTop};
  const int steps = static_cast<int>(std::lround((range.high - range.low) * 10));
  for (int i = 0; i <= steps; ++i) {
    const double value = range.low + i * 0.1;
    const double y = scale.at(value);
    picture_line(markup, kLeft, y, kRight, y, i == 0 ? "axis" : "grid");
    picture_text(markup, kLeft - 6, y + 4, "tick end",
                 decimal(100 * value, 0) + (i == steps ? "\u202F%" : ""));
  }
  if (!comparison.class_names.empty()) {
    const double chance = scale.at(1 / static_cast<double>(comparison.class_names.size()));
    picture_line(markup, kLeft, chance, kRight, chance, "ideal");
    picture_text(markup, kRight, chance - 4, "tick end haloed", "chance");
  }
  return scale;
}

std::size_t place_of(const std::vector<std::string>& encoders, const std::string& encoder) {
  return static_cast<std::size_t>(std::find(encoders.begin(), encoders.end(), encoder) -
                                  encoders.begin());
}

// In the order in which they first appear: their place decides colour and shape.
std::vector<std::string> encoders_of(const Comparison& comparison) {
  std::vector<std::string> encoders;
  for (const Contender& contender : comparison.contenders) {
    if (place_of(encoders, contender.encoder) == encoders.size()) {
      encoders.push_back(contender.encoder);
    }
  }
  return encoders;
}

struct LegendEntry {
  std::string text;
  bool doubted = false;
};

// "hubert-base (untrained), svm", which fits into a line: it is the encoder's name that is
// shortened.
LegendEntry legend_entry(const Contender& contender, const std::string& classifier = {}) {
  const std::string rest = (contender.doubt.empty() ? "" : " (untrained)") +
                           (classifier.empty() ? "" : ", " + classifier);
  return {shortened(contender.encoder, kLegendEms - width_in_ems(rest)) + rest,
          !contender.doubt.empty()};
}

// Pale where the encoder looks untrained.
void draw_mark(Markup& markup, std::size_t number, double x, double y, double radius,
               bool doubted) {
  markup.empty("path", {{"d", marker_path(number, x, y, radius)},
                        {"class", colour_class(number) + (doubted ? " doubted" : " point")}});
}

// Marks and what they stand for, below the picture's axis, one in a line.
void draw_legend(Markup& markup, const std::vector<LegendEntry>& entries) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const double y = kLegendTop + static_cast<double>(i) * kLegendLine;
    draw_mark(markup, i, kLeft + 5, y - 4, 5, entries[i].doubted);
    picture_text(markup, kLeft + 16, y, "label", entries[i].text);
  }
}

double height_with_legend(std::size_t entries) {
  return kLegendTop + kLegendLine * static_cast<double>(entries);
}

// 1, 2, 5, 10, 20 ... around the values.
std::vector<double> ticks_between(double low, double high) {
  std::vector<double> ticks;
  for (int power = -6; power <= 9; ++power) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double tick = factor * std::pow(10.0, power);
      if (tick >= low && tick <= high) ticks.push_back(tick);
    }
  }
  return ticks;
}

std::string cost_text(double milliseconds) {
  return milliseconds < 10 ? fmt::format("{:.3g}", milliseconds)
                           : fmt::format("{:.0f}", milliseconds);
}

// An encoder with a classifier, over its layers.
struct Line {
  const Contender* first;
  std::map<std::size_t, double> uar;  // by layer
};

// Those that have several layers.
std::vector<Line> lines_of(const Comparison& comparison) {
  std::vector<Line> lines;
  for (const Contender& contender : comparison.contenders) {
    auto line = std::find_if(lines.begin(), lines.end(), [&](const Line& other) {
      return other.first->encoder == contender.encoder &&
             other.first->classifier == contender.classifier;
    });
    if (line == lines.end()) line = lines.insert(lines.end(), {&contender, {}});
    line->uar[contender.layer] = contender.evaluation.pooled.uar;
  }
  std::erase_if(lines, [](const Line& line) { return line.uar.size() < 2; });
  return lines;
}

}  // namespace

bool has_costs(const Comparison& comparison) {
  return std::any_of(comparison.contenders.begin(), comparison.contenders.end(),
                     [](const Contender& c) { return c.cost_ms && *c.cost_ms > 0; });
}

void draw_costs(Markup& markup, const Comparison& comparison) {
  const std::vector<std::string> encoders = encoders_of(comparison);
  double least = 1e300;
  double most = 0;
  for (const Contender& contender : comparison.contenders) {
    if (!contender.cost_ms || !(*contender.cost_ms > 0)) continue;
    least = std::min(least, *contender.cost_ms);
    most = std::max(most, *contender.cost_ms);
  }
  const Contender& best = comparison.contenders[comparison.best];
  const Picture picture(
      markup,
      {"costs", "UAR against cost",
       fmt::format("Each mark is an encoder's layer with a classifier. The best, {}, reaches {}{}.",
                   best.name(), percent(best.evaluation.pooled.uar),
                   best.cost_ms ? fmt::format(" at {} ms of one core for a second of audio",
                                              cost_text(*best.cost_ms))
                                : std::string())},
      kWidth, height_with_legend(encoders.size()));
  const Scale shares = share_axis(markup, comparison);
  const Scale costs{std::log10(least / 1.6), std::log10(most * 1.6), kLeft, kRight};
  std::vector<double> ticks = ticks_between(least / 1.6, most * 1.6);
  const std::size_t every = 1 + ticks.size() / 8;
  for (std::size_t t = 0; t < ticks.size(); t += every) {
    const double x = costs.at(std::log10(ticks[t]));
    picture_line(markup, x, kTop, x, kBottom, "grid");
    picture_text(markup, x, kBottom + 16, "tick middle", fmt::format("{:g}", ticks[t]));
  }
  picture_text(markup, (kLeft + kRight) / 2, kBottom + 34, "tick middle",
               "ms of one core for a second of audio");
  for (std::size_t c = 0; c < comparison.contenders.size(); ++c) {
    const Contender& contender = comparison.contenders[c];
    if (!contender.cost_ms || !(*contender.cost_ms > 0)) continue;
    const double x = costs.at(std::log10(*contender.cost_ms));
    const double y = shares.at(contender.evaluation.pooled.uar);
    const std::size_t place = place_of(encoders, contender.encoder);
    draw_mark(markup, place, x, y, 5, !contender.doubt.empty());
    if (c != comparison.best) continue;
    markup.empty("circle", {{"cx", x}, {"cy", y}, {"r", 10.0}, {"class", "ring"}});
    picture_text(markup, std::clamp(x, kLeft + 24, kRight - 24), y + (y > kTop + 24 ? -14 : 22),
                 "label middle haloed", "best");
  }
  std::vector<LegendEntry> entries(encoders.size());
  for (const Contender& contender : comparison.contenders) {
    entries[place_of(encoders, contender.encoder)] = legend_entry(contender);
  }
  draw_legend(markup, entries);
}

bool has_layers(const Comparison& comparison) { return !lines_of(comparison).empty(); }

void draw_layers(Markup& markup, const Comparison& comparison) {
  const std::vector<Line> lines = lines_of(comparison);
  std::size_t last = 0;
  for (const Line& line : lines) last = std::max(last, line.uar.rbegin()->first);
  std::string text = "UAR by hidden state. The greatest of each line: ";
  std::vector<LegendEntry> entries;
  for (const Line& line : lines) {
    const auto greatest = std::max_element(line.uar.begin(), line.uar.end(),
                                           [](auto& a, auto& b) { return a.second < b.second; });
    text += fmt::format("{}{}, {}: {} at layer {}", entries.empty() ? "" : "; ",
                        line.first->encoder_label(), line.first->classifier,
                        percent(greatest->second), greatest->first);
    entries.push_back(legend_entry(*line.first, line.first->classifier));
  }
  const Picture picture(markup, {"layers", "UAR by layer", text + "."}, kWidth,
                        height_with_legend(entries.size()));
  const Scale shares = share_axis(markup, comparison);
  const Scale across{0, static_cast<double>(std::max<std::size_t>(1, last)), kLeft + 12,
                     kRight - 12};
  const std::size_t every = 1 + last / 13;
  for (std::size_t layer = 0; layer <= last; layer += every) {
    picture_text(markup, across.at(static_cast<double>(layer)), kBottom + 16, "tick middle",
                 std::to_string(layer));
  }
  picture_text(markup, (kLeft + kRight) / 2, kBottom + 34, "tick middle",
               "hidden state (layer); 0 is what enters the first");
  for (std::size_t l = 0; l < lines.size(); ++l) {
    const bool doubted = !lines[l].first->doubt.empty();
    std::string path;
    for (const auto& [layer, uar] : lines[l].uar) {
      path += fmt::format("{}{} {}", path.empty() ? "M" : "L",
                          coordinate(across.at(static_cast<double>(layer))),
                          coordinate(shares.at(uar)));
    }
    markup.empty("path", {{"d", path},
                          {"class", fmt::format("trace t{}{}", l % 8, doubted ? " doubted" : "")}});
    for (const auto& [layer, uar] : lines[l].uar) {
      draw_mark(markup, l, across.at(static_cast<double>(layer)), shares.at(uar), 4, doubted);
    }
  }
  draw_legend(markup, entries);
}

}  // namespace undertone::evaluation
