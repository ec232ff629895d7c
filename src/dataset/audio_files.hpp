// Which files of a folder are recordings.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include <undertone/error.hpp>

namespace undertone::dataset {

// By the ending of the name, in any case: .wav, .flac, .mp3, .ogg, .opus, .webm ...
bool has_audio_extension(const std::filesystem::path& path);

// The endings, for messages: "wav, flac, ...".
std::string_view audio_extensions_text();

struct FolderScan {
  std::vector<std::filesystem::path> files;  // sorted by the bytes of their paths
  std::vector<Error> failures;               // folders that could not be read
};

// All recordings in `folder` and the folders within. Names that begin with a dot are passed over;
// links to files are followed, links to folders are not (they could lead in circles).
FolderScan find_audio_files(const std::filesystem::path& folder);

}  // namespace undertone::dataset
