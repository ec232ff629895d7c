#include "dataset/corpus_listing.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <utility>

#include <undertone/error.hpp>

#include "dataset/ascii_text.hpp"
#include "dataset/audio_files.hpp"
#include "dataset/emotion.hpp"
#include "dataset/text_table.hpp"

namespace undertone::dataset {
namespace {

namespace fs = std::filesystem;

// Which corpus's names most of the files have, and how many.
std::pair<std::optional<Corpus>, std::size_t> corpus_of(const std::vector<fs::path>& files) {
  std::pair<std::optional<Corpus>, std::size_t> best;
  for (const Corpus corpus : kCorpora) {
    const auto count = static_cast<std::size_t>(
        std::count_if(files.begin(), files.end(),
                      [&](const fs::path& file) { return parse_corpus_name(corpus, file); }));
    if (count > best.second) best = {corpus, count};
  }
  return best;
}

[[noreturn]] void fail_without_match(Corpus corpus, const fs::path& where,
                                     const std::vector<fs::path>& files) {
  const auto [other, count] = corpus_of(files);
  throw Error(
      ErrorCode::kDataInvalid,
      fmt::format("{}: none of the {} recordings has a name of {} ('{}', for one, has not)",
                  where.string(), files.size(), to_string(corpus),
                  files.front().filename().string()),
      other ? fmt::format("{} of them have names of {}: try 'undertone prepare {}'.", count,
                          to_string(*other), to_string(*other))
            : std::string("They are of none of the known corpora; 'undertone prepare generic' "
                          "takes a table of paths and labels, or a folder for each emotion."));
}

// 0 for files that keep every sample, 1 for others.
int loss(const fs::path& file) {
  constexpr std::array<std::string_view, 7> kLossless = {".wav", ".flac", ".aif", ".aiff",
                                                         ".au",  ".caf",  ".wv"};
  const std::string extension = lower_case(file.extension().string());
  return std::find(kLossless.begin(), kLossless.end(), extension) == kLossless.end() ? 1 : 0;
}

Clip clip_of(const fs::path& file, Corpus corpus, const NamedClip& named, const LabelMap& labels) {
  Clip clip;
  clip.filepath = file.string();
  clip.emotion = labels.apply(named.emotion);
  clip.speaker_id = named.speaker_id;
  clip.sentence_id = named.sentence_id;
  clip.further = {{"corpus", std::string(to_string(corpus))},
                  {"intensity", named.intensity},
                  {"sex", named.sex},
                  {"age", named.age}};
  return clip;
}

CorpusListing listing_of(Corpus corpus, const fs::path& where, const std::vector<fs::path>& files,
                         const LabelMap& labels) {
  CorpusListing listing;
  std::map<std::string, std::size_t, std::less<>> by_name;  // which file has it
  std::vector<std::optional<NamedClip>> names;
  for (std::size_t i = 0; i < files.size(); ++i) {
    names.push_back(parse_corpus_name(corpus, files[i]));
    if (!names[i]) continue;
    const auto [first, added] = by_name.try_emplace(names[i]->name, i);
    if (!added && loss(files[i]) < loss(files[first->second])) first->second = i;
  }
  if (by_name.empty()) fail_without_match(corpus, where, files);
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!names[i]) {
      listing.left_out.push_back(
          {files[i].string(), "other_name", fmt::format("not a name of {}", to_string(corpus))});
      continue;
    }
    const std::size_t chosen = by_name.find(names[i]->name)->second;
    if (chosen != i) {
      listing.left_out.push_back(
          {files[i].string(), "same_name", "the same clip as " + files[chosen].string()});
      continue;
    }
    listing.recordings.push_back(
        {files[i], names[i]->name, clip_of(files[i], corpus, *names[i], labels)});
  }
  return listing;
}

// All recordings within; throws if there are none.
FolderScan scan_folder(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::exists(folder, ignored)) {
    throw Error(ErrorCode::kFileNotFound, folder.string() + ": no such folder");
  }
  if (!fs::is_directory(folder, ignored)) {
    throw Error(ErrorCode::kFileUnreadable, folder.string() + ": is a file, not a folder",
                "Name the folder that holds the recordings; a list of names needs --names-only.");
  }
  FolderScan scan = find_audio_files(folder);
  if (scan.files.empty()) {
    if (!scan.failures.empty()) throw scan.failures.front();
    throw Error(ErrorCode::kDataInvalid, folder.string() + ": holds no recordings",
                fmt::format("Recordings are files that end with {}.", audio_extensions_text()));
  }
  return scan;
}

void add_failures(const FolderScan& scan, CorpusListing& listing) {
  for (const Error& failure : scan.failures) {
    listing.left_out.push_back(
        {std::string(), std::string(to_string(failure.code())), failure.what(), true});
  }
}

}  // namespace

CorpusListing list_corpus(Corpus corpus, const fs::path& folder, const LabelMap& labels) {
  const FolderScan scan = scan_folder(folder);
  CorpusListing listing = listing_of(corpus, folder, scan.files, labels);
  add_failures(scan, listing);
  return listing;
}

CorpusListing list_names(Corpus corpus, const fs::path& list, const LabelMap& labels) {
  const std::string text = read_text_file(list);
  std::vector<fs::path> files;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = rest.find('\n');
    const std::string_view name = trimmed(rest.substr(0, end));
    if (name.find('\0') != std::string_view::npos) {
      throw Error(ErrorCode::kDataInvalid, list.string() + ": is no list of names: a NUL byte");
    }
    if (!name.empty()) files.emplace_back(name);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  if (files.empty()) {
    throw Error(ErrorCode::kDataInvalid, list.string() + ": the file is empty",
                "Write one name of a recording a line.");
  }
  std::sort(files.begin(), files.end(),
            [](const auto& a, const auto& b) { return a.native() < b.native(); });
  return listing_of(corpus, list, files, labels);
}

CorpusListing list_emotion_folders(const fs::path& folder, const LabelMap& labels) {
  const FolderScan scan = scan_folder(folder);
  CorpusListing listing;
  for (const fs::path& file : scan.files) {
    const fs::path within = file.lexically_relative(folder).parent_path();
    std::string label;
    for (const fs::path& part : within) {
      const std::string known = labels.apply(part.string());
      // The nearest folder that is known wins over those above it, which may be unknown.
      if (label.empty() || is_one_of_the_six(known)) label = known;
    }
    if (label.empty()) {
      listing.left_out.push_back(
          {file.string(), "no_label", "lies in no folder that could name its emotion"});
      continue;
    }
    Clip clip;
    clip.filepath = file.string();
    clip.emotion = label;
    clip.set("corpus", fs::absolute(folder / "x").lexically_normal().parent_path().filename());
    listing.recordings.push_back({file, {}, std::move(clip)});
  }
  add_failures(scan, listing);
  return listing;
}

}  // namespace undertone::dataset
