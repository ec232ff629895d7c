#include "pipeline/profile_entries.hpp"

#include <string>

namespace undertone::pipeline {

std::vector<ProfileEntry> profile_entries(const Profile& profile) {
  constexpr double kGiga = 1e9;
  std::vector<ProfileEntry> entries;
  for (std::size_t i = 0; i < kProfileParts; ++i) {
    const auto part = static_cast<ProfilePart>(i);
    const ProfileCost cost = profile.cost(part);
    if (cost.calls == 0) continue;
    entries.push_back({std::string(to_string(part)), cost.seconds, cost.calls, cost.flop / kGiga});
  }
  return entries;
}

}  // namespace undertone::pipeline
