#include "undertone/profile_table.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace undertone::cli {

void ProfileTable::add(const std::vector<ProfileEntry>& entries, double whole_s) {
  whole_s_ += whole_s;
  for (const ProfileEntry& entry : entries) {
    const auto found = std::find_if(sums_.begin(), sums_.end(), [&](const ProfileEntry& sum) {
      return sum.part == entry.part;
    });
    if (found == sums_.end()) {
      sums_.push_back(entry);
      continue;
    }
    found->seconds += entry.seconds;
    found->calls += entry.calls;
    found->gflop += entry.gflop;
  }
}

std::string ProfileTable::text() const {
  if (sums_.empty()) return {};
  std::string text = fmt::format("{:<17}  {:>9}  {:>7}  {:>8}  {:>8}\n", "PART", "SECONDS", "SHARE",
                                 "CALLS", "GFLOP/S");
  const auto share = [&](double seconds) {
    return fmt::format("{:.1f} %", whole_s_ > 0 ? 100 * seconds / whole_s_ : 0.0);
  };
  double rest = whole_s_;
  for (const ProfileEntry& sum : sums_) {
    rest -= sum.seconds;
    text += fmt::format("{:<17}  {:>9.4f}  {:>7}  {:>8}", sum.part, sum.seconds, share(sum.seconds),
                        sum.calls);
    if (sum.gflop > 0 && sum.seconds > 0) {
      text += fmt::format("  {:>8.1f}", sum.gflop / sum.seconds);
    }
    text += '\n';
  }
  text += fmt::format("{:<17}  {:>9.4f}  {:>7}\n", "rest", rest, share(rest));
  return text + fmt::format("{:<17}  {:>9.4f}\n", "whole", whole_s_);
}

}  // namespace undertone::cli
