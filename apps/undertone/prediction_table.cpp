#include "undertone/prediction_table.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

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

}  // namespace

std::string prediction_card(const std::string& name, const Prediction& prediction,
                            const TableStyle& style) {
  std::string text = fmt::format("{}: {} ({:.1f} %), {:.2f} s\n\n", printable(name),
                                 coloured(prediction.label, "1", style),
                                 100.0 * prediction.confidence, prediction.duration_s);
  for (const auto& [label, probability] : prediction.probabilities) {
    std::string line =
        fmt::format("  {} {:5.1f} %", padded(label, kLabelWidth), 100.0 * probability);
    const std::string length = bar(probability, style);
    if (!length.empty()) line += "  " + length;
    text += label == prediction.label ? coloured(line, "32", style) : line;
    text += '\n';
  }
  if (!prediction.windows.empty()) text += '\n';
  for (const WindowPrediction& window : prediction.windows) {
    text += fmt::format("  {:7.2f} - {:.2f} s  ", window.start_s, window.end_s);
    text += window.silent ? "silence"
                          : fmt::format("{} {:5.1f} %", padded(window.label, kLabelWidth),
                                        100.0 * window.confidence);
    text += '\n';
  }
  if (!prediction.warnings.empty()) text += '\n';
  for (const Warning& warning : prediction.warnings) {
    text += coloured(fmt::format("  {}: {}", warning.code, warning.message), "33", style) + '\n';
  }
  if (style.timing) text += fmt::format("\n  {}\n", timing_text(prediction.timing));
  return text;
}

std::string table_header(std::size_t name_width, const TableStyle& style) {
  std::string line = fmt::format("{}  {} {:>7}  {:>9}", padded("FILE", name_width),
                                 padded("EMOTION", kLabelWidth), "CONF.", "SECONDS");
  if (style.timing) line += fmt::format("  {:>9}", "MS");
  return coloured(line + "  WARNINGS", "1", style) + '\n';
}

std::string table_row(const std::string& name, const Prediction& prediction, std::size_t name_width,
                      const TableStyle& style) {
  std::string line = fmt::format("{}  {} {:5.1f} %  {:9.2f}", padded(printable(name), name_width),
                                 padded(prediction.label, kLabelWidth),
                                 100.0 * prediction.confidence, prediction.duration_s);
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
