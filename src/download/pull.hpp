// A model from a Hugging Face hub into its cache on this machine.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "download/repository_id.hpp"
#include "download/settings.hpp"

namespace undertone::download {

// All may be empty. Called on the caller's thread. What they throw ends the pull.
struct PullEvents {
  // The file `config` holds the model's config.json. Whoever cannot use such a model can say so
  // here, before its weights are fetched.
  std::function<void(const std::filesystem::path& config)> configured;
  // Bytes of all weights, and how many of them are here already.
  std::function<void(std::uint64_t total, std::uint64_t present)> started;
  std::function<void(std::uint64_t present)> progress;
  // What a user may want to know: a pause before another attempt, say.
  std::function<void(const std::string&)> note;
};

struct PulledModel {
  std::filesystem::path folder;       // the snapshot: holds config.json and the weights
  std::string commit;                 // 40 hexadecimal digits
  std::vector<std::string> licences;  // as the model's card names them; may be empty
  std::uint64_t bytes = 0;            // of all files
  std::uint64_t received = 0;         // of them over the network, this time
};

// Fetches the configuration, the weights that the encoder would read, a classifier bundle if one
// lies beside them, README and licence; nothing else. Every file is verified by the checksum that
// the hub names. The snapshot appears when all of its files are there, the configuration last; what
// an interrupted pull has fetched is used by the next one.
//
// Throws Error(kModelNotFound), Error(kModelUnsupported) (no weights in a known form),
// Error(kModelCorrupt) (an index that contradicts itself), Error(kAccessDenied),
// Error(kDownloadFailed), Error(kFileUnwritable) and Error(kCancelled).
PulledModel pull_model(const RepositoryId& id, const Settings& settings,
                       const PullEvents& events = {}, const std::stop_token& stop = {});

}  // namespace undertone::download
