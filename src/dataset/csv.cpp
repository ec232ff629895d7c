#include "dataset/csv.hpp"

#include <fmt/format.h>
#include <utility>

#include <undertone/error.hpp>

namespace undertone::dataset {

CsvReader::CsvReader(std::string_view text, std::string name, const CsvLimits& limits,
                     CsvDelimiter delimiter)
    : text_(text),
      name_(std::move(name)),
      limits_(limits),
      delimiter_(static_cast<char>(delimiter)) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text_.substr(0, kByteOrderMark.size()) == kByteOrderMark) position_ = kByteOrderMark.size();
}

void CsvReader::fail(std::string_view what) const {
  throw Error(ErrorCode::kDataInvalid, fmt::format("{}, line {}: {}", name_, line_, what));
}

bool CsvReader::skip_line_break() {
  if (at_end()) return false;
  std::size_t width = 0;
  if (text_[position_] == '\n') {
    width = 1;
  } else if (text_.substr(position_, 2) == "\r\n") {
    width = 2;
  }
  if (width == 0) return false;
  position_ += width;
  ++line_;
  return true;
}

std::optional<CsvRecord> CsvReader::next() {
  while (skip_line_break()) {
  }
  if (at_end()) return std::nullopt;
  if (++records_ > limits_.max_records) {
    fail(fmt::format("more than {} records", limits_.max_records));
  }
  CsvRecord record;
  record.line = line_;
  for (;;) {
    if (record.fields.size() == limits_.max_fields) {
      fail(fmt::format("more than {} fields", limits_.max_fields));
    }
    record.fields.push_back(field());
    if (at_end() || skip_line_break()) return record;
    ++position_;  // the delimiter: nothing else ends a field
  }
}

std::string CsvReader::field() {
  if (!at_end() && text_[position_] == '"') return quoted_field();
  const std::size_t begin = position_;
  for (; !at_end(); ++position_) {
    const char c = text_[position_];
    if (c == delimiter_ || c == '\n' || text_.substr(position_, 2) == "\r\n") break;
    if (c == '"' && delimiter_ == ',') fail("a quote within an unquoted field");
    if (c == '\0') fail("a NUL byte");
    if (position_ - begin >= limits_.max_field_bytes) {
      fail(fmt::format("a field of more than {} bytes", limits_.max_field_bytes));
    }
  }
  return std::string(text_.substr(begin, position_ - begin));
}

std::string CsvReader::quoted_field() {
  const std::size_t first_line = line_;
  std::string value;
  for (++position_;; ++position_) {
    if (at_end()) {
      line_ = first_line;
      fail("a quote that is opened here is never closed");
    }
    const char c = text_[position_];
    if (c == '"') {
      ++position_;
      if (at_end() || text_[position_] != '"') break;
    }
    if (c == '\0') fail("a NUL byte");
    if (c == '\n') ++line_;
    if (value.size() >= limits_.max_field_bytes) {
      fail(fmt::format("a field of more than {} bytes", limits_.max_field_bytes));
    }
    value += c;
  }
  const bool ended = at_end() || text_[position_] == delimiter_ || text_[position_] == '\n' ||
                     text_.substr(position_, 2) == "\r\n";
  if (!ended) fail("text after a quoted field");
  return value;
}

std::string csv_field(std::string_view text) {
  const bool space_at_an_end =
      !text.empty() && (text.front() == ' ' || text.back() == ' ' || text.front() == '\t');
  if (!space_at_an_end && text.find_first_of(",\"\r\n") == std::string_view::npos) {
    return std::string(text);
  }
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  quoted += '"';
  return quoted;
}

std::string csv_line(std::span<const std::string> fields) {
  std::string line;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) line += ',';
    line += csv_field(fields[i]);
  }
  // A record of one empty field would be an empty line, which is no record.
  if (line.empty() && !fields.empty()) line = "\"\"";
  line += '\n';
  return line;
}

}  // namespace undertone::dataset
