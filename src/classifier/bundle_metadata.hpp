// The texts of a bundle: its metadata, as strings and as what they mean.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "classifier/provenance.hpp"

namespace undertone::classifier {

struct BundleMetadata {
  std::vector<std::string> labels;
  Provenance provenance;
  TrainingRecord training;
};

std::map<std::string, std::string> to_strings(const BundleMetadata& metadata);

// The reverse. Keys that it does not know are ignored (a newer minor version may have added them).
// Throws Error(kModelUnsupported) for another format or a newer major version of it, and
// Error(kModelCorrupt) for a key that is missing or holds what it should not.
BundleMetadata from_strings(const std::map<std::string, std::string>& strings);

}  // namespace undertone::classifier
