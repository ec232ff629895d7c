// Comma-separated values as RFC 4180 writes them, and tab-separated ones.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace undertone::dataset {

struct CsvLimits {
  std::size_t max_records = 5'000'000;
  std::size_t max_fields = 256;         // a record
  std::size_t max_field_bytes = 65536;  // without quotes
};

struct CsvRecord {
  std::size_t line = 0;  // on which it begins, from 1
  std::vector<std::string> fields;
};

// What separates the fields of a record.
enum class CsvDelimiter : char { kComma = ',', kTab = '\t' };

// Reads records one by one. Fields may be quoted; quoted fields may hold delimiters, line breaks
// and doubled quotes. Lines end with LF, CRLF or the end of the text; empty lines are passed over,
// and so is a byte order mark. Not thread-safe.
class CsvReader {
 public:
  // `text` is borrowed; `name` is what messages call it.
  CsvReader(std::string_view text, std::string name, const CsvLimits& limits = {},
            CsvDelimiter delimiter = CsvDelimiter::kComma);

  // nullopt at the end. Throws Error(kDataInvalid) naming the line: an unterminated quote, text
  // beside a quoted field, a quote within an unquoted field, a NUL byte, a limit.
  std::optional<CsvRecord> next();

 private:
  std::string field();
  std::string quoted_field();
  bool at_end() const { return position_ >= text_.size(); }
  bool skip_line_break();
  [[noreturn]] void fail(std::string_view what) const;

  std::string_view text_;
  std::string name_;
  CsvLimits limits_;
  char delimiter_;
  std::size_t position_ = 0;
  std::size_t line_ = 1;
  std::size_t records_ = 0;
};

// The field, in quotes if it needs them.
std::string csv_field(std::string_view text);

// The fields joined by commas, ended by "\n" (RFC 4180 says CRLF; every reader takes both, and
// lines are what other tools expect).
std::string csv_line(std::span<const std::string> fields);

}  // namespace undertone::dataset
