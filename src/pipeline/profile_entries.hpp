// A profile as users see it.
#pragma once

#include <chrono>
#include <vector>

#include <undertone/prediction.hpp>

#include "common/profile.hpp"

namespace undertone::pipeline {

// The parts that there was work of.
std::vector<ProfileEntry> profile_entries(const Profile& profile);

// Milliseconds on a profile's clock.
inline Profile::Clock::duration profile_time(double milliseconds) {
  return std::chrono::duration_cast<Profile::Clock::duration>(
      std::chrono::duration<double, std::milli>(milliseconds));
}

}  // namespace undertone::pipeline
