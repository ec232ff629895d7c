// Predictions for people to read.
#pragma once

#include <cstddef>
#include <string>

#include <undertone/prediction.hpp>

namespace undertone::cli {

struct TableStyle {
  bool colour = false;
  bool utf8 = false;  // bars of block elements instead of '#'
  bool timing = false;
};

// Several lines: the label, a bar for each probability, the warnings.
std::string prediction_card(const std::string& name, const Prediction& prediction,
                            const TableStyle& style);

// One line a file under one header. Columns are wide enough for names of `name_width`.
std::string table_header(std::size_t name_width, const TableStyle& style);
std::string table_row(const std::string& name, const Prediction& prediction, std::size_t name_width,
                      const TableStyle& style);

}  // namespace undertone::cli
