// Where the time of recordings went, for people.
#pragma once

#include <string>
#include <vector>

#include <undertone/prediction.hpp>

namespace undertone::cli {

// Adds up the profiles of recordings.
class ProfileTable {
 public:
  // `whole_s`: from a recording's first byte to its answer, of which the entries are parts.
  void add(const std::vector<ProfileEntry>& entries, double whole_s);

  // A line for each part: seconds, their share of the whole, calls and, of products, GFLOP/s. What
  // no part accounts for is the rest. "" before anything was added.
  std::string text() const;

 private:
  std::vector<ProfileEntry> sums_;
  double whole_s_ = 0;
};

}  // namespace undertone::cli
