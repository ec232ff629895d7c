// Arousal, dominance and valence guessed from the probabilities of emotions.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <undertone/prediction.hpp>

namespace undertone::pipeline {

// The mean of the emotions' coordinates, weighted with their probabilities: an estimate that knows
// of a recording no more than these. The coordinates are the means that people gave for the words
// in J. A. Russell, A. Mehrabian 1977, "Evidence for a three-factor theory of emotions", Journal of
// Research in Personality 11, on scales from -1 to 1, here from 0 to 1; Neutral is their middle.
// docs/heads.md has the table. Immutable and thread-safe.
class DimensionsEstimate {
 public:
  // Throws Error(kInvalidArgument) that names the labels which have no coordinates. The six and
  // surprise have, in their common spellings.
  explicit DimensionsEstimate(const std::vector<std::string>& labels);

  // REQUIRES: the labels of the constructor, in its order. Probabilities that sum to one.
  Dimensions of(const std::vector<std::pair<std::string, double>>& probabilities) const;

 private:
  std::vector<Dimensions> coordinates_;
};

}  // namespace undertone::pipeline
