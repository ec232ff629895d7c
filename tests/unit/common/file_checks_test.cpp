#include "common/file_checks.hpp"

#include <gtest/gtest.h>

#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"

namespace undertone {
namespace {

using test::TemporaryFolder;
using test::write_file;

TEST(RequireRegularFile, AcceptsAnOrdinaryFile) {
  const TemporaryFolder folder;
  write_file(folder / "a", "content");
  write_file(folder / "empty", "");
  EXPECT_NO_THROW(require_regular_file(folder / "a"));
  EXPECT_NO_THROW(require_regular_file(folder / "empty"));
}

TEST(RequireRegularFile, TellsAbsenceFromAFolder) {
  const TemporaryFolder folder;
  EXPECT_UNDERTONE_ERROR(require_regular_file(folder / "gone"), ErrorCode::kFileNotFound,
                         "no such file");
  EXPECT_UNDERTONE_ERROR(require_regular_file(folder.path()), ErrorCode::kFileUnreadable,
                         "is a folder");
}

TEST(RequireRegularFile, ExplainsAGitLfsPointer) {
  const TemporaryFolder folder;
  write_file(folder / "clip.wav",
             "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n");
  EXPECT_UNDERTONE_ERROR(require_regular_file(folder / "clip.wav"), ErrorCode::kGitLfsPointer,
                         "clip.wav");
}

}  // namespace
}  // namespace undertone
