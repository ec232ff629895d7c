// Metadata and tables from outside: parsing either throws an Error or gives clips that have a
// filepath, and rows that have a field for each column.
#include "dataset/metadata.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <undertone/error.hpp>

#include "dataset/corpus_names.hpp"
#include "dataset/text_table.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace undertone;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto corpus : dataset::kCorpora) dataset::parse_corpus_name(corpus, text);
  for (const auto format : {dataset::TableFormat::kTsv, dataset::TableFormat::kJsonLines}) {
    try {
      const dataset::TextTable table = dataset::parse_table(text, format, "fuzz");
      for (const dataset::TableRow& row : table.rows) {
        if (row.fields.size() != table.columns.size() || row.line == 0) std::abort();
      }
    } catch (const Error&) {
    }
  }
  try {
    for (const dataset::Clip& clip : dataset::parse_metadata(text, "fuzz")) {
      if (clip.filepath.empty() || clip.line == 0) std::abort();
    }
  } catch (const Error&) {
  }
  return 0;
}
