#include "classifier/lbfgs.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <utility>

#include "classifier/ordered_sums.hpp"

namespace undertone::classifier {
namespace {

using Vector = std::vector<double>;

constexpr std::size_t kPairs = 10;
constexpr int kMaxEvaluations = 60;  // of one line search: doubles have 53 bits to bisect
constexpr double kDecrease = 1e-4;
constexpr double kCurvature = 0.9;

double product(const Vector& a, const Vector& b) { return dot(a.data(), b.data(), a.size()); }

double greatest(const Vector& values) {
  double most = 0;
  for (const double value : values) most = std::max(most, std::abs(value));
  return most;
}

// y += factor * x
void add(Vector& y, double factor, const Vector& x) {
  for (std::size_t i = 0; i < y.size(); ++i) y[i] += factor * x[i];
}

// How a step changed place and gradient.
struct Pair {
  Vector step;
  Vector change;
  double inner;  // step·change, positive
};

// -(approximate inverse Hessian)·gradient: the two loops of Nocedal.
Vector direction(const Vector& gradient, const std::deque<Pair>& pairs) {
  Vector d = gradient;
  Vector alpha(pairs.size());
  for (std::size_t i = pairs.size(); i-- > 0;) {
    alpha[i] = product(pairs[i].step, d) / pairs[i].inner;
    add(d, -alpha[i], pairs[i].change);
  }
  if (!pairs.empty()) {
    const double scale = pairs.back().inner / product(pairs.back().change, pairs.back().change);
    for (double& value : d) value *= scale;
  }
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const double beta = product(pairs[i].change, d) / pairs[i].inner;
    add(d, alpha[i] - beta, pairs[i].step);
  }
  for (double& value : d) value = -value;
  return d;
}

}  // namespace

LbfgsOutcome minimize(
    std::vector<double>& x, const LbfgsOptions& options,
    FunctionRef<double(std::span<const double> x, std::span<double> gradient)> evaluate) {
  Vector gradient(x.size());
  double value = evaluate(x, gradient);
  std::deque<Pair> pairs;
  LbfgsOutcome outcome;
  outcome.gradient = greatest(gradient);
  Vector next_x(x.size());
  Vector next_gradient(x.size());
  while (outcome.gradient > options.tolerance && outcome.iterations < options.max_iterations) {
    Vector d = direction(gradient, pairs);
    double slope = product(gradient, d);
    if (!(slope < 0)) {  // rounding has spoilt the pairs
      pairs.clear();
      d = direction(gradient, pairs);
      slope = product(gradient, d);
    }
    double low = 0;
    double high = std::numeric_limits<double>::infinity();
    double t = pairs.empty() ? std::min(1.0, 1 / std::sqrt(-slope)) : 1.0;
    double next_value = value;
    bool found = false;
    for (int tries = 0; tries < kMaxEvaluations && !found; ++tries) {
      for (std::size_t i = 0; i < x.size(); ++i) next_x[i] = x[i] + t * d[i];
      next_value = evaluate(next_x, next_gradient);
      if (!(next_value <= value + kDecrease * t * slope)) {
        high = t;
      } else if (product(next_gradient, d) < kCurvature * slope) {
        low = t;
      } else {
        found = true;
        break;
      }
      t = std::isinf(high) ? 2 * low : (low + high) / 2;
    }
    if (!found) {
      if (pairs.empty()) break;
      pairs.clear();  // once more, straight down
      continue;
    }
    Pair pair{next_x, next_gradient, 0};
    add(pair.step, -1, x);
    add(pair.change, -1, gradient);
    pair.inner = product(pair.step, pair.change);
    if (pair.inner > 0) {
      if (pairs.size() == kPairs) pairs.pop_front();
      pairs.push_back(std::move(pair));
    }
    std::swap(x, next_x);
    std::swap(gradient, next_gradient);
    value = next_value;
    outcome.gradient = greatest(gradient);
    ++outcome.iterations;
  }
  return outcome;
}

}  // namespace undertone::classifier
