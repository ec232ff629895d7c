#include "dataset/csv.hpp"

#include <random>

#include "support/expect_error.hpp"

namespace undertone::dataset {
namespace {

std::vector<std::vector<std::string>> records(std::string_view text, const CsvLimits& limits = {}) {
  std::vector<std::vector<std::string>> result;
  CsvReader reader(text, "x.csv", limits);
  while (auto record = reader.next()) result.push_back(std::move(record->fields));
  return result;
}

using Records = std::vector<std::vector<std::string>>;

TEST(Csv, ReadsPlainAndQuotedFields) {
  EXPECT_EQ(records("a,b\nc,\"d,\"\"e\"\"\nf\"\n"), (Records{{"a", "b"}, {"c", "d,\"e\"\nf"}}));
}

TEST(Csv, TakesEitherLineEndAndAMissingLastOne) {
  EXPECT_EQ(records("a,b\r\nc,d"), (Records{{"a", "b"}, {"c", "d"}}));
  EXPECT_EQ(records("a,b\n\n\r\nc,\n"), (Records{{"a", "b"}, {"c", ""}}));
  EXPECT_EQ(records("\"a\"\r\n\"\""), (Records{{"a"}, {""}}));
}

TEST(Csv, PassesOverAByteOrderMark) {
  EXPECT_EQ(records("\xEF\xBB\xBF"
                    "a,b\n"),
            (Records{{"a", "b"}}));
}

TEST(Csv, AnEmptyTextHasNoRecords) {
  EXPECT_TRUE(records("").empty());
  EXPECT_TRUE(records("\n\r\n").empty());
}

TEST(Csv, CountsLinesThroughQuotedBreaks) {
  CsvReader reader("a\n\"b\nc\"\n\nd\n", "x.csv");
  EXPECT_EQ(reader.next()->line, 1U);
  EXPECT_EQ(reader.next()->line, 2U);
  EXPECT_EQ(reader.next()->line, 5U);
}

TEST(Csv, RefusesWhatRfc4180DoesNotAllow) {
  EXPECT_UNDERTONE_ERROR(records("a\nb,\"c\nd"), ErrorCode::kDataInvalid, "line 2: a quote that");
  EXPECT_UNDERTONE_ERROR(records("\"a\"b\n"), ErrorCode::kDataInvalid, "line 1: text after");
  EXPECT_UNDERTONE_ERROR(records("a\nb\"c\n"), ErrorCode::kDataInvalid, "line 2: a quote within");
  EXPECT_UNDERTONE_ERROR(records(std::string_view("a\0b", 3)), ErrorCode::kDataInvalid, "NUL");
  EXPECT_UNDERTONE_ERROR(records(std::string_view("\"a\0b\"", 5)), ErrorCode::kDataInvalid, "NUL");
}

TEST(Csv, KeepsItsLimits) {
  const CsvLimits limits{.max_records = 2, .max_fields = 2, .max_field_bytes = 3};
  EXPECT_EQ(records("abc,\"abc\"\nb\n", limits).size(), 2U);
  EXPECT_UNDERTONE_ERROR(records("a\nb\nc\n", limits), ErrorCode::kDataInvalid,
                         "line 3: more than 2 records");
  EXPECT_UNDERTONE_ERROR(records("a,b,c\n", limits), ErrorCode::kDataInvalid, "2 fields");
  EXPECT_UNDERTONE_ERROR(records("abcd\n", limits), ErrorCode::kDataInvalid, "3 bytes");
  EXPECT_UNDERTONE_ERROR(records("\"abcd\"\n", limits), ErrorCode::kDataInvalid, "3 bytes");
}

TEST(Csv, WhatIsWrittenReadsBack) {
  std::mt19937 random(7);
  constexpr std::string_view kLetters = "a,\"\n\r b\xC3\xA9\t";
  for (int round = 0; round < 500; ++round) {
    Records expected;
    std::string text;
    for (unsigned r = 0; r < 1 + random() % 4; ++r) {
      std::vector<std::string> fields(1 + random() % 4);
      for (std::string& field : fields) {
        for (auto i = random() % 6; i > 0; --i) field += kLetters[random() % kLetters.size()];
      }
      text += csv_line(fields);
      expected.push_back(std::move(fields));
    }
    ASSERT_EQ(records(text), expected) << text;
  }
}

}  // namespace
}  // namespace undertone::dataset
