#include "common/file_checks.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <string_view>

#include <undertone/error.hpp>

namespace undertone {

bool is_git_lfs_pointer(std::span<const std::byte> head) {
  constexpr std::string_view kMagic = "version https://git-lfs.github.com/spec/";
  return head.size() >= kMagic.size() &&
         std::memcmp(head.data(), kMagic.data(), kMagic.size()) == 0;
}

void require_regular_file(const std::filesystem::path& path) {
  std::error_code code;
  const std::filesystem::file_status status = std::filesystem::status(path, code);
  if (!std::filesystem::exists(status)) {
    throw Error(ErrorCode::kFileNotFound, path.string() + ": no such file");
  }
  if (std::filesystem::is_directory(status)) {
    throw Error(ErrorCode::kFileUnreadable, path.string() + ": is a folder, not a file");
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw Error(ErrorCode::kFileUnreadable, path.string() + ": " + std::strerror(errno));
  }
  std::array<char, 64> head{};
  file.read(head.data(), head.size());
  if (is_git_lfs_pointer(
          std::as_bytes(std::span(head.data(), static_cast<std::size_t>(file.gcount()))))) {
    throw Error(
        ErrorCode::kGitLfsPointer,
        path.string() + ": is a Git LFS pointer, a small text file in place of the real one",
        "Install git-lfs and run 'git lfs pull' in the repository it came from.");
  }
}

}  // namespace undertone
