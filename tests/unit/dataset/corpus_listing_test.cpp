#include "dataset/corpus_listing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"

namespace undertone::dataset {
namespace {

using test::TemporaryFolder;
using test::write_file;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

void touch(const TemporaryFolder& folder, const std::string& name) {
  std::filesystem::create_directories((folder / name).parent_path());
  write_file(folder / name, "x");
}

std::vector<std::string> names(const CorpusListing& listing, const TemporaryFolder& folder) {
  std::vector<std::string> result;
  for (const ListedRecording& recording : listing.recordings) {
    result.push_back(recording.file.lexically_relative(folder.path()).string());
  }
  return result;
}

TEST(CorpusListing, NamesOfACorpus) {
  const TemporaryFolder folder;
  touch(folder, "b/03a01Wa.wav");
  touch(folder, "a/08a01Nb.flac");
  touch(folder, "a/notes.wav");
  touch(folder, "a/08a01Nb.txt");
  const CorpusListing listing = list_corpus(Corpus::kEmodb, folder.path());
  EXPECT_THAT(names(listing, folder), ElementsAre("a/08a01Nb.flac", "b/03a01Wa.wav"));
  EXPECT_EQ(listing.recordings[0].clip.value("corpus"), "emodb");
  EXPECT_EQ(listing.recordings[0].clip.value("sex"), "female");
  ASSERT_EQ(listing.left_out.size(), 1U);
  EXPECT_EQ(listing.left_out[0].reason, "other_name");
  EXPECT_FALSE(listing.left_out[0].failed);
}

TEST(CorpusListing, AClipInTwoFormatsIsOneClip) {
  const TemporaryFolder folder;
  touch(folder, "AudioMP3/1001_DFA_ANG_XX.mp3");
  touch(folder, "AudioWAV/1001_DFA_ANG_XX.wav");
  touch(folder, "Copy/1001_DFA_ANG_XX.wav");
  const CorpusListing listing = list_corpus(Corpus::kCremad, folder.path());
  EXPECT_THAT(names(listing, folder), ElementsAre("AudioWAV/1001_DFA_ANG_XX.wav"));
  ASSERT_EQ(listing.left_out.size(), 2U);
  EXPECT_EQ(listing.left_out[0].reason, "same_name");
  EXPECT_THAT(listing.left_out[0].detail, HasSubstr("AudioWAV"));
}

TEST(CorpusListing, SaveeInItsOwnFolders) {
  const TemporaryFolder folder;
  touch(folder, "DC/a01.wav");
  touch(folder, "JE/a01.wav");
  const CorpusListing listing = list_corpus(Corpus::kSavee, folder.path());
  EXPECT_THAT(names(listing, folder), ElementsAre("DC/a01.wav", "JE/a01.wav"));
}

TEST(CorpusListing, AnotherCorpusIsSuggested) {
  const TemporaryFolder folder;
  touch(folder, "03-01-01-01-01-01-01.wav");
  try {
    list_corpus(Corpus::kCremad, folder.path());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kDataInvalid);
    EXPECT_THAT(error.what(), HasSubstr("none of the 1 recordings has a name of cremad"));
    EXPECT_THAT(error.hint(), HasSubstr("undertone prepare ravdess"));
  }
}

TEST(CorpusListing, NothingToList) {
  const TemporaryFolder folder;
  EXPECT_UNDERTONE_ERROR(list_corpus(Corpus::kNemo, folder.path()), ErrorCode::kDataInvalid,
                         "holds no recordings");
  EXPECT_UNDERTONE_ERROR(list_emotion_folders(folder.path()), ErrorCode::kDataInvalid,
                         "holds no recordings");
  EXPECT_UNDERTONE_ERROR(list_corpus(Corpus::kNemo, folder / "none"), ErrorCode::kFileNotFound,
                         "no such folder");
  touch(folder, "file");
  EXPECT_UNDERTONE_ERROR(list_corpus(Corpus::kNemo, folder / "file"), ErrorCode::kFileUnreadable,
                         "not a folder");
  write_file(folder / "empty.txt", " \n");
  EXPECT_UNDERTONE_ERROR(list_names(Corpus::kNemo, folder / "empty.txt"), ErrorCode::kDataInvalid,
                         "empty");
}

TEST(CorpusListing, AListOfNamesStaysAsWritten) {
  const TemporaryFolder folder;
  write_file(folder / "l.txt", "DC_a02.wav\r\nDC_a01\n\nother.wav\n");
  const CorpusListing listing =
      list_names(Corpus::kSavee, folder / "l.txt", LabelMap::parse("angry=Disgust"));
  ASSERT_EQ(listing.recordings.size(), 2U);
  EXPECT_EQ(listing.recordings[0].clip.filepath, "DC_a01");
  EXPECT_EQ(listing.recordings[0].clip.emotion, "Disgust");
  EXPECT_EQ(listing.left_out.size(), 1U);
}

TEST(CorpusListing, FoldersNameEmotions) {
  const TemporaryFolder folder;
  touch(folder, "data/anger/a.wav");
  touch(folder, "data/s1/sadness/b.wav");
  touch(folder, "data/joyful/s2/c.wav");
  touch(folder, "data/odd/d.wav");
  touch(folder, "data/e.wav");
  const CorpusListing listing =
      list_emotion_folders(folder / "data", LabelMap::parse("joyful=Happy"));
  std::vector<std::string> labels;
  for (const auto& recording : listing.recordings) labels.push_back(recording.clip.emotion);
  EXPECT_THAT(labels, ElementsAre("Angry", "Happy", "odd", "Sad"));
  EXPECT_EQ(listing.recordings[0].clip.value("corpus"), "data");
  ASSERT_EQ(listing.left_out.size(), 1U);
  EXPECT_EQ(listing.left_out[0].reason, "no_label");
}

TEST(GenericTable, KnowsTheUsualColumnsAndKeepsOthers) {
  const TemporaryFolder folder;
  write_file(folder / "t.csv",
             "File,Label,Speaker,Gender,group,My Note,duration\n"
             "a.wav,joy,s1,F,g1,hello,9\n,sad,s,M,,,\nb.wav,,s,M,,,\na.wav,sad,s,M,,,\n");
  const CorpusListing listing = list_table(folder / "t.csv");
  ASSERT_EQ(listing.recordings.size(), 1U);
  const Clip& clip = listing.recordings[0].clip;
  EXPECT_EQ(listing.recordings[0].file, folder / "a.wav");
  EXPECT_EQ(clip.emotion, "Happy");
  EXPECT_EQ(clip.speaker_id, "s1");
  EXPECT_EQ(clip.value("sex"), "female");
  EXPECT_EQ(clip.value("group"), "g1");
  EXPECT_EQ(clip.value("my_note"), "hello");
  EXPECT_EQ(clip.value("duration"), "");
  EXPECT_EQ(clip.value("corpus"), "t");
  std::vector<std::string> reasons;
  for (const LeftOut& entry : listing.left_out) reasons.push_back(entry.reason);
  EXPECT_THAT(reasons, ElementsAre("no_path", "no_label", "same_path"));
}

TEST(GenericTable, ColumnsCanBeNamed) {
  const TemporaryFolder folder;
  write_file(folder / "t.jsonl", "{\"path\": \"x\", \"clip\": \"a.wav\", \"mood\": \"rage\"}\n");
  const GenericColumns columns{
      .path = "clip", .label = "MOOD", .speaker = {}, .sentence = {}, .group = {}};
  const CorpusListing listing =
      list_table(folder / "t.jsonl", columns, LabelMap::parse("rage=Angry"), "/audio");
  ASSERT_EQ(listing.recordings.size(), 1U);
  EXPECT_EQ(listing.recordings[0].file, "/audio/a.wav");
  EXPECT_EQ(listing.recordings[0].clip.emotion, "Angry");
  EXPECT_EQ(listing.recordings[0].clip.value("path"), "x");
}

TEST(GenericTable, MissingColumnsAreNamed) {
  const TemporaryFolder folder;
  write_file(folder / "t.csv", "path,mood\na.wav,sad\n");
  EXPECT_UNDERTONE_ERROR(list_table(folder / "t.csv"), ErrorCode::kDataInvalid,
                         "no column says the label");
  GenericColumns columns;
  columns.label = "feeling";
  EXPECT_UNDERTONE_ERROR(list_table(folder / "t.csv", columns), ErrorCode::kDataInvalid,
                         "no column 'feeling'");
  columns.label = "path";
  columns.path = "path";
  EXPECT_UNDERTONE_ERROR(list_table(folder / "t.csv", columns), ErrorCode::kDataInvalid,
                         "two things");
  write_file(folder / "u.csv", "path,label\n");
  EXPECT_UNDERTONE_ERROR(list_table(folder / "u.csv"), ErrorCode::kDataInvalid, "no recordings");
  write_file(folder / "u.doc", "path,label\n");
  EXPECT_UNDERTONE_ERROR(list_table(folder / "u.doc"), ErrorCode::kDataInvalid, "known table");
}

}  // namespace
}  // namespace undertone::dataset
