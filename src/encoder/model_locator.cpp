#include "encoder/model_locator.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <set>
#include <system_error>

#include <undertone/error.hpp>

#include "encoder/known_encoders.hpp"

namespace undertone::encoder {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

bool holds_encoder(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(folder / "config.json", ignored);
}

// "owner/name" in the characters the hub allows; that also keeps it from stepping out of the cache
// folder.
bool is_hub_name(const std::string& name) {
  const auto allowed = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.' ||
           c == '/';
  };
  const std::size_t slash = name.find('/');
  return slash != std::string::npos && slash > 0 && slash + 1 < name.size() &&
         name.rfind('/') == slash && std::all_of(name.begin(), name.end(), allowed) &&
         name.find("..") == std::string::npos;
}

// models--owner--name, as the hub's own client names the folder.
fs::path repository_folder(const std::string& name) {
  const std::size_t slash = name.find('/');
  return hub_cache_folder() / ("models--" + name.substr(0, slash) + "--" + name.substr(slash + 1));
}

std::string first_word(const fs::path& path) {
  std::string word;
  std::ifstream(path) >> word;
  return word;
}

// The snapshot that a revision (a branch, a tag or a commit) stands for; without one the main
// branch's, or the only one.
std::optional<fs::path> snapshot(const fs::path& repository, const std::string& revision) {
  const fs::path snapshots = repository / "snapshots";
  const std::string wanted = revision.empty() ? "main" : revision;
  for (const std::string& commit : {first_word(repository / "refs" / wanted), wanted}) {
    if (!commit.empty() && commit.find('/') == std::string::npos && commit != ".." &&
        holds_encoder(snapshots / commit)) {
      return snapshots / commit;
    }
  }
  if (!revision.empty() || !is_folder(snapshots)) return std::nullopt;
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(snapshots)) {
    if (holds_encoder(entry.path())) found.push_back(entry.path());
  }
  return found.size() == 1 ? std::optional(found.front()) : std::nullopt;
}

fs::path program_folder() {
  std::error_code ignored;
  return fs::read_symlink("/proc/self/exe", ignored).parent_path();
}

std::vector<fs::path> subfolders(const fs::path& folder) {
  std::vector<fs::path> result;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.is_directory(ignored)) result.push_back(entry.path());
  }
  std::sort(result.begin(), result.end());
  return result;
}

}  // namespace

std::vector<fs::path> shipped_model_folders() {
  std::vector<fs::path> folders;
  if (const auto wanted = environment("UNDERTONE_MODELS")) folders.emplace_back(*wanted);
  const fs::path program = program_folder();
  if (!program.empty()) {
    folders.push_back(program.parent_path() / "share" / "undertone" / "models");
    for (fs::path above = program; above.has_relative_path(); above = above.parent_path()) {
      if (holds_encoder(above / "models" / kDefaultEncoder)) folders.push_back(above / "models");
    }
  }
  folders.emplace_back(UNDERTONE_INSTALLED_MODELS);
  return folders;
}

fs::path hub_cache_folder() {
  for (const char* name : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"}) {
    if (const auto folder = environment(name)) return *folder;
  }
  if (const auto home = environment("HF_HOME")) return fs::path(*home) / "hub";
  if (const auto cache = environment("XDG_CACHE_HOME"))
    return fs::path(*cache) / "huggingface" / "hub";
  return fs::path(environment("HOME").value_or("/")) / ".cache" / "huggingface" / "hub";
}

LocatedModel locate_encoder(const std::string& name_or_path) {
  const fs::path path(name_or_path);
  if (is_folder(path)) {
    if (!holds_encoder(path)) {
      throw Error(ErrorCode::kModelNotFound, name_or_path + ": the folder has no config.json",
                  "Name a folder with config.json and model.safetensors or pytorch_model.bin.");
    }
    const fs::path clean = fs::absolute(path).lexically_normal();
    return {(clean.has_filename() ? clean : clean.parent_path()).filename().string(), path};
  }
  std::string looked;
  if (name_or_path.find('/') == std::string::npos) {
    for (const fs::path& folder : shipped_model_folders()) {
      if (holds_encoder(folder / name_or_path)) return {name_or_path, folder / name_or_path};
      looked += "\n  " + (folder / name_or_path).string();
    }
  }
  const std::size_t at = name_or_path.find('@');
  std::string name = name_or_path.substr(0, at);
  const auto known = known_repository(name);
  if (known) name = *known;
  if (is_hub_name(name)) {
    const fs::path repository = repository_folder(name);
    const std::string revision = at == std::string::npos ? "" : name_or_path.substr(at + 1);
    if (const auto found = snapshot(repository, revision)) return {name, *found};
    looked += "\n  " + repository.string();
  }
  throw Error(
      ErrorCode::kModelNotFound,
      "no encoder '" + name_or_path + "'" + (looked.empty() ? "" : "; looked in" + looked),
      is_hub_name(name)
          ? "'undertone models pull " + name_or_path +
                "' fetches it where there is a "
                "network. 'undertone models list' shows what is here."
          : std::string("Give a folder with config.json and weights, the name of a shipped model, "
                        "or owner/name of one that is in the Hugging Face cache. 'undertone models "
                        "list' shows what is here."));
}

std::vector<LocatedModel> installed_encoders() {
  std::vector<LocatedModel> models;
  std::set<std::string> names;
  const auto add = [&](std::string name, const fs::path& folder) {
    if (names.insert(name).second) models.push_back({std::move(name), folder});
  };
  for (const fs::path& folder : shipped_model_folders()) {
    for (const fs::path& model : subfolders(folder)) {
      if (holds_encoder(model)) add(model.filename().string(), model);
    }
  }
  for (const fs::path& repository : subfolders(hub_cache_folder())) {
    const std::string folder = repository.filename().string();
    const std::size_t separator = folder.find("--", 8);
    if (!folder.starts_with("models--") || separator == std::string::npos) continue;
    if (const auto found = snapshot(repository, "")) {
      add(folder.substr(8, separator - 8) + "/" + folder.substr(separator + 2), *found);
    }
  }
  return models;
}

}  // namespace undertone::encoder
