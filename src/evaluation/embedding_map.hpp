// A picture of the embeddings in two dimensions.
#pragma once

#include <cstddef>
#include <vector>

#include "evaluation/evaluation.hpp"
#include "evaluation/samples.hpp"

namespace undertone::evaluation {

// The first two principal components of the standardised embeddings of all samples, of at most
// `most` of them, taken at even distances. With one feature y is 0; without two samples the map is
// empty. Embeddings that are not finite count as the mean. For the eye: nothing is scored with it.
std::vector<MapPoint> embedding_map(const Samples& samples, std::size_t most = 3000);

}  // namespace undertone::evaluation
