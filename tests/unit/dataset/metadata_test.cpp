#include "dataset/metadata.hpp"

#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"

namespace undertone::dataset {
namespace {

TEST(Metadata, ReadsThePublishedLayoutAndKeepsFurtherColumns) {
  const auto clips = parse_metadata(
      "filepath,emotion,speaker_id,sentence_id,corpus,level\n"
      "a/b.wav,ANG,1001,DFA,cremad,XX\n"
      "\"c, d.wav\",calm,1002,IEO,ravdess,\n",
      "m.csv");
  ASSERT_EQ(clips.size(), 2U);
  EXPECT_EQ(clips[0].filepath, "a/b.wav");
  EXPECT_EQ(clips[0].emotion, "Angry");
  EXPECT_EQ(clips[0].speaker_id, "1001");
  EXPECT_EQ(clips[0].sentence_id, "DFA");
  EXPECT_EQ(clips[0].value("corpus"), "cremad");
  EXPECT_EQ(clips[0].value("level"), "XX");
  EXPECT_EQ(clips[0].value("none"), "");
  EXPECT_EQ(clips[0].line, 2U);
  EXPECT_EQ(clips[1].filepath, "c, d.wav");
  EXPECT_EQ(clips[1].emotion, "calm");
}

TEST(Metadata, OnlyFilepathIsRequiredAndOrderIsFree) {
  const auto clips = parse_metadata(" Emotion , FilePath\nsad,x.wav\n", "m.csv");
  ASSERT_EQ(clips.size(), 1U);
  EXPECT_EQ(clips[0].filepath, "x.wav");
  EXPECT_EQ(clips[0].emotion, "Sad");
  EXPECT_EQ(clips[0].speaker_id, "");
}

TEST(Metadata, SaysWhichLineIsWrong) {
  EXPECT_UNDERTONE_ERROR(parse_metadata("", "m.csv"), ErrorCode::kDataInvalid,
                         "m.csv: the file is");
  EXPECT_UNDERTONE_ERROR(parse_metadata("a.wav,sad\n", "m.csv"), ErrorCode::kDataInvalid,
                         "line 1: there is no column 'filepath'");
  EXPECT_UNDERTONE_ERROR(parse_metadata("filepath,corpus,Corpus\n", "m.csv"),
                         ErrorCode::kDataInvalid, "two columns are called 'corpus'");
  EXPECT_UNDERTONE_ERROR(parse_metadata("filepath,emotion\na.wav,sad\nb.wav\n", "m.csv"),
                         ErrorCode::kDataInvalid,
                         "m.csv, line 3: 1 fields where the header names 2");
  EXPECT_UNDERTONE_ERROR(parse_metadata("filepath,emotion\n,sad\n", "m.csv"),
                         ErrorCode::kDataInvalid, "line 2: the filepath is empty");
}

TEST(Metadata, WhatIsWrittenReadsBack) {
  const test::TemporaryFolder folder;
  std::vector<Clip> clips(2);
  clips[0] = {"a,\"1\".wav", "Happy", "s-1", "t", {{"corpus", "x\ny"}}, 0};
  clips[1] = {"b.wav", "calm", "", "", {{"corpus", ""}}, 0};
  write_metadata(folder / "m.csv", clips);
  const auto read = read_metadata(folder / "m.csv");
  ASSERT_EQ(read.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(read[i].filepath, clips[i].filepath);
    EXPECT_EQ(read[i].emotion, clips[i].emotion);
    EXPECT_EQ(read[i].speaker_id, clips[i].speaker_id);
    EXPECT_EQ(read[i].further, clips[i].further);
  }
  clips[1].further[0].first = "other";
  EXPECT_UNDERTONE_ERROR(write_metadata(folder / "m.csv", clips), ErrorCode::kInvalidArgument,
                         "other columns");
  clips[1].further.clear();
  EXPECT_UNDERTONE_ERROR(write_metadata(folder / "m.csv", clips), ErrorCode::kInvalidArgument,
                         "other columns");
}

TEST(Metadata, ReportsFilesThatCannotBeRead) {
  const test::TemporaryFolder folder;
  EXPECT_UNDERTONE_ERROR(read_metadata(folder / "none.csv"), ErrorCode::kFileNotFound, "none.csv");
  EXPECT_UNDERTONE_ERROR(read_metadata(folder.path()), ErrorCode::kFileUnreadable, "");
  test::write_file(folder / "long.csv", "filepath\n" + std::string(100, 'a') + "\n");
  EXPECT_UNDERTONE_ERROR(read_metadata(folder / "long.csv", {.max_bytes = 50}),
                         ErrorCode::kDataInvalid, "more than 50 bytes");
}

TEST(Metadata, ResolvesRecordingsBesideTheFileFirst) {
  const test::TemporaryFolder folder;
  const auto metadata = folder / "m.csv";
  test::write_file(folder / "a.wav", "");
  EXPECT_EQ(resolve_recording(metadata, "a.wav"), folder / "a.wav");
  EXPECT_EQ(resolve_recording(metadata, "/x/a.wav"), "/x/a.wav");
  EXPECT_EQ(resolve_recording(metadata, "missing.wav"), folder / "missing.wav");

  const auto here = std::filesystem::current_path();
  std::filesystem::create_directory(folder / "elsewhere");
  std::filesystem::current_path(folder / "elsewhere");
  test::write_file("b.wav", "");
  EXPECT_EQ(resolve_recording(metadata, "b.wav"), "b.wav");
  std::filesystem::current_path(here);
}

}  // namespace
}  // namespace undertone::dataset
