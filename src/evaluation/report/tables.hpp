// Tables and headed sections that a screen reader can find its way in.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "evaluation/report/markup.hpp"

namespace undertone::evaluation {

// Class of a cell or a row, "" for none.
struct Cell {
  Cell(std::string text_, std::string_view css_class_ = {})  // NOLINT(google-explicit-constructor)
      : text(std::move(text_)), css_class(css_class_) {}
  Cell(const char* text_) : text(text_) {}  // NOLINT(google-explicit-constructor)

  std::string text;
  std::string_view css_class;
  double bar = -1;  // a share to be drawn beside the text, where not negative
};

struct TableRow {
  std::vector<Cell> cells;  // the first is the row's heading
  std::string_view css_class{};
};

struct Table {
  std::string caption;
  std::vector<std::string> columns;
  std::vector<TableRow> rows;
};

// A table that scrolls by itself where it is too wide, by keyboard too.
void write_table(Markup& markup, const Table& table);

// The same behind a line that opens it.
void write_folded_table(Markup& markup, std::string_view summary, const Table& table);

// <section> with a heading of the level (2 to 4), which names it.
class Section {
 public:
  Section(Markup& markup, int level, const std::string& id, std::string_view title,
          std::string_view css_class = {});

 private:
  Markup::Element section_;
};

}  // namespace undertone::evaluation
