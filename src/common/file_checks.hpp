// Questions asked of a file before it is parsed.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace undertone {

// True if the bytes begin like a Git LFS pointer: the small text file that a clone without git-lfs
// leaves in place of the real one.
bool is_git_lfs_pointer(std::span<const std::byte> head);

// Throws unless `path` is an existing, readable file that is not a Git LFS pointer:
// Error(kFileNotFound), Error(kFileUnreadable) (a folder, no permission) or Error(kGitLfsPointer).
void require_regular_file(const std::filesystem::path& path);

}  // namespace undertone
