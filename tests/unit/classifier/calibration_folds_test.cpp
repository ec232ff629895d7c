#include "classifier/calibration_folds.hpp"

#include <gtest/gtest.h>
#include <map>
#include <random>
#include <set>

#include "golden.hpp"
#include "support/expect_error.hpp"

namespace undertone::classifier {
namespace {

using test::names;

std::vector<std::vector<int>> count(const CalibrationFolds& folds, const std::vector<int>& labels,
                                    std::size_t classes) {
  std::vector<std::vector<int>> counts(folds.count, std::vector<int>(classes, 0));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    ++counts.at(folds.fold.at(i)).at(static_cast<std::size_t>(labels[i]));
  }
  return counts;
}

TEST(CalibrationFolds, SpreadEveryClassEvenly) {
  std::vector<int> labels;
  for (int i = 0; i < 103; ++i) labels.push_back(i % 7 == 0 ? 0 : i % 3 == 0 ? 1 : 2);
  const auto folds = assign_calibration_folds(labels, {}, names(3), 5, 1);
  EXPECT_EQ(folds.count, 5U);
  const auto counts = count(folds, labels, 3);
  for (std::size_t c = 0; c < 3; ++c) {
    int least = 1000;
    int most = 0;
    for (const auto& fold : counts) {
      least = std::min(least, fold[c]);
      most = std::max(most, fold[c]);
    }
    EXPECT_LE(most - least, 1);
  }
  for (const auto& fold : counts) {
    const int size = fold[0] + fold[1] + fold[2];
    EXPECT_TRUE(size == 20 || size == 21) << size;
  }
}

TEST(CalibrationFolds, DependOnTheSeedAlone) {
  const std::vector<int> labels{0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1};
  const auto folds = assign_calibration_folds(labels, {}, names(2), 3, 42);
  EXPECT_EQ(folds.fold, assign_calibration_folds(labels, {}, names(2), 3, 42).fold);
  EXPECT_NE(folds.fold, assign_calibration_folds(labels, {}, names(2), 3, 43).fold);
}

TEST(CalibrationFolds, KeepGroupsTogether) {
  std::mt19937_64 random(5);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    std::vector<int> labels;
    std::vector<std::int64_t> groups;
    for (int i = 0; i < 300; ++i) {
      labels.push_back(static_cast<int>(random() % 4));
      groups.push_back(static_cast<std::int64_t>(random() % 17) * 1000 - 8000);
    }
    const auto folds = assign_calibration_folds(labels, groups, names(4), 5, seed);
    std::map<std::int64_t, std::set<std::size_t>> folds_of_group;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      folds_of_group[groups[i]].insert(folds.fold[i]);
    }
    for (const auto& [group, in] : folds_of_group) EXPECT_EQ(in.size(), 1U) << group;
    // 17 groups of about 18 samples in 5 folds: 3 or 4 groups each.
    for (const auto& fold : count(folds, labels, 4)) {
      for (const int n : fold) EXPECT_GT(n, 3);
    }
  }
}

TEST(CalibrationFolds, SpreadSpeakersWhoSpeakOneEmotionEach) {
  // Three groups a class, all of one class each: every fold must hold one of each class.
  std::vector<int> labels;
  std::vector<std::int64_t> groups;
  for (int c = 0; c < 3; ++c) {
    for (int g = 0; g < 3; ++g) {
      for (int i = 0; i < 4; ++i) {
        labels.push_back(c);
        groups.push_back(10 * c + g);
      }
    }
  }
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto folds = assign_calibration_folds(labels, groups, names(3), 3, seed);
    for (const auto& fold : count(folds, labels, 3)) EXPECT_EQ(fold, (std::vector<int>{4, 4, 4}));
  }
}

TEST(CalibrationFolds, AreAsManyAsTheScarcestClassAllows) {
  const std::vector<int> labels{0, 0, 0, 0, 0, 0, 1, 1, 1};
  EXPECT_EQ(assign_calibration_folds(labels, {}, names(2), 5, 0).count, 3U);
  const std::vector<std::int64_t> groups{1, 1, 2, 2, 3, 3, 1, 1, 2};
  EXPECT_EQ(assign_calibration_folds(labels, groups, names(2), 5, 0).count, 2U);
}

TEST(CalibrationFolds, RefuseAClassThatCannotBeCalibrated) {
  const std::vector<int> labels{0, 0, 0, 1};
  EXPECT_UNDERTONE_ERROR(assign_calibration_folds(labels, {}, names(2), 5, 0),
                         ErrorCode::kDataInvalid, "class \"B\" has only one sample");
  const std::vector<int> two{0, 0, 1, 1};
  const std::vector<std::int64_t> groups{1, 1, 1, 2};
  EXPECT_UNDERTONE_ERROR(assign_calibration_folds(two, groups, names(2), 5, 0),
                         ErrorCode::kDataInvalid, "class \"A\" has only one speaker");
}

// Group 1 is the only one of class A beside group 2, and group 3 holds most of B and C: whatever
// the seed, either the folds are good or the class is named.
TEST(CalibrationFolds, NeverLeaveAClassWithoutTraining) {
  std::mt19937_64 random(9);
  int refused = 0;
  for (int round = 0; round < 500; ++round) {
    std::vector<int> labels;
    std::vector<std::int64_t> groups;
    for (int i = 0; i < 30; ++i) {
      labels.push_back(i < 8 ? i % 4 : static_cast<int>(random() % 4));
      groups.push_back(i < 8 ? i : static_cast<std::int64_t>(random() % 8));
    }
    try {
      const auto folds = assign_calibration_folds(labels, groups, names(4), 5, 0);
      for (std::size_t f = 0; f < folds.count; ++f) {
        std::set<int> trained;
        for (std::size_t i = 0; i < labels.size(); ++i) {
          if (folds.fold[i] != f) trained.insert(labels[i]);
        }
        EXPECT_EQ(trained.size(), 4U);
      }
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kDataInvalid);
      ++refused;
    }
  }
  EXPECT_LT(refused, 50);
}

}  // namespace
}  // namespace undertone::classifier
