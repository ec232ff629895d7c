// metadata.csv: which recordings there are, and what is known of them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace undertone::dataset {

// One recording. Unknown values are empty.
struct Clip {
  std::string filepath;  // as the file says it
  std::string emotion;   // one of the six by its canonical name, or any other label as it stood
  std::string speaker_id;
  std::string sentence_id;
  std::vector<std::pair<std::string, std::string>> further;  // other columns: name and value
  std::size_t line = 0;                                      // in the file, from 1; 0 if from none

  // The value of a further column, or "" where there is none.
  const std::string& value(std::string_view column) const;

  // Replaces the value of a further column, or adds the column as the last one.
  void set(std::string_view column, std::string text);
};

struct MetadataLimits {
  std::uint64_t max_bytes = std::uint64_t{1} << 30;
};

// Reads a CSV file with a header. Columns may stand in any order; `filepath` must be there,
// `emotion`, `speaker_id` and `sentence_id` are known, all others are kept. Column names are taken
// without regard to case and surrounding blanks. Throws Error(kDataInvalid) naming the line, and
// what require_regular_file throws.
std::vector<Clip> read_metadata(const std::filesystem::path& path,
                                const MetadataLimits& limits = {});
std::vector<Clip> parse_metadata(std::string_view text, const std::string& name);

// filepath, emotion, speaker_id, sentence_id, then the further columns of the first clip, which all
// must share (else Error(kInvalidArgument)). Written with atomic replacement; throws
// Error(kFileUnwritable).
void write_metadata(const std::filesystem::path& path, const std::vector<Clip>& clips);

// Where a clip's recording is: an absolute filepath as it is; a relative one beside the metadata
// file if it exists there, else relative to the working directory if it exists there, else (to be
// reported missing) beside the metadata file.
std::filesystem::path resolve_recording(const std::filesystem::path& metadata,
                                        const std::string& filepath);

}  // namespace undertone::dataset
