#include "download/pull.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <utility>

#include <undertone/error.hpp>

#include "download/blob_download.hpp"
#include "download/file_choice.hpp"
#include "download/hub_cache.hpp"
#include "download/hub_client.hpp"
#include "download/model_info.hpp"

namespace undertone::download {
namespace {

class Pull {
 public:
  Pull(const RepositoryId& id, const Settings& settings, const PullEvents& events,
       const std::stop_token& stop)
      : id_(id),
        events_(events),
        hub_(settings, id, events.note, stop),
        info_(hub_.describe()),
        cache_(settings.cache, id) {}

  PulledModel run() {
    FileChoice choice = choose_files(info_.files, id_.repository());
    const RemoteFile config = fetch_small(choice.config, kMostSmallBytes);
    if (events_.configured) events_.configured(cache_.blob(config.digest));
    for (const std::string& name : choice.companions) fetch_small(name, kMostSmallBytes);
    if (choice.index) add_shards(choice);
    fetch_weights(choice.weights);
    std::reverse(fetched_.begin(), fetched_.end());  // config.json, by which models are known, last
    for (const RemoteFile& file : fetched_) cache_.link(info_.commit, file.name, file.digest);
    if (id_.revision != info_.commit) cache_.write_reference(id_.revision, info_.commit);
    result_.folder = cache_.snapshot(info_.commit);
    result_.commit = info_.commit;
    result_.licences = info_.licences;
    for (const RemoteFile& file : fetched_) result_.bytes += file.size;
    return std::move(result_);
  }

 private:
  RemoteFile look_up(const std::string& name, std::uint64_t most) {
    RemoteFile file = hub_.look_up(info_.commit, name);
    if (file.size > most) {
      throw Error(ErrorCode::kDownloadFailed,
                  fmt::format("{}: {} bytes are declared; at most {} are fetched of such a file",
                              name, file.size, most),
                  "This is not a model of the kind that Undertone runs.");
    }
    return file;
  }

  RemoteFile fetch_small(const std::string& name, std::uint64_t most) {
    const RemoteFile file = look_up(name, most);
    cache_.require_space(file.size);
    result_.received += fetch_blob(hub_, cache_, file, [](std::uint64_t) {});
    fetched_.push_back(file);
    return file;
  }

  void add_shards(FileChoice& choice) {
    const RemoteFile index = fetch_small(*choice.index, kMostIndexBytes);
    std::ifstream stream(cache_.blob(index.digest), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream),
                           std::istreambuf_iterator<char>()};
    for (const std::string& shard : parse_shard_names(text, *choice.index)) {
      const bool ours = std::any_of(fetched_.begin(), fetched_.end(),
                                    [&](const RemoteFile& file) { return file.name == shard; });
      if (ours || std::find(info_.files.begin(), info_.files.end(), shard) == info_.files.end()) {
        throw Error(ErrorCode::kModelCorrupt,
                    fmt::format("{}: names {}, which is no weights file of the model",
                                *choice.index, shard));
      }
      choice.weights.push_back(shard);
    }
  }

  void fetch_weights(const std::vector<std::string>& names) {
    std::vector<RemoteFile> files;
    std::uint64_t total = 0;
    std::uint64_t present = 0;
    for (const std::string& name : names) {
      files.push_back(look_up(name, kMostWeightBytes));
      total += files.back().size;  // at most 1,001 files of 2^38 bytes
      present += bytes_present(cache_, files.back());
    }
    cache_.require_space(total - present);
    if (events_.started) events_.started(total, present);
    std::uint64_t before = 0;
    for (const RemoteFile& file : files) {
      result_.received += fetch_blob(hub_, cache_, file, [&](std::uint64_t bytes) {
        if (events_.progress) events_.progress(before + bytes);
      });
      before += file.size;
      fetched_.push_back(file);
    }
  }

  const RepositoryId& id_;
  const PullEvents& events_;
  HubClient hub_;
  ModelInfo info_;
  HubCache cache_;
  std::vector<RemoteFile> fetched_;
  PulledModel result_;
};

}  // namespace

PulledModel pull_model(const RepositoryId& id, const Settings& settings, const PullEvents& events,
                       const std::stop_token& stop) {
  if (settings.offline) {
    throw Error(ErrorCode::kDownloadFailed,
                "HF_HUB_OFFLINE is set, which forbids to ask the hub for " + id.repository(),
                "Unset it to download.");
  }
  return Pull(id, settings, events, stop).run();
}

}  // namespace undertone::download
