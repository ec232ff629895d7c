#include "evaluation/dealing.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <numeric>
#include <random>
#include <set>

#include "common/random_draws.hpp"

namespace undertone::evaluation {
namespace {

std::vector<std::int64_t> singles(std::size_t count) {
  std::vector<std::int64_t> units(count);
  std::iota(units.begin(), units.end(), 0);
  return units;
}

std::vector<int> random_labels(std::size_t count, std::size_t classes, unsigned seed) {
  std::mt19937_64 random(seed);
  std::vector<int> labels(count);
  for (int& label : labels) {
    // Not balanced: the greater of two draws.
    label = static_cast<int>(std::max(draw_below(classes, random), draw_below(classes, random)));
  }
  return labels;
}

struct Size {
  std::size_t least;
  std::size_t most;
};

// Of the parts, among the samples for which `counted` holds.
Size sizes(const std::vector<std::size_t>& part, std::size_t parts, auto counted) {
  std::vector<std::size_t> size(parts, 0);
  for (std::size_t i = 0; i < part.size(); ++i) size[part[i]] += counted(i) ? 1 : 0;
  return {*std::min_element(size.begin(), size.end()), *std::max_element(size.begin(), size.end())};
}

TEST(Dealing, SinglesDifferByOneAtMost) {
  for (const unsigned seed : {1U, 2U, 3U}) {
    for (const std::size_t parts : {2U, 3U, 5U, 7U}) {
      const auto labels = random_labels(103, 6, seed);
      const std::vector<double> shares(parts, 1.0 / static_cast<double>(parts));
      const auto part = deal(labels, singles(labels.size()), 6, shares, seed);
      const Size all = sizes(part, parts, [](std::size_t) { return true; });
      EXPECT_LE(all.most - all.least, 1U) << parts << " parts, seed " << seed;
      for (int c = 0; c < 6; ++c) {
        const Size of_class = sizes(part, parts, [&](std::size_t i) { return labels[i] == c; });
        EXPECT_LE(of_class.most - of_class.least, 1U) << "class " << c;
      }
    }
  }
}

TEST(Dealing, SharesAreKept) {
  const auto labels = random_labels(1000, 4, 9);
  const auto part = deal(labels, singles(1000), 4, std::vector<double>{0.70, 0.15, 0.15}, 5);
  for (int c = 0; c < 4; ++c) {
    const double all = static_cast<double>(std::count(labels.begin(), labels.end(), c));
    std::vector<double> count(3, 0.0);
    for (std::size_t i = 0; i < part.size(); ++i) count[part[i]] += labels[i] == c ? 1 : 0;
    EXPECT_NEAR(count[0], 0.70 * all, 1.0);
    EXPECT_NEAR(count[1], 0.15 * all, 1.0);
    EXPECT_NEAR(count[2], 0.15 * all, 1.0);
  }
}

TEST(Dealing, UnitsStayWholeAndClassesStayEven) {
  // 20 speakers who recorded each class equally often: proportions can be kept exactly.
  std::vector<int> labels;
  std::vector<std::int64_t> units;
  for (int speaker = 0; speaker < 20; ++speaker) {
    for (int c = 0; c < 3; ++c) {
      for (int i = 0; i < 2 + speaker % 2; ++i) {
        labels.push_back(c);
        units.push_back(speaker);
      }
    }
  }
  const auto part = deal(labels, units, 3, std::vector<double>(5, 0.2), 3);
  std::map<std::int64_t, std::set<std::size_t>> parts_of;
  for (std::size_t i = 0; i < part.size(); ++i) parts_of[units[i]].insert(part[i]);
  for (const auto& [unit, parts] : parts_of) EXPECT_EQ(parts.size(), 1U) << unit;
  for (int c = 0; c < 3; ++c) {
    const Size size = sizes(part, 5, [&](std::size_t i) { return labels[i] == c; });
    EXPECT_EQ(size.least, 10U);
    EXPECT_EQ(size.most, 10U);
  }
}

TEST(Dealing, EveryPartGetsAUnit) {
  // Greedily, the two greatest units would both go to the first part.
  const std::vector<int> labels = {0, 1, 0, 1, 0, 1};
  const std::vector<std::int64_t> units = {0, 0, 1, 1, 2, 2};
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const auto part = deal(labels, units, 2, std::vector<double>{0.90, 0.05, 0.05}, seed);
    EXPECT_EQ(std::set<std::size_t>(part.begin(), part.end()).size(), 3U);
  }
}

TEST(Dealing, DependsOnTheSeedAlone) {
  const auto labels = random_labels(60, 3, 4);
  const std::vector<double> shares(3, 1.0 / 3);
  const auto part = deal(labels, singles(60), 3, shares, 1);
  EXPECT_EQ(deal(labels, singles(60), 3, shares, 1), part);
  EXPECT_NE(deal(labels, singles(60), 3, shares, 2), part);
  // The same on every machine.
  const std::vector<int> few = {0, 0, 0, 1, 1, 1, 2, 2};
  const auto fixed = deal(few, singles(8), 3, shares, 42);
  std::string text;
  for (const std::size_t p : fixed) text += std::to_string(p);
  EXPECT_EQ(text, "01221010");
}

}  // namespace
}  // namespace undertone::evaluation
