// Tables of other people's data: list_table of corpus_listing.hpp.
#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <map>
#include <span>
#include <utility>

#include <undertone/error.hpp>

#include "dataset/ascii_text.hpp"
#include "dataset/corpus_listing.hpp"
#include "dataset/text_table.hpp"

namespace undertone::dataset {
namespace {

namespace fs = std::filesystem;
using Names = std::span<const std::string_view>;

constexpr std::array<std::string_view, 10> kPath = {
    "filepath", "path",     "file",  "filename",  "file_name",
    "wav",      "wav_path", "audio", "file_path", "audio_path"};
constexpr std::array<std::string_view, 5> kLabel = {"emotion", "label", "class", "category",
                                                    "target"};
constexpr std::array<std::string_view, 6> kSpeaker = {"speaker_id", "speaker",  "spk",
                                                      "actor",      "actor_id", "client_id"};
constexpr std::array<std::string_view, 5> kSentence = {"sentence_id", "sentence", "text_id",
                                                       "utterance", "text"};
constexpr std::array<std::string_view, 2> kGroup = {"group", "group_id"};
constexpr std::array<std::string_view, 2> kCorpus = {"corpus", "dataset"};
constexpr std::array<std::string_view, 2> kIntensity = {"intensity", "level"};
constexpr std::array<std::string_view, 2> kSex = {"sex", "gender"};
constexpr std::array<std::string_view, 1> kAge = {"age"};
constexpr std::array<std::string_view, 3> kSplit = {"split", "partition", "subset"};

std::string joined(Names names) {
  std::string text;
  for (const std::string_view name : names) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

std::string joined(const std::vector<std::string>& names) {
  return joined(std::vector<std::string_view>(names.begin(), names.end()));
}

// What each column of the table is called in metadata.csv.
class ColumnNames {
 public:
  explicit ColumnNames(const TextTable& table) : table_(table), names_(table.columns.size()) {}

  // The column `asked` for, or else the first of the usual ones, is to be called `name`. False if
  // there is none of the usual ones.
  bool assign(std::string_view name, const std::string& asked, Names usual) {
    if (!asked.empty()) {
      const auto column = table_.column(asked);
      if (!column) fail(fmt::format("there is no column '{}'", asked));
      if (!names_[*column].empty()) {
        fail(fmt::format("the column '{}' is to be two things", asked));
      }
      names_[*column] = name;
      return true;
    }
    for (const std::string_view candidate : usual) {
      const auto column = table_.column(candidate);
      if (!column || !names_[*column].empty()) continue;
      names_[*column] = name;
      return true;
    }
    return false;
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorCode::kDataInvalid, fmt::format("{}: {}", table_.name, what),
                fmt::format("Its columns are: {}.", joined(table_.columns)));
  }

  // The others keep their own names as metadata.csv writes them, unless those are taken: measured
  // columns are measured anew.
  std::vector<std::string> finish() && {
    constexpr std::array<std::string_view, 4> kMeasured = {"duration", "sample_rate", "channels",
                                                           "sha256"};
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (!names_[i].empty()) continue;
      std::string own;
      for (const char c : lower_case(table_.columns[i])) {
        own += c == ' ' || c == '\t' ? '_' : c;
      }
      const bool taken = own.empty() ||
                         std::find(kMeasured.begin(), kMeasured.end(), own) != kMeasured.end() ||
                         std::find(names_.begin(), names_.end(), own) != names_.end();
      if (!taken) names_[i] = std::move(own);
    }
    return std::move(names_);
  }

 private:
  const TextTable& table_;
  std::vector<std::string> names_;
};

std::vector<std::string> column_names(const TextTable& table, const GenericColumns& asked) {
  ColumnNames names(table);
  // Those asked for by name first, so that no other takes them as one of its usual ones.
  const std::array<std::tuple<std::string_view, std::string, Names>, 10> known = {
      {{"filepath", asked.path, kPath},
       {"emotion", asked.label, kLabel},
       {"speaker_id", asked.speaker, kSpeaker},
       {"sentence_id", asked.sentence, kSentence},
       {"group", asked.group, kGroup},
       {"corpus", {}, kCorpus},
       {"intensity", {}, kIntensity},
       {"sex", {}, kSex},
       {"age", {}, kAge},
       {"split", {}, kSplit}}};
  for (const auto& [name, column, usual] : known) {
    if (!column.empty()) names.assign(name, column, usual);
  }
  for (const auto& [name, column, usual] : known) {
    if (!column.empty() || names.assign(name, column, usual)) continue;
    if (name != "filepath" && name != "emotion") continue;
    names.fail(fmt::format("no column says the {} (none is called {}); name one with --{}-column",
                           name == "filepath" ? "path" : "label", joined(usual),
                           name == "filepath" ? "path" : "label"));
  }
  return std::move(names).finish();
}

std::string canonical_sex(std::string_view text) {
  const std::string lower = lower_case(trimmed(text));
  if (lower == "f" || lower == "female" || lower == "woman") return "female";
  if (lower == "m" || lower == "male" || lower == "man") return "male";
  return std::string(trimmed(text));
}

Clip clip_of(TableRow row, const std::vector<std::string>& names, const LabelMap& labels) {
  Clip clip;
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::string& value = row.fields[i];
    if (names[i] == "filepath") {
      clip.filepath = trimmed(value);
    } else if (names[i] == "emotion") {
      clip.emotion = labels.apply(value);
    } else if (names[i] == "speaker_id") {
      clip.speaker_id = trimmed(value);
    } else if (names[i] == "sentence_id") {
      clip.sentence_id = trimmed(value);
    } else if (names[i] == "sex") {
      clip.set(names[i], canonical_sex(value));
    } else if (!names[i].empty()) {
      clip.set(names[i], std::move(value));
    }
  }
  clip.line = row.line;
  return clip;
}

}  // namespace

CorpusListing list_table(const fs::path& path, const GenericColumns& columns,
                         const LabelMap& labels, const fs::path& audio_folder) {
  const auto format = table_format(path);
  if (!format) {
    throw Error(ErrorCode::kDataInvalid, path.string() + ": neither a folder nor a known table",
                "Tables end with .csv, .tsv or .jsonl.");
  }
  TextTable table = read_table(path, *format);
  const std::vector<std::string> names = column_names(table, columns);
  if (table.rows.empty()) {
    throw Error(ErrorCode::kDataInvalid, path.string() + ": names no recordings");
  }
  CorpusListing listing;
  std::map<std::string, std::size_t, std::less<>> lines;  // where a path was first
  for (TableRow& row : table.rows) {
    Clip clip = clip_of(std::move(row), names, labels);
    const std::size_t line = clip.line;
    if (clip.filepath.empty() || clip.filepath.find('\0') != std::string::npos) {
      listing.left_out.push_back(
          {fmt::format("{}, line {}", path.string(), line), "no_path", "names no recording", true});
      continue;
    }
    if (clip.emotion.empty()) {
      listing.left_out.push_back({clip.filepath, "no_label", fmt::format("line {}", line)});
      continue;
    }
    const auto [first, added] = lines.try_emplace(clip.filepath, line);
    if (!added) {
      listing.left_out.push_back(
          {clip.filepath, "same_path", fmt::format("line {} names it already", first->second)});
      continue;
    }
    fs::path file = audio_folder.empty() ? resolve_recording(path, clip.filepath)
                                         : audio_folder / clip.filepath;
    clip.filepath = file.string();
    if (clip.value("corpus").empty()) clip.set("corpus", path.stem().string());
    listing.recordings.push_back({std::move(file), {}, std::move(clip)});
  }
  return listing;
}

}  // namespace undertone::dataset
