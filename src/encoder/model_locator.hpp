// Where encoders are found on this machine.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace undertone::encoder {

// The encoder that is used when none is named.
inline constexpr std::string_view kDefaultEncoder = "undertone-small";

struct LocatedModel {
  std::string name;  // e.g. "undertone-small", "facebook/hubert-large-ll60k", a folder's name
  std::filesystem::path folder;  // holds config.json
};

// Folders searched for models that ship with Undertone, in order: $UNDERTONE_MODELS;
// share/undertone/models beside the running program's folder; `models` in a folder above the
// program (a source tree); the installation's data folder.
std::vector<std::filesystem::path> shipped_model_folders();

// The Hugging Face hub cache: $HF_HUB_CACHE, $HUGGINGFACE_HUB_CACHE, $HF_HOME/hub,
// $XDG_CACHE_HOME/huggingface/hub or
// ~/.cache/huggingface/hub.
std::filesystem::path hub_cache_folder();

// Finds an encoder by path, by the name of a shipped model, or by "owner/name" (optionally
// "owner/name@revision") in the hub cache, where the short name of a known encoder will do too.
// Throws Error(kModelNotFound) that says where it looked.
LocatedModel locate_encoder(const std::string& name_or_path);

// All encoders that locate_encoder would find by name.
std::vector<LocatedModel> installed_encoders();

}  // namespace undertone::encoder
