// The minimum of a smooth convex function.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "common/function_ref.hpp"

namespace undertone::classifier {

struct LbfgsOptions {
  double tolerance = 1e-6;  // of the greatest entry of the gradient
  std::size_t max_iterations = 10'000;
};

struct LbfgsOutcome {
  std::size_t iterations = 0;
  double gradient = 0;  // the greatest entry, by magnitude, where it stopped
};

// Limited-memory BFGS (D. C. Liu, J. Nocedal, "On the limited memory BFGS method for large scale
// optimization", Mathematical Programming 45, 1989) with ten pairs, and a line search that doubles
// and bisects until the weak Wolfe conditions hold (A. S. Lewis, M. L. Overton, "Nonsmooth
// optimization via quasi-Newton methods", Mathematical Programming 141, 2013), which it always
// finds on a convex function that is bounded below.
//
// `x` is where it starts and becomes where it ends: at the tolerance, after max_iterations, or
// where rounding no longer lets any step make the function smaller. `evaluate` gives the function's
// value and fills the gradient [x.size()]; it must be finite at the start. The same function gives
// the same bits.
LbfgsOutcome minimize(
    std::vector<double>& x, const LbfgsOptions& options,
    FunctionRef<double(std::span<const double> x, std::span<double> gradient)> evaluate);

}  // namespace undertone::classifier
