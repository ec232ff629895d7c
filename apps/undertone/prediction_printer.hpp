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

// `list` must outlive the printer. `labels` in the order of the probabilities.
std::unique_ptr<PredictionPrinter> make_printer(Format format, const InputList& list,
                                                const std::vector<std::string>& labels,
                                                bool timing);

}  // namespace undertone::cli
