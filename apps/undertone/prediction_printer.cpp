#include "undertone/prediction_printer.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "dataset/csv.hpp"
#include "undertone/console.hpp"
#include "undertone/prediction_table.hpp"

namespace undertone::cli {
namespace {

std::string json_of(const Input& input, const Outcome& outcome, JsonOptions options) {
  options.file = input.name;
  return std::visit([&options](const auto& result) { return to_json(result, options); }, outcome);
}

// Failures are on standard error only: a table is for reading.
class TablePrinter final : public PredictionPrinter {
 public:
  TablePrinter(const InputList& list, const PredictionColumns& columns) : single_(list.single) {
    style_ = {.colour = colour_wanted(),
              .utf8 = utf8_locale(),
              .timing = columns.timing,
              .dimensions = columns.dimensions,
              .estimate = columns.estimate};
    constexpr std::size_t kWidest = 60;
    for (const Input& input : list.inputs) {
      name_width_ = std::max(name_width_, std::min(kWidest, display_width(input.name)));
    }
  }

  void begin() override {
    if (!single_) print(table_header(name_width_, style_));
  }

  void add(const Input& input, const Outcome& outcome) override {
    const auto* const prediction = std::get_if<Prediction>(&outcome);
    if (prediction == nullptr) return;
    print(single_ ? prediction_card(input.name, *prediction, style_)
                  : table_row(input.name, *prediction, name_width_, style_));
  }

 private:
  bool single_;
  TableStyle style_;
  std::size_t name_width_ = 4;
};

class JsonPrinter final : public PredictionPrinter {
 public:
  JsonPrinter(bool single, bool timing) : single_(single), timing_(timing) {}

  void begin() override {
    if (!single_) print("[");
  }

  void add(const Input& input, const Outcome& outcome) override {
    const std::string object = json_of(input, outcome, {.timing = timing_, .pretty = single_});
    if (single_) {
      print(object + '\n');
    } else {
      print((std::exchange(first_, false) ? "\n" : ",\n") + object);
    }
  }

  void end() override {
    if (!single_) print("\n]\n");
  }

 private:
  bool single_;
  bool timing_;
  bool first_ = true;
};

class JsonLinesPrinter final : public PredictionPrinter {
 public:
  explicit JsonLinesPrinter(bool timing) : timing_(timing) {}

  void add(const Input& input, const Outcome& outcome) override {
    print(json_of(input, outcome, {.timing = timing_}) + '\n');
  }

 private:
  bool timing_;
};

class CsvPrinter final : public PredictionPrinter {
 public:
  explicit CsvPrinter(PredictionColumns columns) : columns_(std::move(columns)) {}

  void begin() override {
    std::vector<std::string> fields = {"file"};
    if (!columns_.labels.empty()) fields.insert(fields.end(), {"label", "confidence"});
    if (columns_.multi_label) fields.emplace_back("multi_label");
    for (const auto* names : {&columns_.labels, &columns_.dimensions}) {
      fields.insert(fields.end(), names->begin(), names->end());
    }
    if (columns_.estimate) {
      fields.insert(fields.end(), {"arousal_estimate", "dominance_estimate", "valence_estimate"});
    }
    fields.insert(fields.end(), {"duration_s", "warnings"});
    if (columns_.timing) fields.insert(fields.end(), {"decode_ms", "encode_ms", "classify_ms"});
    fields.emplace_back("error");
    count_ = fields.size();
    print(dataset::csv_line(fields));
  }

  void add(const Input& input, const Outcome& outcome) override {
    std::vector<std::string> fields = {input.name};
    if (const auto* const prediction = std::get_if<Prediction>(&outcome)) {
      add_prediction(*prediction, fields);
      fields.emplace_back();
    } else {
      fields.resize(count_ - 1);
      fields.emplace_back(to_string(std::get<Error>(outcome).code()));
    }
    print(dataset::csv_line(fields));
  }

 private:
  void add_prediction(const Prediction& prediction, std::vector<std::string>& fields) const {
    const auto add_number = [&fields](double value) { fields.push_back(fmt::format("{}", value)); };
    if (!columns_.labels.empty()) {
      fields.push_back(prediction.label);
      add_number(prediction.confidence);
    }
    if (columns_.multi_label) fields.emplace_back(prediction.multi_label ? "true" : "false");
    for (const auto* numbers : {&prediction.probabilities, &prediction.dimensions}) {
      for (const auto& [name, value] : *numbers) add_number(value);
    }
    if (columns_.estimate) {
      const Dimensions estimate = prediction.dimensions_estimate.value_or(Dimensions{});
      for (const double value : {estimate.arousal, estimate.dominance, estimate.valence}) {
        add_number(value);
      }
    }
    add_number(prediction.duration_s);
    std::string codes;
    for (const Warning& warning : prediction.warnings) {
      codes += (codes.empty() ? "" : ";") + warning.code;
    }
    fields.push_back(codes);
    if (!columns_.timing) return;
    const Timing& timing = prediction.timing;
    for (const double ms : {timing.decode_ms, timing.encode_ms, timing.classify_ms}) add_number(ms);
  }

  PredictionColumns columns_;
  std::size_t count_ = 0;  // of fields in a row
};

}  // namespace

std::unique_ptr<PredictionPrinter> make_printer(Format format, const InputList& list,
                                                PredictionColumns columns) {
  switch (format) {
    case Format::kJson:
      return std::make_unique<JsonPrinter>(list.single, columns.timing);
    case Format::kJsonLines:
      return std::make_unique<JsonLinesPrinter>(columns.timing);
    case Format::kCsv:
      return std::make_unique<CsvPrinter>(std::move(columns));
    case Format::kTable:
      break;
  }
  return std::make_unique<TablePrinter>(list, columns);
}

}  // namespace undertone::cli
