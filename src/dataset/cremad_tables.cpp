#include "dataset/cremad_tables.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <numeric>
#include <string_view>

#include <undertone/error.hpp>

#include "dataset/ascii_text.hpp"
#include "dataset/emotion.hpp"
#include "dataset/text_table.hpp"

namespace undertone::dataset {
namespace {

// In the order of kEmotions.
constexpr std::array<std::string_view, 6> kVoteColumns = {"N", "H", "S", "A", "F", "D"};

std::size_t required_column(const TextTable& table, std::string_view name) {
  const auto position = table.column(name);
  if (!position) {
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("{}: there is no column '{}'", table.name, name),
                "Take the file as it comes with CREMA-D.");
  }
  return *position;
}

int number(const TextTable& table, const TableRow& row, std::size_t column, int largest) {
  const std::string& text = row.fields[column];
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0 || value > largest) {
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("{}, line {}: '{}' is not a number from 0 to {}", table.name, row.line,
                            text, largest));
  }
  return value;
}

}  // namespace

Demographics read_demographics(const std::filesystem::path& path) {
  const TextTable table = read_table(path, TableFormat::kCsv);
  const std::size_t actor = required_column(table, "ActorID");
  const std::size_t age = required_column(table, "Age");
  const std::size_t sex = required_column(table, "Sex");
  Demographics result;
  for (const TableRow& row : table.rows) {
    const std::string text = lower_case(trimmed(row.fields[sex]));
    if (text != "female" && text != "male") {
      throw Error(ErrorCode::kDataInvalid,
                  fmt::format("{}, line {}: sex '{}' is neither 'Female' nor 'Male'", table.name,
                              row.line, row.fields[sex]));
    }
    result["cremad-" + row.fields[actor]] = {text, std::to_string(number(table, row, age, 150))};
  }
  return result;
}

std::optional<std::filesystem::path> find_demographics(const std::filesystem::path& folder) {
  std::filesystem::path place = std::filesystem::absolute(folder).lexically_normal();
  if (!place.has_filename()) place = place.parent_path();  // "DIR/"
  constexpr int kFolders = 4;
  for (int i = 0; i < kFolders; ++i) {
    std::filesystem::path file = place / "VideoDemographics.csv";
    std::error_code ignored;
    if (std::filesystem::is_regular_file(file, ignored)) return file;
    place = place.parent_path();
  }
  return std::nullopt;
}

int ListenerVotes::total() const { return std::accumulate(counts.begin(), counts.end(), 0); }

std::string ListenerVotes::emotion() const {
  const auto best = std::max_element(counts.begin(), counts.end());
  if (*best == 0 || std::count(counts.begin(), counts.end(), *best) > 1) return {};
  return std::string(kEmotions[static_cast<std::size_t>(best - counts.begin())]);
}

double ListenerVotes::agreement() const {
  const int all = total();
  return all == 0 ? 0.0
                  : static_cast<double>(*std::max_element(counts.begin(), counts.end())) / all;
}

// The table holds three rows for each of the 7,442 clips, one for each way in which it was
// presented, and does not say which is which. The number that begins a row does: 100000 and the
// clip's number in SentenceFilenames.csv, or 200000 and that, or 300000. The most frequent answers
// (emoVote) of the first kind are those of column VoiceVote of summaryTable.csv in all 7,442 clips,
// those of the second kind FaceVote, of the third MultiModalVote; with another kind's column they
// agree for 45 to 72 % of the clips. A test compares them.
VoteTable read_votes(const std::filesystem::path& path) {
  constexpr int kVoiceOnly = 1;
  const TextTable table = read_table(path, TableFormat::kCsv);
  const std::size_t number_column = required_column(table, "");
  const std::size_t name_column = required_column(table, "fileName");
  std::array<std::size_t, 6> columns{};
  for (std::size_t i = 0; i < columns.size(); ++i) {
    columns[i] = required_column(table, kVoteColumns[i]);
  }
  VoteTable result;
  for (const TableRow& row : table.rows) {
    if (number(table, row, number_column, 399999) / 100000 != kVoiceOnly) continue;
    ListenerVotes votes;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      votes.counts[i] = number(table, row, columns[i], 100000);
    }
    if (!result.emplace(row.fields[name_column], votes).second) {
      throw Error(ErrorCode::kDataInvalid,
                  fmt::format("{}, line {}: a second row of voice-only votes for {}", table.name,
                              row.line, row.fields[name_column]));
    }
  }
  if (result.empty()) {
    throw Error(ErrorCode::kDataInvalid, table.name + ": holds no voice-only votes",
                "Take tabulatedVotes.csv as it comes with CREMA-D.");
  }
  return result;
}

}  // namespace undertone::dataset
