#include "dataset/metadata.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

#include <undertone/error.hpp>

#include "common/atomic_file.hpp"
#include "dataset/csv.hpp"
#include "dataset/emotion.hpp"
#include "dataset/text_table.hpp"

namespace undertone::dataset {
namespace {

constexpr std::string_view kLayout =
    "The first line must name the columns: filepath,emotion,speaker_id,sentence_id (only filepath "
    "is required; others are kept).";

std::string column_name(std::string_view text) {
  std::string name;
  for (const char c : text) {
    if (c == ' ' || c == '\t') continue;
    name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return name;
}

std::vector<std::string> column_names(const CsvRecord& header, const std::string& name) {
  std::vector<std::string> columns;
  for (const std::string& field : header.fields) {
    std::string column = column_name(field);
    if (std::find(columns.begin(), columns.end(), column) != columns.end()) {
      throw Error(
          ErrorCode::kDataInvalid,
          fmt::format("{}, line {}: two columns are called '{}'", name, header.line, column),
          std::string(kLayout));
    }
    columns.push_back(std::move(column));
  }
  if (std::find(columns.begin(), columns.end(), "filepath") == columns.end()) {
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("{}, line {}: there is no column 'filepath'", name, header.line),
                std::string(kLayout));
  }
  return columns;
}

Clip clip_of(CsvRecord record, const std::vector<std::string>& columns, const std::string& name) {
  if (record.fields.size() != columns.size()) {
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("{}, line {}: {} fields where the header names {}", name, record.line,
                            record.fields.size(), columns.size()),
                "Put fields that hold a comma in double quotes.");
  }
  Clip clip;
  clip.line = record.line;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    std::string& value = record.fields[i];
    if (columns[i] == "filepath") {
      clip.filepath = std::move(value);
    } else if (columns[i] == "emotion") {
      clip.emotion = normalize_emotion(value);
    } else if (columns[i] == "speaker_id") {
      clip.speaker_id = std::move(value);
    } else if (columns[i] == "sentence_id") {
      clip.sentence_id = std::move(value);
    } else {
      clip.further.emplace_back(columns[i], std::move(value));
    }
  }
  if (clip.filepath.empty()) {
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("{}, line {}: the filepath is empty", name, clip.line));
  }
  return clip;
}

}  // namespace

void Clip::set(std::string_view column, std::string text) {
  for (auto& [name, old] : further) {
    if (name != column) continue;
    old = std::move(text);
    return;
  }
  further.emplace_back(column, std::move(text));
}

const std::string& Clip::value(std::string_view column) const {
  static const std::string kNone;
  for (const auto& [name, text] : further) {
    if (name == column) return text;
  }
  return kNone;
}

std::vector<Clip> parse_metadata(std::string_view text, const std::string& name) {
  CsvReader reader(text, name);
  const std::optional<CsvRecord> header = reader.next();
  if (!header) {
    throw Error(ErrorCode::kDataInvalid, fmt::format("{}: the file is empty", name),
                std::string(kLayout));
  }
  const std::vector<std::string> columns = column_names(*header, name);
  std::vector<Clip> clips;
  while (std::optional<CsvRecord> record = reader.next()) {
    clips.push_back(clip_of(*std::move(record), columns, name));
  }
  return clips;
}

std::vector<Clip> read_metadata(const std::filesystem::path& path, const MetadataLimits& limits) {
  const std::string text = read_text_file(path, limits.max_bytes);
  return parse_metadata(text, path.string());
}

void write_metadata(const std::filesystem::path& path, const std::vector<Clip>& clips) {
  std::vector<std::string> fields = {"filepath", "emotion", "speaker_id", "sentence_id"};
  const std::size_t known = fields.size();
  if (!clips.empty()) {
    for (const auto& [name, text] : clips.front().further) fields.push_back(name);
  }
  const std::vector<std::string> columns = fields;
  AtomicFile file(path);
  file.write(csv_line(columns));
  for (const Clip& clip : clips) {
    fields = {clip.filepath, clip.emotion, clip.speaker_id, clip.sentence_id};
    for (const auto& [name, text] : clip.further) {
      if (fields.size() >= columns.size() || columns[fields.size()] != name) break;
      fields.push_back(text);
    }
    if (fields.size() != columns.size() || clip.further.size() != columns.size() - known) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("{}: has other columns than the first clip", clip.filepath));
    }
    file.write(csv_line(fields));
  }
  file.commit();
}

std::filesystem::path resolve_recording(const std::filesystem::path& metadata,
                                        const std::string& filepath) {
  const std::filesystem::path path(filepath);
  if (path.is_absolute()) return path;
  const std::filesystem::path beside = metadata.parent_path() / path;
  std::error_code ignored;
  if (!std::filesystem::exists(beside, ignored) && std::filesystem::exists(path, ignored)) {
    return path;
  }
  return beside;
}

}  // namespace undertone::dataset
