// Tables that other programs wrote: CSV, TSV, JSON lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace undertone::dataset {

enum class TableFormat { kCsv, kTsv, kJsonLines };

// By the ending of the name, in any case: .csv, .tsv or .tab, .jsonl or .ndjson.
std::optional<TableFormat> table_format(const std::filesystem::path& path);

struct TableRow {
  std::size_t line = 0;             // in the file, from 1
  std::vector<std::string> fields;  // one for each column
};

struct TextTable {
  std::string name;                  // what messages call it
  std::vector<std::string> columns;  // as the file calls them, no two alike
  std::vector<TableRow> rows;

  // The position of the column, whatever the case of its letters; nullopt if there is none.
  std::optional<std::size_t> column(std::string_view name) const;
};

// CSV and TSV begin with a header. Each line of JSON lines is an object; its numbers and
// truth values become text as JSON writes them, null becomes "", arrays and objects are passed
// over, and the columns are all keys in the order in which they first appear. Throws
// Error(kDataInvalid) naming the line.
TextTable parse_table(std::string_view text, TableFormat format, std::string name);

// Throws also what read_text_file throws.
TextTable read_table(const std::filesystem::path& path, TableFormat format);

inline constexpr std::uint64_t kMaxTextBytes = std::uint64_t{1} << 30;

// The whole file. Throws Error(kDataInvalid) if it is larger than `max_bytes`, and what
// require_regular_file throws.
std::string read_text_file(const std::filesystem::path& path,
                           std::uint64_t max_bytes = kMaxTextBytes);

}  // namespace undertone::dataset
