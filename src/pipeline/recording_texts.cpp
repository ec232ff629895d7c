#include "pipeline/recording_texts.hpp"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "common/sha256.hpp"
#include "tensor/printable.hpp"
#include "tensor/unicode.hpp"

namespace undertone::pipeline {
namespace {

// A column of the metadata that has a list of its own in the table.
constexpr std::string_view kCorpus = "corpus";

constexpr std::size_t kMostColumns = 500;
// NumPy's texts take four bytes a character, all as wide as the widest.
constexpr std::uint64_t kMostColumnBytes = std::uint64_t{4} << 30;

// Calls visit(column, text) for all texts of a clip.
template <class Visit>
void for_each_text(const dataset::Clip& clip, Visit visit) {
  visit(std::string_view("filepath"), clip.filepath);
  visit(std::string_view("emotion"), clip.emotion);
  visit(std::string_view("speaker_id"), clip.speaker_id);
  visit(std::string_view("sentence_id"), clip.sentence_id);
  for (const auto& [name, text] : clip.further) visit(std::string_view(name), text);
}

// The names of the files without folder and ending where no two are alike, else numbers from 0.
std::vector<std::string> ids_of(const std::vector<std::string>& paths) {
  std::vector<std::string> ids;
  for (const std::string& path : paths) ids.push_back(std::filesystem::path(path).stem().string());
  if (std::set<std::string>(ids.begin(), ids.end()).size() != ids.size()) {
    for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = std::to_string(i);
  }
  return ids;
}

[[noreturn]] void refuse(const std::string& what, std::string hint = {}) {
  throw Error(ErrorCode::kDataInvalid, what, std::move(hint));
}

}  // namespace

void require_writable_texts(const std::vector<Recording>& recordings) {
  std::map<std::string, std::size_t, std::less<>> widths;
  for (const Recording& recording : recordings) {
    const dataset::Clip& clip = recording.clip;
    const auto where = [&clip] {
      return clip.line == 0 ? tensor::printable(clip.filepath)
                            : fmt::format("{}, line {} of its metadata",
                                          tensor::printable(clip.filepath), clip.line);
    };
    for_each_text(clip, [&](std::string_view column, const std::string& text) {
      const auto characters = tensor::utf32_from_utf8(text);
      if (!characters || text.ends_with('\0')) {
        refuse(fmt::format("{}: its {} {}", where(), tensor::printable(column),
                           characters ? "ends in a zero character" : "is not UTF-8"),
               "Save the metadata as UTF-8; rename files whose names are not.");
      }
      auto found = widths.find(column);
      if (found == widths.end()) found = widths.emplace(column, 0).first;
      found->second = std::max(found->second, characters->size());
    });
  }
  if (widths.size() > kMostColumns) {
    refuse(fmt::format("the metadata have {} columns; at most {} are kept", widths.size(),
                       kMostColumns));
  }
  for (const auto& [name, width] : widths) {
    if (name.empty() || !tensor::is_utf8(name) ||
        name.find_first_of(std::string_view("/\\\0", 3)) != std::string::npos) {
      refuse(fmt::format("the metadata's column '{}' has a name that no array can have",
                         tensor::printable(name)),
             "Rename it: a name is UTF-8 without slashes.");
    }
    if (recordings.size() * std::uint64_t{4} * width > kMostColumnBytes) {
      refuse(fmt::format("the metadata's column '{}' has a text of {} characters, which would take "
                         "that much room for each of {} recordings",
                         tensor::printable(name), width, recordings.size()),
             "Leave the column out.");
    }
  }
}

std::string digest_of(const std::vector<Recording>& recordings) {
  Sha256 sha;
  const auto add = [&sha](std::string_view text) {
    sha.update(std::to_string(text.size()) + ':');
    sha.update(text);
  };
  for (const Recording& recording : recordings) {
    add(recording.file.native());
    for_each_text(recording.clip, [&add](std::string_view column, const std::string& text) {
      add(column);
      add(text);
    });
    sha.update(recording.failure ? "!" : ";");
    if (recording.failure) add(reason_of(*recording.failure));
  }
  return sha.hex_digest();
}

EmbeddingTable texts_of(const std::vector<Recording>& recordings,
                        const std::vector<std::string>& reasons) {
  EmbeddingTable table;
  std::set<std::string> columns;
  for (const Recording& recording : recordings) {
    for (const auto& [name, text] : recording.clip.further) {
      if (name != kCorpus) columns.insert(name);
    }
  }
  for (const std::string& name : columns) table.columns[name];
  for (std::size_t i = 0; i < recordings.size(); ++i) {
    const dataset::Clip& clip = recordings[i].clip;
    if (!reasons[i].empty()) {
      table.failed_paths.push_back(clip.filepath);
      table.failed_reasons.push_back(reasons[i]);
      continue;
    }
    table.labels.push_back(clip.emotion);
    table.speakers.push_back(clip.speaker_id);
    table.sentences.push_back(clip.sentence_id);
    table.corpora.push_back(clip.value(kCorpus));
    table.paths.push_back(clip.filepath);
    for (auto& [name, values] : table.columns) values.push_back(clip.value(name));
  }
  table.ids = ids_of(table.paths);
  return table;
}

std::string reason_of(const Error& error) {
  constexpr std::size_t kMost = 1000;
  std::string reason = fmt::format("{}: {}", to_string(error.code()), error.what());
  if (reason.size() > kMost) {
    reason.resize(kMost);
    while (!reason.empty() && !tensor::is_utf8(reason) && reason.size() > kMost - 4) {
      reason.pop_back();
    }
    reason += "...";
  }
  // The names of files may be any bytes.
  if (!tensor::is_utf8(reason)) {
    std::replace_if(
        reason.begin(), reason.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; },
        '?');
  }
  std::replace(reason.begin(), reason.end(), '\0', '?');
  return reason;
}

}  // namespace undertone::pipeline
