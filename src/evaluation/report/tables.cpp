#include "evaluation/report/tables.hpp"

#include <algorithm>
#include <string>

namespace undertone::evaluation {
namespace {

void write_bar(Markup& markup, double share) {
  const auto svg = markup.open(
      "svg", {{"aria-hidden", "true"}, {"viewBox", "0 0 100 10"}, {"preserveAspectRatio", "none"}});
  markup.empty("rect", {{"width", 100}, {"height", 10}, {"class", "track"}});
  markup.empty("rect",
               {{"width", 100 * std::clamp(share, 0.0, 1.0)}, {"height", 10}, {"class", "fill"}});
}

void write_row(Markup& markup, const TableRow& row) {
  const auto line = markup.open("tr", {{"class", row.css_class}});
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    const Cell& cell = row.cells[i];
    if (i == 0) {
      markup.leaf("th", {{"scope", "row"}}, cell.text);
    } else if (cell.bar >= 0) {
      const auto element = markup.open("td");
      markup.text(cell.text);
      write_bar(markup, cell.bar);
    } else if (cell.css_class.empty()) {
      markup.leaf("td", cell.text);
    } else {
      markup.leaf("td", {{"class", cell.css_class}}, cell.text);
    }
  }
}

}  // namespace

void write_table(Markup& markup, const Table& table) {
  const auto region = markup.open(
      "div",
      {{"class", "scroll"}, {"role", "region"}, {"aria-label", table.caption}, {"tabindex", "0"}});
  const auto element = markup.open("table");
  markup.leaf("caption", table.caption);
  {
    const auto head = markup.open("thead");
    const auto row = markup.open("tr");
    for (const std::string& column : table.columns) {
      markup.leaf("th", {{"scope", "col"}}, column);
    }
  }
  const auto body = markup.open("tbody");
  for (const TableRow& row : table.rows) write_row(markup, row);
}

void write_folded_table(Markup& markup, std::string_view summary, const Table& table) {
  const auto details = markup.open("details");
  markup.leaf("summary", summary);
  write_table(markup, table);
}

Section::Section(Markup& markup, int level, const std::string& id, std::string_view title,
                 std::string_view css_class)
    : section_(markup.open("section", {{"aria-labelledby", id}, {"class", css_class}})) {
  markup.leaf("h" + std::to_string(level), {{"id", id}}, title);
}

}  // namespace undertone::evaluation
