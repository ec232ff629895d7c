#include "evaluation/units.hpp"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <unordered_map>

namespace undertone::evaluation {
namespace {

// Disjoint sets with path halving.
class Forest {
 public:
  explicit Forest(std::size_t size) : parent_(size) {
    std::iota(parent_.begin(), parent_.end(), 0U);
  }

  std::size_t root(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }

  void join(std::size_t a, std::size_t b) { parent_[root(a)] = root(b); }

 private:
  std::vector<std::size_t> parent_;
};

void join_equal(Forest& forest, const std::vector<std::string>& values,
                std::span<const std::size_t> rows) {
  std::unordered_map<std::string_view, std::size_t> first;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string& value = values[rows[i]];
    if (value.empty()) continue;
    const auto [found, is_new] = first.emplace(value, i);
    if (!is_new) forest.join(i, found->second);
  }
}

// Encoders are deterministic: recordings of one content have one embedding, to the bit.
void join_equal_embeddings(Forest& forest, const Samples& samples,
                           std::span<const std::size_t> rows) {
  if (samples.embeddings.cols() == 0) return;
  std::unordered_map<std::string_view, std::size_t> first;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto bytes = std::as_bytes(samples.embeddings.row(rows[i]));
    const std::string_view key(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const auto [found, is_new] = first.emplace(key, i);
    if (!is_new) forest.join(i, found->second);
  }
}

}  // namespace

std::vector<std::int64_t> units_of(const Samples& samples, std::span<const std::size_t> rows,
                                   Joined joined) {
  Forest forest(rows.size());
  for (const char* name : {"sha256", "group"}) {
    if (const auto* column = samples.column(name)) join_equal(forest, *column, rows);
  }
  join_equal_embeddings(forest, samples, rows);
  if (joined.by_speaker) join_equal(forest, samples.speakers, rows);
  if (joined.by_sentence) join_equal(forest, samples.sentences, rows);

  std::vector<std::int64_t> unit(rows.size());
  std::unordered_map<std::size_t, std::int64_t> number;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto next = static_cast<std::int64_t>(number.size());
    unit[i] = number.emplace(forest.root(i), next).first->second;
  }
  return unit;
}

bool speakers_known(const Samples& samples, std::span<const std::size_t> rows) {
  return std::none_of(rows.begin(), rows.end(),
                      [&](std::size_t r) { return samples.speakers[r].empty(); });
}

std::vector<std::size_t> all_rows(const Samples& samples) {
  std::vector<std::size_t> rows(samples.size());
  std::iota(rows.begin(), rows.end(), 0U);
  return rows;
}

}  // namespace undertone::evaluation
