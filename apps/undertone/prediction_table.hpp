// Predictions for people to read.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <undertone/prediction.hpp>

namespace undertone::cli {

struct TableStyle {
  bool colour = false;
  bool utf8 = false;  // bars of block elements instead of '#'
  bool timing = false;
  // Columns of a model that measures dimensions, in place of the emotion and its confidence.
  std::vector<std::string> dimensions{};
  bool estimate = false;  // columns of the estimated dimensions
};

// Several lines: the label or the dimensions, a bar for each of what the model says, the warnings.
std::string prediction_card(const std::string& name, const Prediction& prediction,
                            const TableStyle& style);

// One line a file under one header. Columns are wide enough for names of `name_width`.
std::string table_header(std::size_t name_width, const TableStyle& style);
std::string table_row(const std::string& name, const Prediction& prediction, std::size_t name_width,
                      const TableStyle& style);

}  // namespace undertone::cli
