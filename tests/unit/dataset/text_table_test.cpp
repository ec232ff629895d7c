#include "dataset/text_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dataset/label_map.hpp"
#include "support/expect_error.hpp"

namespace undertone::dataset {
namespace {

using ::testing::ElementsAre;

TEST(TextTable, FormatsAreKnownByTheirEndings) {
  EXPECT_EQ(table_format("a.csv"), TableFormat::kCsv);
  EXPECT_EQ(table_format("a.TSV"), TableFormat::kTsv);
  EXPECT_EQ(table_format("a.tab"), TableFormat::kTsv);
  EXPECT_EQ(table_format("a.jsonl"), TableFormat::kJsonLines);
  EXPECT_EQ(table_format("a.ndjson"), TableFormat::kJsonLines);
  EXPECT_FALSE(table_format("a.txt"));
}

TEST(TextTable, TabsSeparateAndQuotesWithinAreText) {
  const TextTable table =
      parse_table("path\tsaid\na,b.wav\the said \"no\"\n\"x\ty\"\t\n", TableFormat::kTsv, "t");
  EXPECT_THAT(table.columns, ElementsAre("path", "said"));
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_THAT(table.rows[0].fields, ElementsAre("a,b.wav", "he said \"no\""));
  EXPECT_THAT(table.rows[1].fields, ElementsAre("x\ty", ""));
  EXPECT_EQ(table.rows[1].line, 3U);
}

TEST(TextTable, JsonLines) {
  const TextTable table = parse_table(
      "{\"path\": \"a.wav\", \"n\": 3, \"x\": null, \"deep\": [[{\"q\": 1}]]}\r\n\n"
      "{\"Path\": \"b.wav\", \"late\": true}",
      TableFormat::kJsonLines, "t");
  EXPECT_THAT(table.columns, ElementsAre("path", "n", "x", "late"));
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_THAT(table.rows[0].fields, ElementsAre("a.wav", "3", "", ""));
  EXPECT_THAT(table.rows[1].fields, ElementsAre("b.wav", "", "", "true"));
  EXPECT_EQ(table.rows[1].line, 3U);
}

TEST(TextTable, WhatIsNoTable) {
  const auto parse = [](std::string_view text, TableFormat format) {
    return parse_table(text, format, "t");
  };
  EXPECT_UNDERTONE_ERROR(parse("", TableFormat::kTsv), ErrorCode::kDataInvalid, "empty");
  EXPECT_UNDERTONE_ERROR(parse("\n \n", TableFormat::kJsonLines), ErrorCode::kDataInvalid, "empty");
  EXPECT_UNDERTONE_ERROR(parse("a\tA\n", TableFormat::kTsv), ErrorCode::kDataInvalid,
                         "two columns");
  EXPECT_UNDERTONE_ERROR(parse("a\tb\n1\n", TableFormat::kTsv), ErrorCode::kDataInvalid, "line 2");
  EXPECT_UNDERTONE_ERROR(parse("{}\n[1]", TableFormat::kJsonLines), ErrorCode::kDataInvalid,
                         "line 2: not a JSON object");
  EXPECT_UNDERTONE_ERROR(parse("{\"a\": ", TableFormat::kJsonLines), ErrorCode::kDataInvalid,
                         "line 1");
  EXPECT_UNDERTONE_ERROR(parse("{\"a\": \"\\u0000\"}", TableFormat::kJsonLines),
                         ErrorCode::kDataInvalid, "NUL");
  std::string many = "{";
  for (int i = 0; i < 300; ++i) many += "\"k" + std::to_string(i) + "\": 1,";
  many.back() = '}';
  EXPECT_UNDERTONE_ERROR(parse(many, TableFormat::kJsonLines), ErrorCode::kDataInvalid,
                         "more than 256 keys");
  const std::string deep = "{\"a\": " + std::string(500000, '[') + std::string(500000, ']') + "}";
  EXPECT_EQ(parse(deep, TableFormat::kJsonLines).rows.size(), 1U);
}

TEST(LabelMap, SaysWhatLabelsAreCalled) {
  const LabelMap map = LabelMap::parse(" Joyful = hap , rage=Angry,calm=Neutral");
  EXPECT_EQ(map.apply("joyful "), "Happy");
  EXPECT_EQ(map.apply("RAGE"), "Angry");
  EXPECT_EQ(map.apply("Calm"), "Neutral");
  EXPECT_EQ(map.apply("fearful"), "Fear");
  EXPECT_EQ(map.apply("Bored"), "Bored");
  EXPECT_UNDERTONE_ERROR(LabelMap::parse("a"), ErrorCode::kInvalidArgument, "'a'");
  EXPECT_UNDERTONE_ERROR(LabelMap::parse("a=b,"), ErrorCode::kInvalidArgument, "''");
  EXPECT_UNDERTONE_ERROR(LabelMap::parse("a="), ErrorCode::kInvalidArgument, "'a='");
  EXPECT_UNDERTONE_ERROR(LabelMap::parse("a=b,A=c"), ErrorCode::kInvalidArgument, "twice");
}

}  // namespace
}  // namespace undertone::dataset
