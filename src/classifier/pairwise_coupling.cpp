#include "classifier/pairwise_coupling.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace undertone::classifier {

namespace {

constexpr double kTolerance = 0.005;
constexpr std::size_t kMinIterationLimit = 100;

// The quadratic form of the paper's equation (19): Q(t, t) = Σ_{j≠t} r(j, t)², Q(t, j) = -r(j,
// t)·r(t, j).
tensor::Matrix<double> quadratic_form(tensor::MatrixView<const double> r) {
  const std::size_t k = r.rows();
  tensor::Matrix<double> q(k, k);
  for (std::size_t t = 0; t < k; ++t) {
    for (std::size_t j = 0; j < k; ++j) {
      if (j == t) continue;
      q(t, t) += r(j, t) * r(j, t);
      q(t, j) = -r(j, t) * r(t, j);
    }
  }
  return q;
}

}  // namespace

std::vector<double> couple_pairwise(tensor::MatrixView<const double> r) {
  const std::size_t k = r.rows();
  assert(k >= 2 && r.cols() == k);
  const tensor::Matrix<double> q = quadratic_form(r);
  std::vector<double> p(k, 1.0 / static_cast<double>(k));
  std::vector<double> qp(k);
  const double tolerance = kTolerance / static_cast<double>(k);
  const std::size_t limit = std::max(kMinIterationLimit, k);
  for (std::size_t iteration = 0; iteration < limit; ++iteration) {
    // Afresh in each iteration, against the drift of the updates below.
    double pqp = 0;
    for (std::size_t t = 0; t < k; ++t) {
      qp[t] = 0;
      for (std::size_t j = 0; j < k; ++j) qp[t] += q(t, j) * p[j];
      pqp += p[t] * qp[t];
    }
    double worst = 0;
    for (std::size_t t = 0; t < k; ++t) worst = std::max(worst, std::abs(qp[t] - pqp));
    if (worst < tolerance) break;

    for (std::size_t t = 0; t < k; ++t) {
      const double step = (pqp - qp[t]) / q(t, t);
      const double norm = 1 + step;
      p[t] += step;
      pqp = (pqp + step * (step * q(t, t) + 2 * qp[t])) / norm / norm;
      for (std::size_t j = 0; j < k; ++j) {
        qp[j] = (qp[j] + step * q(t, j)) / norm;
        p[j] /= norm;
      }
    }
  }
  return p;
}

}  // namespace undertone::classifier
