#include "common/atomic_file.hpp"

#include <gtest/gtest.h>
#include <iterator>

#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"

namespace undertone {
namespace {

using test::read_file;
using test::TemporaryFolder;
using test::write_file;

std::ptrdiff_t files_in(const std::filesystem::path& folder) {
  return std::distance(std::filesystem::directory_iterator(folder),
                       std::filesystem::directory_iterator());
}

TEST(AtomicFile, AppearsOnCommit) {
  const TemporaryFolder folder;
  AtomicFile file(folder / "out");
  file.write("one ");
  file.write("two");
  EXPECT_FALSE(std::filesystem::exists(folder / "out"));
  file.commit();
  EXPECT_EQ(read_file(folder / "out"), "one two");
  EXPECT_EQ(files_in(folder.path()), 1);
}

TEST(AtomicFile, WithoutCommitTheOldFileStays) {
  const TemporaryFolder folder;
  write_file(folder / "out", "old");
  {
    AtomicFile file(folder / "out");
    file.write("new");
  }
  EXPECT_EQ(read_file(folder / "out"), "old");
  EXPECT_EQ(files_in(folder.path()), 1);
}

TEST(AtomicFile, HasTheModeOfAnOrdinaryFile) {
  const TemporaryFolder folder;
  write_file(folder / "plain", "");
  AtomicFile file(folder / "out");
  file.commit();
  EXPECT_EQ(std::filesystem::status(folder / "out").permissions(),
            std::filesystem::status(folder / "plain").permissions());
}

TEST(AtomicFile, NamesTheFileThatCannotBeCreated) {
  EXPECT_UNDERTONE_ERROR(AtomicFile("/no/such/folder/out"), ErrorCode::kFileUnwritable,
                         "/no/such/folder/out");
}

TEST(AtomicFile, LeavesNothingBehindWhenTheLastStepFails) {
  const TemporaryFolder folder;
  // A folder cannot be replaced by a file.
  std::filesystem::create_directory(folder / "out");
  AtomicFile file(folder / "out");
  file.write("text");
  EXPECT_UNDERTONE_ERROR(file.commit(), ErrorCode::kFileUnwritable, "rename into place");
  EXPECT_EQ(files_in(folder.path()), 1);
}

}  // namespace
}  // namespace undertone
