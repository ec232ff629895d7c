#include "dataset/cremad_tables.hpp"

#include <gtest/gtest.h>

#include "dataset/text_table.hpp"
#include "support/expect_error.hpp"
#include "support/paths.hpp"
#include "support/temporary_folder.hpp"

namespace undertone::dataset {
namespace {

using test::TemporaryFolder;
using test::write_file;

constexpr const char* kActors =
    "\"ActorID\",\"Age\",\"Sex\",\"Race\"\n1001,51,\"Male\",\"x\"\n1002,21,\"Female\",\"y\"\n";

TEST(CremadTables, Demographics) {
  const TemporaryFolder folder;
  write_file(folder / "a.csv", kActors);
  const Demographics actors = read_demographics(folder / "a.csv");
  ASSERT_EQ(actors.size(), 2U);
  EXPECT_EQ(actors.at("cremad-1001").sex, "male");
  EXPECT_EQ(actors.at("cremad-1001").age, "51");
  EXPECT_EQ(actors.at("cremad-1002").sex, "female");
  write_file(folder / "b.csv", "ActorID,Age\n1001,51\n");
  EXPECT_UNDERTONE_ERROR(read_demographics(folder / "b.csv"), ErrorCode::kDataInvalid, "'Sex'");
  write_file(folder / "c.csv", "ActorID,Age,Sex\n1001,old,Male\n");
  EXPECT_UNDERTONE_ERROR(read_demographics(folder / "c.csv"), ErrorCode::kDataInvalid, "line 2");
  write_file(folder / "d.csv", "ActorID,Age,Sex\n1001,51,?\n");
  EXPECT_UNDERTONE_ERROR(read_demographics(folder / "d.csv"), ErrorCode::kDataInvalid, "line 2");
}

TEST(CremadTables, DemographicsAreFoundInTheFolderAndAbove) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "corpus/AudioWAV");
  EXPECT_FALSE(find_demographics(folder / "corpus/AudioWAV"));
  write_file(folder / "corpus/VideoDemographics.csv", kActors);
  EXPECT_EQ(find_demographics(folder / "corpus/AudioWAV"), folder / "corpus/VideoDemographics.csv");
  EXPECT_EQ(find_demographics(folder / "corpus/"), folder / "corpus/VideoDemographics.csv");
}

TEST(CremadTables, VotesOfThoseWhoOnlyHeard) {
  const TemporaryFolder folder;
  write_file(folder / "v.csv",
             "\"\",\"A\",\"D\",\"F\",\"H\",\"N\",\"S\",\"fileName\"\n"
             "\"100001\",1,2,3,4,7,5,\"x\"\n\"100002\",3,0,0,3,0,0,\"y\"\n"
             "\"200001\",9,0,0,0,0,0,\"x\"\n\"300001\",9,0,0,0,0,0,\"x\"\n");
  const VoteTable votes = read_votes(folder / "v.csv");
  ASSERT_EQ(votes.size(), 2U);
  EXPECT_EQ(votes.at("x").counts, (std::array<int, 6>{7, 4, 5, 1, 3, 2}));
  EXPECT_EQ(votes.at("x").emotion(), "Neutral");
  EXPECT_DOUBLE_EQ(votes.at("x").agreement(), 7.0 / 22.0);
  EXPECT_EQ(votes.at("y").emotion(), "");
  EXPECT_DOUBLE_EQ(votes.at("y").agreement(), 0.5);
  EXPECT_EQ(ListenerVotes().emotion(), "");
  EXPECT_EQ(ListenerVotes().agreement(), 0.0);
  write_file(folder / "w.csv", "fileName,A\nx,1\n");
  EXPECT_UNDERTONE_ERROR(read_votes(folder / "w.csv"), ErrorCode::kDataInvalid, "no column ''");
  const std::string head = "\"\",A,D,F,H,N,S,fileName\n";
  write_file(folder / "w.csv", head + "100001,1,1,1,1,1,-1,x\n");
  EXPECT_UNDERTONE_ERROR(read_votes(folder / "w.csv"), ErrorCode::kDataInvalid, "line 2");
  write_file(folder / "w.csv", head + "200001,1,1,1,1,1,1,x\n");
  EXPECT_UNDERTONE_ERROR(read_votes(folder / "w.csv"), ErrorCode::kDataInvalid, "no voice-only");
  write_file(folder / "w.csv", head + "100001,1,1,1,1,1,1,x\n100002,1,1,1,1,1,1,x\n");
  EXPECT_UNDERTONE_ERROR(read_votes(folder / "w.csv"), ErrorCode::kDataInvalid, "second row");
}

// The rows taken for voice-only are those whose most frequent answers the corpus's own summary
// calls VoiceVote, in every clip.
TEST(CremadTables, VotesAgreeWithTheSummaryOfTheCorpus) {
  const std::filesystem::path folder = UNDERTONE_SHARED_DATA_DIR "/cremad";
  if (!std::filesystem::exists(folder / "tabulatedVotes.csv")) {
    GTEST_SKIP() << "the votes of CREMA-D are not here";
  }
  const VoteTable votes = read_votes(folder / "tabulatedVotes.csv");
  const TextTable summary = read_table(folder / "summaryTable.csv", TableFormat::kCsv);
  const std::size_t name = *summary.column("FileName");
  const std::size_t vote = *summary.column("VoiceVote");
  ASSERT_EQ(summary.rows.size(), 7442U);
  ASSERT_EQ(votes.size(), 7442U);
  const std::map<std::string, std::string> letters = {{"N", "Neutral"}, {"H", "Happy"},
                                                      {"S", "Sad"},     {"A", "Angry"},
                                                      {"F", "Fear"},    {"D", "Disgust"}};
  std::size_t ties = 0;
  for (const TableRow& row : summary.rows) {
    const std::string& answer = row.fields[vote];
    const bool tie = answer.find(':') != std::string::npos;
    ties += tie ? 1 : 0;
    EXPECT_EQ(votes.at(row.fields[name]).emotion(), tie ? "" : letters.at(answer))
        << row.fields[name];
  }
  EXPECT_EQ(ties, 644U);
}

}  // namespace
}  // namespace undertone::dataset
