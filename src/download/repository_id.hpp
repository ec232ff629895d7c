// The name of a model on the hub.
#pragma once

#include <string>
#include <string_view>

namespace undertone::download {

// "facebook/hubert-large-ll60k", of a branch, a tag or a commit.
struct RepositoryId {
  std::string owner;
  std::string name;
  std::string revision = "main";

  std::string repository() const { return owner + "/" + name; }
};

// Parses "owner/name" or "owner/name@revision" in the characters that the hub allows, which keeps
// it from stepping out of a folder or a URL's path. Throws Error(kInvalidArgument).
RepositoryId parse_repository_id(std::string_view text);

// 40 lowercase hexadecimal digits: what the hub calls a commit.
bool is_commit(std::string_view text);

}  // namespace undertone::download
