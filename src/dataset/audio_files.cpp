#include "dataset/audio_files.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <system_error>

namespace undertone::dataset {
namespace {

constexpr std::array<std::string_view, 19> kExtensions = {
    "wav", "flac", "mp3", "ogg", "oga", "opus", "webm", "m4a", "mp4", "aac",
    "aif", "aiff", "au",  "wma", "amr", "caf",  "3gp",  "mka", "wv"};

void scan(const std::filesystem::path& folder, FolderScan& result) {
  std::error_code error;
  std::filesystem::directory_iterator entries(folder, error);
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    const std::filesystem::path& path = entries->path();
    if (path.filename().string().starts_with('.')) continue;
    std::error_code of_entry;
    if (entries->is_directory(of_entry) && !entries->is_symlink(of_entry)) {
      scan(path, result);
    } else if (has_audio_extension(path) && !entries->is_directory(of_entry)) {
      // A link to nothing is kept: whoever opens it says so.
      result.files.push_back(path);
    }
  }
  if (error) {
    result.failures.emplace_back(ErrorCode::kFileUnreadable,
                                 folder.string() + ": cannot be listed: " + error.message(),
                                 "Check that the folder exists and that you may read it.");
  }
}

}  // namespace

bool has_audio_extension(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  if (extension.empty()) return false;
  extension.erase(0, 1);
  for (char& c : extension) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

std::string_view audio_extensions_text() {
  static const std::string text = [] {
    std::string joined;
    for (const std::string_view extension : kExtensions) {
      if (!joined.empty()) joined += ", ";
      joined += extension;
    }
    return joined;
  }();
  return text;
}

FolderScan find_audio_files(const std::filesystem::path& folder) {
  FolderScan result;
  scan(folder, result);
  std::sort(result.files.begin(), result.files.end(),
            [](const auto& a, const auto& b) { return a.native() < b.native(); });
  return result;
}

}  // namespace undertone::dataset
