#include "classifier/platt_sigmoid.hpp"

#include <cassert>
#include <cmath>
#include <vector>

namespace undertone::classifier {

namespace {

constexpr int kMaxSteps = 100;
constexpr double kMinStepLength = 1e-10;
constexpr double kRidge = 1e-12;  // keeps the Hessian invertible
constexpr double kGradientTolerance = 1e-5;
constexpr double kSufficientDecrease = 1e-4;

class NegativeLogLikelihood {
 public:
  NegativeLogLikelihood(std::span<const double> decision_values, std::size_t positives)
      : f_(decision_values) {
    const auto count = static_cast<double>(positives);
    const double others = static_cast<double>(f_.size()) - count;
    log_prior_odds_ = std::log((others + 1) / (count + 1));
    target_.assign(positives, (count + 1) / (count + 2));
    target_.resize(f_.size(), 1 / (others + 2));
  }

  PlattSigmoid start() const { return {0.0, log_prior_odds_}; }

  // Both branches are the same number; each is exact where the other would cancel or overflow
  // (section 3 of the paper).
  double operator()(const PlattSigmoid& s) const {
    double sum = 0;
    for (std::size_t i = 0; i < f_.size(); ++i) {
      const double z = f_[i] * s.a + s.b;
      sum += z >= 0 ? target_[i] * z + std::log1p(std::exp(-z))
                    : (target_[i] - 1) * z + std::log1p(std::exp(z));
    }
    return sum;
  }

  struct Derivatives {
    double h11 = kRidge, h22 = kRidge, h21 = 0, g1 = 0, g2 = 0;
  };

  Derivatives derivatives(const PlattSigmoid& s) const {
    Derivatives d;
    for (std::size_t i = 0; i < f_.size(); ++i) {
      const double z = f_[i] * s.a + s.b;
      const double tail = std::exp(-std::abs(z));
      const double p = (z >= 0 ? tail : 1.0) / (1 + tail);
      const double q = (z >= 0 ? 1.0 : tail) / (1 + tail);
      const double d2 = p * q;
      d.h11 += f_[i] * f_[i] * d2;
      d.h22 += d2;
      d.h21 += f_[i] * d2;
      const double d1 = target_[i] - p;
      d.g1 += f_[i] * d1;
      d.g2 += d1;
    }
    return d;
  }

 private:
  std::span<const double> f_;
  std::vector<double> target_;
  double log_prior_odds_ = 0;
};

}  // namespace

double sigmoid_probability(double decision_value, const PlattSigmoid& sigmoid) {
  const double z = decision_value * sigmoid.a + sigmoid.b;
  return z >= 0 ? std::exp(-z) / (1 + std::exp(-z)) : 1 / (1 + std::exp(z));
}

PlattSigmoid fit_platt_sigmoid(std::span<const double> decision_values, std::size_t positives) {
  assert(positives <= decision_values.size());
  const NegativeLogLikelihood loss(decision_values, positives);
  PlattSigmoid current = loss.start();
  double current_loss = loss(current);
  for (int step = 0; step < kMaxSteps; ++step) {
    const auto d = loss.derivatives(current);
    if (std::abs(d.g1) < kGradientTolerance && std::abs(d.g2) < kGradientTolerance) break;
    const double determinant = d.h11 * d.h22 - d.h21 * d.h21;
    const double direction_a = -(d.h22 * d.g1 - d.h21 * d.g2) / determinant;
    const double direction_b = -(-d.h21 * d.g1 + d.h11 * d.g2) / determinant;
    const double slope = d.g1 * direction_a + d.g2 * direction_b;
    double length = 1;
    for (; length >= kMinStepLength; length /= 2) {
      const PlattSigmoid next{current.a + length * direction_a, current.b + length * direction_b};
      const double next_loss = loss(next);
      if (next_loss < current_loss + kSufficientDecrease * length * slope) {
        current = next;
        current_loss = next_loss;
        break;
      }
    }
    // No shorter step helps: the optimum, as far as double precision can tell.
    if (length < kMinStepLength) break;
  }
  return current;
}

}  // namespace undertone::classifier
