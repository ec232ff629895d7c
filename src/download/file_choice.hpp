// Which files of a model are fetched.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace undertone::download {

inline constexpr const char* kConfigFile = "config.json";

// Names that this program knows beforehand: nothing that a server says becomes a path, but for the
// shards of an index (parse_shard_names), which are asked for only if the model lists them.
struct FileChoice {
  std::string config = kConfigFile;
  std::vector<std::string> companions;  // small, nice to have: preprocessor, README, licence
  std::optional<std::string> index;     // of a sharded checkpoint, which names the weights
  std::vector<std::string> weights;     // empty with an index; a classifier of ours included
};

// From the files that a model lists: of several checkpoints the one that the encoder would read.
// Throws Error(kModelUnsupported) if there is no configuration or none with weights.
FileChoice choose_files(const std::vector<std::string>& listed, const std::string& model);

// No small file is fetched beyond this, no index beyond kMostIndexBytes. Bytes.
inline constexpr std::uint64_t kMostSmallBytes = std::uint64_t{1} << 20;
// No published encoder comes near. Bytes.
inline constexpr std::uint64_t kMostWeightBytes = std::uint64_t{256} << 30;

}  // namespace undertone::download
