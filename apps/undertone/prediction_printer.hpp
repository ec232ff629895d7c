// Predictions on standard output, in one of four formats.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include <undertone/error.hpp>
#include <undertone/prediction.hpp>

#include "undertone/inputs.hpp"

namespace undertone::cli {

enum class Format { kTable, kJson, kJsonLines, kCsv };

using Outcome = std::variant<Prediction, Error>;

// begin(), add() for each input in order, end(). All throw what print() throws.
class PredictionPrinter {
 public:
  virtual ~PredictionPrinter() = default;
  virtual void begin() {}
  virtual void add(const Input& input, const Outcome& outcome) = 0;
  virtual void end() {}
};

// Which columns the predictions of a model fill.
struct PredictionColumns {
  std::vector<std::string> labels{};      // in the order of the probabilities
  std::vector<std::string> dimensions{};  // in their order
  bool multi_label = false;
  bool estimate = false;  // of dimensions
  bool timing = false;
};

// `list` must outlive the printer.
std::unique_ptr<PredictionPrinter> make_printer(Format format, const InputList& list,
                                                PredictionColumns columns);

}  // namespace undertone::cli
