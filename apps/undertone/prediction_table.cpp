#include "undertone/prediction_table.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <fmt/format.h>
#include <utility>

#include "undertone/console.hpp"

namespace undertone::cli {
namespace {

constexpr std::size_t kBarWidth = 32;
constexpr std::size_t kLabelWidth = 10;

std::string coloured(const std::string& text, const char* sequence, const TableStyle& style) {
  return style.colour && !text.empty() ? fmt::format("\x1b[{}m{}\x1b[0m", sequence, text) : text;
}

std::string padded(const std::string& text, std::size_t width) {
  const std::size_t taken = display_width(text);
  return taken < width ? text + std::string(width - taken, ' ') : text;
}

// In eighths of a column where the characters are there.
std::string bar(double fraction, const TableStyle& style) {
  constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths = static_cast<std::size_t>(
      std::lround(std::clamp(fraction, 0.0, 1.0) * static_cast<double>(kBarWidth * 8)));
  std::string text;
  for (std::size_t i = 0; i < eighths / 8; ++i) text += style.utf8 ? "█" : "#";
  if (style.utf8) text += kEighths[eighths % 8];
  return text;
}

std::string timing_text(const Timing& timing) {
  return fmt::format("decode {:.1f} ms, encode {:.1f} ms, classify {:.1f} ms", timing.decode_ms,
                     timing.encode_ms, timing.classify_ms);
}

// The values that a regression or an estimate has, in one line.
std::string dimensions_text(const std::vector<std::pair<std::string, double>>& dimensions) {
  std::string text;
  for (const auto& [name, value] : dimensions) {
    text += fmt::format("{}{} {:.2f}", text.empty() ? "" : ", ", printable(name), value);
  }
  return text;
}

std::vector<std::pair<std::string, double>> named(const Dimensions& estimate) {
  return {{"arousal", estimate.arousal},
          {"dominance", estimate.dominance},
          {"valence", estimate.valence}};
}

std::string headline(const Prediction& prediction, const TableStyle& style) {
  if (prediction.probabilities.empty()) {
    return coloured(dimensions_text(prediction.dimensions), "1", style);
  }
  return fmt::format("{} ({:.1f} %)", coloured(printable(prediction.label), "1", style),
                     100.0 * prediction.confidence);
}

std::string window_text(const WindowPrediction& window) {
  if (window.silent) return "silence";
  if (window.probabilities.empty()) return dimensions_text(window.dimensions);
  return fmt::format("{} {:5.1f} %", padded(printable(window.label), kLabelWidth),
                     100.0 * window.confidence);
}

std::string with_bar(const std::string& line, double fraction, const TableStyle& style) {
  const std::string length = bar(fraction, style);
  return length.empty() ? line : line + "  " + length;
}

std::string upper_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return c < 0x80 ? static_cast<char>(std::toupper(c)) : static_cast<char>(c);
  });
  return text;
}

std::size_t column_width(const std::string& dimension) {
  return std::max<std::size_t>(5, display_width(printable(dimension)));
}

// Headers of the columns of numbers that stand for dimensions.
std::vector<std::string> dimension_columns(const TableStyle& style) {
  if (!style.dimensions.empty()) return style.dimensions;
  return style.estimate ? std::vector<std::string>{"~arousal", "~dominance", "~valence"}
                        : std::vector<std::string>{};
}

}  // namespace

std::string prediction_card(const std::string& name, const Prediction& prediction,
                            const TableStyle& style) {
  std::string text = fmt::format("{}: {}, {:.2f} s\n\n", printable(name),
                                 headline(prediction, style), prediction.duration_s);
  for (const auto& [label, probability] : prediction.probabilities) {
    const std::string line = with_bar(
        fmt::format("  {} {:5.1f} %", padded(printable(label), kLabelWidth), 100.0 * probability),
        probability, style);
    text += label == prediction.label ? coloured(line, "32", style) : line;
    text += '\n';
  }
  for (const auto& [dimension, value] : prediction.dimensions) {
    text += with_bar(fmt::format("  {} {:7.3f}", padded(printable(dimension), kLabelWidth), value),
                     value, style) +
            '\n';
  }
  if (prediction.multi_label) {
    text += "\n  Each label stands alone: these do not add up to 100 %.\n";
  }
  if (prediction.dimensions_estimate) {
    text += fmt::format("\n  estimated from these: {}\n",
                        dimensions_text(named(*prediction.dimensions_estimate)));
  }
  if (!prediction.windows.empty()) text += '\n';
  for (const WindowPrediction& window : prediction.windows) {
    text += fmt::format("  {:7.2f} - {:.2f} s  ", window.start_s, window.end_s);
    text += window_text(window) + '\n';
  }
  if (!prediction.warnings.empty()) text += '\n';
  for (const Warning& warning : prediction.warnings) {
    text += coloured(fmt::format("  {}: {}", warning.code, warning.message), "33", style) + '\n';
  }
  if (style.timing) text += fmt::format("\n  {}\n", timing_text(prediction.timing));
  return text;
}

std::string table_header(std::size_t name_width, const TableStyle& style) {
  std::string line = padded("FILE", name_width);
  if (style.dimensions.empty()) {
    line += fmt::format("  {} {:>7}", padded("EMOTION", kLabelWidth), "CONF.");
  }
  for (const std::string& dimension : dimension_columns(style)) {
    line += "  " + padded(upper_case(printable(dimension)), column_width(dimension));
  }
  line += fmt::format("  {:>9}", "SECONDS");
  if (style.timing) line += fmt::format("  {:>9}", "MS");
  return coloured(line + "  WARNINGS", "1", style) + '\n';
}

std::string table_row(const std::string& name, const Prediction& prediction, std::size_t name_width,
                      const TableStyle& style) {
  std::string line = padded(printable(name), name_width);
  if (style.dimensions.empty()) {
    line += fmt::format("  {} {:5.1f} %", padded(printable(prediction.label), kLabelWidth),
                        100.0 * prediction.confidence);
  }
  std::vector<std::pair<std::string, double>> numbers = prediction.dimensions;
  if (style.estimate && prediction.dimensions_estimate) {
    numbers = named(*prediction.dimensions_estimate);
  }
  const std::vector<std::string> columns = dimension_columns(style);
  for (std::size_t i = 0; i < std::min(columns.size(), numbers.size()); ++i) {
    line += fmt::format("  {:>{}.3f}", numbers[i].second, column_width(columns[i]));
  }
  line += fmt::format("  {:9.2f}", prediction.duration_s);
  if (style.timing) {
    const Timing& timing = prediction.timing;
    line += fmt::format("  {:9.1f}", timing.decode_ms + timing.encode_ms + timing.classify_ms);
  }
  std::string codes;
  for (const Warning& warning : prediction.warnings) {
    codes += (codes.empty() ? "  " : ",") + warning.code;
  }
  return line + coloured(codes, "33", style) + '\n';
}

}  // namespace undertone::cli
