#include "undertone/help_formatter.hpp"

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <string>
#include <string_view>

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

// Takes out what begins and ends so, if it is there.
void cut(std::string& text, std::string_view begin, std::string_view end) {
  const std::size_t first = text.find(begin);
  if (first == std::string::npos) return;
  const std::size_t last = text.find(end, first + begin.size());
  if (last != std::string::npos) text.erase(first, last + end.size() - first);
}

}  // namespace

HelpFormatter::HelpFormatter() { column_width(kColumn); }

std::string HelpFormatter::make_option_opts(const CLI::Option* option) const {
  std::string text = Formatter::make_option_opts(option);
  for (const char* range : {":INT in [", ":FLOAT in ["}) cut(text, range, "]");
  cut(text, ":POSITIVE", "");
  // "TEXT:{none,balanced}" is written "none|balanced".
  constexpr std::string_view kChoice = "TEXT:{";
  const std::size_t begin = text.find(kChoice);
  const std::size_t end = text.find('}', begin);
  if (begin != std::string::npos && end != std::string::npos) {
    std::replace(text.begin() + static_cast<std::ptrdiff_t>(begin),
                 text.begin() + static_cast<std::ptrdiff_t>(end), ',', '|');
    text.erase(end, 1);
    text.erase(begin, kChoice.size());
  }
  // Names like "A,B,..." say it already.
  constexpr std::string_view kMore = " ...";
  if (text.ends_with("... ...")) text.erase(text.size() - kMore.size());
  return text;
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
