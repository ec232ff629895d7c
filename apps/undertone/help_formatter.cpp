#include "undertone/help_formatter.hpp"

#include <algorithm>
#include <cstddef>
#include <regex>
#include <sstream>
#include <string>

namespace undertone::cli {
namespace {

constexpr std::size_t kWidth = 100;
constexpr std::size_t kColumn = 30;

std::string wrapped(const std::string& text, std::size_t width) {
  std::istringstream words(text);
  std::string lines;
  std::size_t length = 0;
  for (std::string word; words >> word;) {
    if (length > 0 && length + 1 + word.size() > width) {
      lines += '\n';
      length = 0;
    }
    if (length > 0) lines += ' ';
    length += (length > 0 ? 1 : 0) + word.size();
    lines += word;
  }
  return lines;
}

}  // namespace

HelpFormatter::HelpFormatter() { column_width(kColumn); }

std::string HelpFormatter::make_option_opts(const CLI::Option* option) const {
  std::string text = Formatter::make_option_opts(option);
  // "TEXT:{none,balanced}" is written "none|balanced".
  static const std::regex choice(R"(TEXT:\{([^}]*)\})");
  std::smatch found;
  if (std::regex_search(text, found, choice)) {
    std::string values = found[1];
    std::replace(values.begin(), values.end(), ',', '|');
    text = found.prefix().str() + values + found.suffix().str();
  }
  static const std::regex range(R"(:((INT|FLOAT) in \[[^\]]*\]|POSITIVE|NONNEGATIVE))");
  text = std::regex_replace(text, range, "");
  // Names like "A,B,..." say it already.
  static const std::regex twice(R"(\.\.\. \.\.\.)");
  return std::regex_replace(text, twice, "...");
}

std::string HelpFormatter::make_option_desc(const CLI::Option* option) const {
  return wrapped(Formatter::make_option_desc(option), kWidth - kColumn);
}

// A group of options, under its name.
std::string HelpFormatter::make_expanded(const CLI::App* group) const {
  std::string text = '\n' + group->get_group() + ":\n";
  for (const CLI::Option* option : group->get_options()) {
    if (option != group->get_help_ptr()) text += make_option(option, false);
  }
  return text;
}

}  // namespace undertone::cli
