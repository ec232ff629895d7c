#include "download/repository_id.hpp"

#include <algorithm>
#include <fmt/format.h>

#include <undertone/error.hpp>

namespace undertone::download {
namespace {

constexpr std::size_t kLongestPart = 96;  // the hub's own limit
constexpr std::size_t kLongestRevision = 200;

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

// The hub forbids "--" and "..", and names that begin or end with '-' or '.'.
bool is_part(std::string_view text) {
  const auto edge = [](char c) { return c == '-' || c == '.'; };
  return !text.empty() && text.size() <= kLongestPart &&
         std::all_of(text.begin(), text.end(), is_word_character) && !edge(text.front()) &&
         !edge(text.back()) && text.find("--") == std::string_view::npos &&
         text.find("..") == std::string_view::npos;
}

// A git reference: parts between slashes, none of which is empty or begins with '.' or '-'.
bool is_revision(std::string_view text) {
  if (text.size() > kLongestRevision || text.find("..") != std::string_view::npos) return false;
  for (;;) {
    const std::size_t slash = text.find('/');
    const std::string_view part = text.substr(0, slash);
    if (part.empty() || part.front() == '.' || part.front() == '-' || part.ends_with(".lock") ||
        !std::all_of(part.begin(), part.end(), is_word_character)) {
      return false;
    }
    if (slash == std::string_view::npos) return true;
    text.remove_prefix(slash + 1);
  }
}

}  // namespace

RepositoryId parse_repository_id(std::string_view text) {
  const std::size_t at = text.find('@');
  const std::string_view repository = text.substr(0, at);
  const std::size_t slash = repository.find('/');
  RepositoryId id;
  if (slash != std::string_view::npos) {
    id.owner = repository.substr(0, slash);
    id.name = repository.substr(slash + 1);
  }
  if (!is_part(id.owner) || !is_part(id.name)) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is not the name of a model", text.substr(0, 300)),
                "Models on the hub are called owner/name, or owner/name@revision.");
  }
  if (at != std::string_view::npos) {
    id.revision = text.substr(at + 1);
    if (!is_revision(id.revision)) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("'{}' is not a revision", text.substr(at + 1, 300)),
                  "A revision is a branch, a tag or a commit, as in owner/name@main.");
    }
  }
  return id;
}

bool is_commit(std::string_view text) {
  return text.size() == 40 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace undertone::download
