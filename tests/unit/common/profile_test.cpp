#include "common/profile.hpp"

#include <gtest/gtest.h>
#include <set>
#include <string_view>
#include <thread>
#include <vector>

namespace undertone {
namespace {

using std::chrono::milliseconds;

TEST(Profile, AddsUpWhatSeveralThreadsAdd) {
  Profile profile;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&profile] {
      for (int i = 0; i < 1000; ++i) profile.add(ProfilePart::kNorms, milliseconds(1), 3.0);
    });
  }
  threads.clear();
  profile.add_whole(milliseconds(5));
  const ProfileCost cost = profile.cost(ProfilePart::kNorms);
  EXPECT_NEAR(cost.seconds, 4.0, 1e-9);
  EXPECT_EQ(cost.calls, 4000U);
  EXPECT_EQ(cost.flop, 12000.0);
  EXPECT_EQ(profile.cost(ProfilePart::kSoftmax).calls, 0U);
  EXPECT_NEAR(profile.whole_s(), 0.005, 1e-9);
}

TEST(Profile, EachPartHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kProfileParts; ++i) {
    names.insert(to_string(static_cast<ProfilePart>(i)));
  }
  EXPECT_EQ(names.size(), kProfileParts);
  EXPECT_FALSE(names.contains(""));
}

TEST(Profile, SectionsWithoutOneDoNothing) {
  const ProfileSection section(nullptr, ProfilePart::kNorms);
  SharedProfileSection shared(nullptr);
  SharedProfileSection::Laps clock(shared);
  clock.lap(ProfilePart::kSoftmax);
}

TEST(Profile, ASharedSectionIsDividedByTheThreadsTimes) {
  Profile profile;
  {
    const ProfileSection around(&profile, ProfilePart::kPosition);
    SharedProfileSection section(&profile);
    std::vector<std::jthread> threads;
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([&section] {
        SharedProfileSection::Laps clock(section);
        std::this_thread::sleep_for(milliseconds(2));
        clock.lap(ProfilePart::kAttentionScores, 5.0);
        std::this_thread::sleep_for(milliseconds(2));
        clock.lap(ProfilePart::kSoftmax);
      });
    }
  }
  const ProfileCost scores = profile.cost(ProfilePart::kAttentionScores);
  const ProfileCost softmax = profile.cost(ProfilePart::kSoftmax);
  EXPECT_EQ(scores.flop, 15.0);
  EXPECT_GT(scores.seconds, 0.0);
  EXPECT_GT(softmax.seconds, 0.0);
  // The wall's time, not that of three threads.
  EXPECT_LE(scores.seconds + softmax.seconds, profile.cost(ProfilePart::kPosition).seconds + 1e-6);
}

}  // namespace
}  // namespace undertone
