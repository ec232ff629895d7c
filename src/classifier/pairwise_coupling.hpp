// From probabilities of pairs of classes to probabilities of all classes.
#pragma once

#include <vector>

#include "tensor/matrix.hpp"

namespace undertone::classifier {

// The second method of T.-F. Wu, C.-J. Lin, R. C. Weng, "Probability estimates for multi-class
// classification by pairwise coupling", JMLR 5 (2004): the p on the simplex that minimises
// Σᵢ Σ_{j≠i} (r[j][i]·pᵢ - r[i][j]·pⱼ)², by their algorithm 2, with LIBSVM's tolerance 0.005/k and
// limit max(100, k) on the iterations, so that the result equals LIBSVM's to rounding.
//
// r [k, k], k >= 2: r(i, j) = P(i | i or j, x) in (0, 1) for i != j, r(j, i) = 1 - r(i, j); the
// diagonal is not read. The result sums to one (to rounding) and is never negative.
std::vector<double> couple_pairwise(tensor::MatrixView<const double> r);

}  // namespace undertone::classifier
