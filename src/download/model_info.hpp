// What the hub's API says of a model.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace undertone::download {

struct ModelInfo {
  std::string commit;                 // 40 hexadecimal digits
  std::vector<std::string> files;     // as the server names them: not to be used as paths
  std::vector<std::string> licences;  // e.g. "apache-2.0"; empty if none is stated
};

inline constexpr std::size_t kMostApiBytes = std::size_t{10} << 20;
inline constexpr std::size_t kMostIndexBytes = std::size_t{16} << 20;

// Parses the answer to GET /api/models/OWNER/NAME/revision/REVISION. Keys that are not needed are
// passed over, never stored. Throws Error(kDownloadFailed) if it is not such an answer.
ModelInfo parse_model_info(std::string_view json);

// The names of the files that the index of a sharded checkpoint names; each is a plain file name
// (no folder, no "..", no control characters). Throws Error(kModelCorrupt). `source` begins
// messages.
std::set<std::string> parse_shard_names(std::string_view json, const std::string& source);

}  // namespace undertone::download
