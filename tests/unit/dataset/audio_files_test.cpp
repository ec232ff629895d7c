#include "dataset/audio_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "support/temporary_folder.hpp"

namespace undertone::dataset {
namespace {

TEST(AudioFiles, ToldByTheEndingInAnyCase) {
  for (const auto* name : {"a.wav", "b.FLAC", "c.tar.mp3", "d.Opus", "e.3gp", "f.aiff", "g.mka"}) {
    EXPECT_TRUE(has_audio_extension(name)) << name;
  }
  for (const auto* name : {"a", "wav", "b.txt", "c.wav.txt", "d.", ".wav"}) {
    EXPECT_FALSE(has_audio_extension(name)) << name;
  }
  EXPECT_THAT(std::string(audio_extensions_text()), ::testing::HasSubstr("wav, flac, mp3"));
}

TEST(AudioFiles, ScansFoldersInOneOrder) {
  const test::TemporaryFolder folder;
  std::filesystem::create_directories(folder / "b/c");
  std::filesystem::create_directories(folder / "d.wav");  // a folder, whatever it is called
  std::filesystem::create_directories(folder / ".hidden");
  for (const auto* name : {"b/c/z.wav", "b/a.flac", "a.wav", "d.wav/e.mp3", ".hidden/x.wav",
                           "._a.wav", "notes.txt", "Z.wav"}) {
    test::write_file(folder / name, "");
  }
  std::filesystem::create_directory_symlink(folder.path(), folder / "b/loop.wav");
  std::filesystem::create_symlink("nothing", folder / "b/broken.wav");
  const FolderScan scan = find_audio_files(folder.path());
  EXPECT_TRUE(scan.failures.empty());
  EXPECT_THAT(scan.files, ::testing::ElementsAre(folder / "Z.wav", folder / "a.wav",
                                                 folder / "b/a.flac", folder / "b/broken.wav",
                                                 folder / "b/c/z.wav", folder / "d.wav/e.mp3"));
}

TEST(AudioFiles, ReportsAFolderThatIsNotThere) {
  const test::TemporaryFolder folder;
  const FolderScan missing = find_audio_files(folder / "none");
  ASSERT_EQ(missing.failures.size(), 1U);
  EXPECT_EQ(missing.failures[0].code(), ErrorCode::kFileUnreadable);
}

TEST(AudioFiles, ReportsAFolderThatMayNotBeListed) {
  const test::TemporaryFolder folder;
  if (geteuid() == 0) GTEST_SKIP() << "the superuser may list every folder";
  std::filesystem::create_directory(folder / "closed");
  test::write_file(folder / "a.wav", "");
  std::filesystem::permissions(folder / "closed", std::filesystem::perms::none);
  const FolderScan scan = find_audio_files(folder.path());
  EXPECT_EQ(scan.files.size(), 1U);
  ASSERT_EQ(scan.failures.size(), 1U);
  EXPECT_THAT(scan.failures[0].what(), ::testing::HasSubstr("closed"));
}

}  // namespace
}  // namespace undertone::dataset
