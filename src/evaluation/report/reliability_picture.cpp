#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "evaluation/report/picture.hpp"
#include "evaluation/report/pictures.hpp"
#include "evaluation/report/wording.hpp"

namespace undertone::evaluation {
namespace {

constexpr double kTop = 12;
constexpr double kSide = 300;
constexpr double kLeft = 62;
constexpr double kCounts = 56;  // height of the histogram
constexpr double kCountsBottom = kTop + kSide + 20 + kCounts;

std::string description(const Scores& scores) {
  std::string text =
      "For each tenth of confidence, the mean confidence and the share that was right: ";
  bool first = true;
  for (const ReliabilityBin& bin : scores.reliability) {
    if (bin.count == 0) continue;
    text += fmt::format("{}{} sure, {} right, {}", first ? "" : "; ", percent(bin.mean_confidence),
                        percent(bin.accuracy), counted(bin.count, "clip"));
    first = false;
  }
  return text + ".";
}

}  // namespace

void draw_reliability(Markup& markup, const Evaluation& evaluation, std::string_view prefix) {
  const Scores& scores = evaluation.pooled;
  const Picture picture(
      markup, {std::string(prefix) + "reliability", "Reliability diagram", description(scores)},
      420, kCountsBottom + 40);
  const Scale across{0, 1, kLeft, kLeft + kSide};
  const Scale up{0, 1, kTop + kSide, kTop};
  for (const double value : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    const std::string_view kind = value == 0 ? "axis" : "grid";
    picture_line(markup, across.at(value), kTop, across.at(value), kTop + kSide, kind);
    picture_line(markup, kLeft, up.at(value), kLeft + kSide, up.at(value), kind);
    const std::string label = decimal(100 * value, 0) + (value == 1 ? "\u202F%" : "");
    picture_text(markup, kLeft - 7, up.at(value) + 4, "tick end", label);
    picture_text(markup, across.at(value), kCountsBottom + 16, "tick middle", label);
  }
  picture_line(markup, kLeft, kTop + kSide, kLeft + kSide, kTop, "ideal");
  markup.leaf("text",
              {{"transform", fmt::format("translate({} {}) rotate(-45)",
                                         coordinate(across.at(0.11)), coordinate(up.at(0.11) - 7))},
               {"class", "tick middle"}},
              "as sure as right");
  markup.leaf(
      "text",
      {{"transform", fmt::format("translate(12 {}) rotate(-90)", coordinate(kTop + kSide / 2))},
       {"class", "label middle"}},
      "Share that was right");
  picture_text(markup, kLeft + kSide / 2, kCountsBottom + 33, "label middle",
               "Confidence of the prediction");

  std::size_t most = 1;
  for (const ReliabilityBin& bin : scores.reliability) most = std::max(most, bin.count);
  std::string line;
  for (std::size_t b = 0; b < scores.reliability.size(); ++b) {
    const ReliabilityBin& bin = scores.reliability[b];
    const double low = static_cast<double>(b) / 10;
    const double height = kCounts * static_cast<double>(bin.count) / static_cast<double>(most);
    picture_rectangle(markup, across.at(low) + 1.5, kCountsBottom - height, kSide / 10 - 3, height,
                      "histogram");
    if (bin.count == 0) continue;
    picture_text(markup, across.at(low + 0.05), kCountsBottom - height - 3, "count middle",
                 count(bin.count));
    picture_line(markup, across.at(bin.mean_confidence), up.at(bin.mean_confidence),
                 across.at(bin.mean_confidence), up.at(bin.accuracy), "miss");
    line +=
        fmt::format("{}{} {}", line.empty() ? "M" : "L", coordinate(across.at(bin.mean_confidence)),
                    coordinate(up.at(bin.accuracy)));
  }
  picture_line(markup, kLeft, kCountsBottom, kLeft + kSide, kCountsBottom, "axis");
  if (!line.empty()) markup.empty("path", {{"d", line}, {"class", "curve"}});
  for (const ReliabilityBin& bin : scores.reliability) {
    if (bin.count == 0) continue;
    const double share = static_cast<double>(bin.count) / static_cast<double>(most);
    markup.empty("circle", {{"cx", across.at(bin.mean_confidence)},
                            {"cy", up.at(bin.accuracy)},
                            {"r", 3.5 + 4 * std::sqrt(share)},
                            {"class", "dot"}});
  }
}

}  // namespace undertone::evaluation
