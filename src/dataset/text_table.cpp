#include "dataset/text_table.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>

#include <undertone/error.hpp>

#include "common/file_checks.hpp"
#include "dataset/ascii_text.hpp"
#include "dataset/csv.hpp"

namespace undertone::dataset {
namespace {

using Json = nlohmann::ordered_json;

[[noreturn]] void fail(const std::string& name, std::size_t line, std::string_view what) {
  throw Error(ErrorCode::kDataInvalid, fmt::format("{}, line {}: {}", name, line, what));
}

void parse_delimited(std::string_view text, CsvDelimiter delimiter, TextTable& table) {
  CsvReader reader(text, table.name, {}, delimiter);
  const std::optional<CsvRecord> header = reader.next();
  if (!header) throw Error(ErrorCode::kDataInvalid, table.name + ": the file is empty");
  for (const std::string& field : header->fields) {
    std::string column(trimmed(field));
    if (table.column(column)) {
      fail(table.name, header->line, fmt::format("two columns are called '{}'", column));
    }
    table.columns.push_back(std::move(column));
  }
  while (std::optional<CsvRecord> record = reader.next()) {
    if (record->fields.size() != table.columns.size()) {
      throw Error(ErrorCode::kDataInvalid,
                  fmt::format("{}, line {}: {} fields where the header names {}", table.name,
                              record->line, record->fields.size(), table.columns.size()),
                  "Put fields that hold the separator in double quotes.");
    }
    table.rows.push_back({record->line, std::move(record->fields)});
  }
}

std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) return {};
  return value.dump();
}

// One line. Nested values are dropped as they are met, and so are keys beyond the limit, so that
// neither depth nor number of what a line holds costs anything.
Json parse_object(std::string_view text, std::size_t max_keys, bool& too_many_keys) {
  std::size_t keys = 0;
  const auto keep = [&](int depth, Json::parse_event_t event, const Json&) {
    using Event = Json::parse_event_t;
    if (event == Event::key && depth == 1 && ++keys > max_keys) {
      too_many_keys = true;
      return false;
    }
    return depth == 0 || (event != Event::object_start && event != Event::array_start);
  };
  return Json::parse(text, keep, false);
}

void parse_json_lines(std::string_view text, TextTable& table) {
  const CsvLimits limits;
  constexpr std::size_t kMaxLineBytes = std::size_t{1} << 20;
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::unordered_map<std::string, std::size_t> positions;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = text.find('\n');
    const std::string_view object = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (object.empty()) continue;
    if (object.size() > kMaxLineBytes) {
      fail(table.name, line, fmt::format("more than {} bytes", kMaxLineBytes));
    }
    if (table.rows.size() == limits.max_records) {
      fail(table.name, line, fmt::format("more than {} records", limits.max_records));
    }
    bool too_many_keys = false;
    const Json json = parse_object(object, limits.max_fields, too_many_keys);
    if (too_many_keys) fail(table.name, line, fmt::format("more than {} keys", limits.max_fields));
    if (!json.is_object()) fail(table.name, line, "not a JSON object");
    TableRow row;
    row.line = line;
    row.fields.resize(table.columns.size());
    for (const auto& [key, value] : json.items()) {
      if (value.is_discarded()) continue;  // a nested value
      const auto [known, added] = positions.try_emplace(lower_case(key), table.columns.size());
      if (added) {
        if (table.columns.size() == limits.max_fields) {
          fail(table.name, line, fmt::format("more than {} columns", limits.max_fields));
        }
        table.columns.push_back(key);
        row.fields.resize(table.columns.size());
      }
      std::string& field = row.fields[known->second];
      field = text_of(value);
      if (field.size() > limits.max_field_bytes) {
        fail(table.name, line,
             fmt::format("a value of more than {} bytes", limits.max_field_bytes));
      }
      if (field.find('\0') != std::string::npos) fail(table.name, line, "a NUL byte");
    }
    table.rows.push_back(std::move(row));
  }
  if (table.rows.empty()) throw Error(ErrorCode::kDataInvalid, table.name + ": the file is empty");
  // Early rows do not know of columns that appear later.
  for (TableRow& row : table.rows) row.fields.resize(table.columns.size());
}

}  // namespace

std::optional<TableFormat> table_format(const std::filesystem::path& path) {
  const std::string extension = lower_case(path.extension().string());
  if (extension == ".csv") return TableFormat::kCsv;
  if (extension == ".tsv" || extension == ".tab") return TableFormat::kTsv;
  if (extension == ".jsonl" || extension == ".ndjson") return TableFormat::kJsonLines;
  return std::nullopt;
}

std::optional<std::size_t> TextTable::column(std::string_view wanted) const {
  const std::string lower = lower_case(wanted);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (lower_case(columns[i]) == lower) return i;
  }
  return std::nullopt;
}

TextTable parse_table(std::string_view text, TableFormat format, std::string name) {
  TextTable table;
  table.name = std::move(name);
  switch (format) {
    case TableFormat::kCsv:
      parse_delimited(text, CsvDelimiter::kComma, table);
      break;
    case TableFormat::kTsv:
      parse_delimited(text, CsvDelimiter::kTab, table);
      break;
    case TableFormat::kJsonLines:
      parse_json_lines(text, table);
      break;
  }
  return table;
}

TextTable read_table(const std::filesystem::path& path, TableFormat format) {
  return parse_table(read_text_file(path), format, path.string());
}

std::string read_text_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  require_regular_file(path);
  std::ifstream file(path, std::ios::binary);
  std::string text;
  std::vector<char> piece(1 << 16);
  while (file) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    text.append(piece.data(), static_cast<std::size_t>(file.gcount()));
    if (text.size() > max_bytes) {
      throw Error(ErrorCode::kDataInvalid,
                  fmt::format("{}: more than {} bytes of metadata", path.string(), max_bytes));
    }
  }
  if (!file.eof()) {
    throw Error(ErrorCode::kFileUnreadable, fmt::format("{}: cannot be read", path.string()));
  }
  return text;
}

}  // namespace undertone::dataset
