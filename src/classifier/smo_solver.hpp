// Sequential minimal optimisation: the quadratic program of one support vector machine.
#pragma once

#include <cstddef>
#include <vector>

#include "classifier/kernel_rows.hpp"

namespace undertone::classifier {

// The first `positives` samples of the rows have y = 1, the others y = -1.
struct SmoProblem {
  std::size_t positives = 0;
  double positive_cost = 1;  // C of the positives
  double negative_cost = 1;
  double tolerance = 1e-3;
};

struct SmoSolution {
  std::vector<double> alpha;  // [samples], 0 <= alpha <= C
  double rho = 0;             // the decision value is Σ yᵢαᵢK(xᵢ, x) - rho
};

// Minimises ½ Σᵢⱼ αᵢαⱼyᵢyⱼK(i, j) - Σᵢ αᵢ subject to Σᵢ yᵢαᵢ = 0 and 0 <= αᵢ <= Cᵢ, until the
// optimality conditions hold to `tolerance`: max over "up" of -yᵢ∇ᵢ less min over "low" of -yᵢ∇ᵢ is
// below it. REQUIRES: K(i, i) = 1; at least one sample on either side.
//
// The method, with its tie-breaking, is LIBSVM's, so that the path and with it the result are, to
// rounding: R.-E. Fan, P.-H. Chen, C.-J. Lin, "Working set selection using second order
// information", JMLR 6 (2005), WSS 2; shrinking and the reconstruction of the gradient as in
// C.-C. Chang, C.-J. Lin, "LIBSVM: a library for support vector machines", ACM TIST 2:27 (2011),
// sections 4.1 to 4.4. Stops after max(10⁷, 100·samples) steps at the latest, wherever it is then.
SmoSolution solve_smo(const SmoProblem& problem, KernelRows& rows);

}  // namespace undertone::classifier
