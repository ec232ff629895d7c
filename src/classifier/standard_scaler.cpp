#include "classifier/standard_scaler.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <utility>

#include <undertone/error.hpp>

namespace undertone::classifier {

namespace {

constexpr double kMinScale = 1e-60;
constexpr double kMaxScale = 2 * kMaxEmbeddingValue;

void require_embedding_values(tensor::MatrixView<const double> x) {
  for (std::size_t r = 0; r < x.rows(); ++r) {
    for (std::size_t c = 0; c < x.cols(); ++c) {
      const double value = x(r, c);
      if (std::abs(value) <= kMaxEmbeddingValue) continue;  // false for NaN
      throw Error(
          ErrorCode::kDataInvalid,
          fmt::format("row {} of the training data holds {} in column {}; a value must be finite "
                      "and within ±{:g}",
                      r, value, c, kMaxEmbeddingValue),
          "Extract this recording's embedding again, or leave it out.");
    }
  }
}

// scikit-learn's _is_constant_feature: the variance is no more than what rounding alone can make.
bool is_constant(double variance, double mean, double samples) {
  constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
  const double rounding = samples * mean * kEpsilon;
  return variance <= samples * kEpsilon * variance + rounding * rounding;
}

}  // namespace

StandardScaler StandardScaler::fit(tensor::MatrixView<const double> x) {
  if (x.rows() == 0 || x.cols() == 0) {
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("cannot scale {} samples of {} features: there must be at least one of "
                            "each",
                            x.rows(), x.cols()));
  }
  require_embedding_values(x);
  const double samples = static_cast<double>(x.rows());
  const std::size_t features = x.cols();
  std::vector<double> mean(features, 0.0);
  for (std::size_t r = 0; r < x.rows(); ++r) {
    for (std::size_t c = 0; c < features; ++c) mean[c] += x(r, c);
  }
  for (double& m : mean) m /= samples;

  // Two passes with the correction of Chan, Golub, LeVeque 1983, as scikit-learn does it: the sum
  // of the deviations would be zero but for the rounding of the mean.
  std::vector<double> squares(features, 0.0);
  std::vector<double> deviations(features, 0.0);
  for (std::size_t r = 0; r < x.rows(); ++r) {
    for (std::size_t c = 0; c < features; ++c) {
      const double deviation = x(r, c) - mean[c];
      deviations[c] += deviation;
      squares[c] += deviation * deviation;
    }
  }
  std::vector<double> scale(features);
  for (std::size_t c = 0; c < features; ++c) {
    const double variance = (squares[c] - deviations[c] * deviations[c] / samples) / samples;
    scale[c] = is_constant(variance, mean[c], samples) ? 1.0 : std::sqrt(variance);
    // Only doubles that were never floats get here: too small to be told from a constant.
    if (!(scale[c] >= kMinScale)) scale[c] = 1.0;
  }
  return StandardScaler(std::move(mean), std::move(scale));
}

StandardScaler::StandardScaler(std::vector<double> mean, std::vector<double> scale)
    : mean_(std::move(mean)), scale_(std::move(scale)) {
  if (mean_.empty() || mean_.size() != scale_.size()) {
    throw Error(ErrorCode::kModelCorrupt,
                fmt::format("the scaler has {} means and {} scales; there must be as many of both, "
                            "and at least one",
                            mean_.size(), scale_.size()));
  }
  for (std::size_t i = 0; i < mean_.size(); ++i) {
    if (!(std::abs(mean_[i]) <= kMaxEmbeddingValue) ||
        !(scale_[i] >= kMinScale && scale_[i] <= kMaxScale)) {
      throw Error(ErrorCode::kModelCorrupt,
                  fmt::format("feature {} of the scaler has mean {} and scale {}, outside what "
                              "training can give",
                              i, mean_[i], scale_[i]));
    }
  }
}

void StandardScaler::transform(std::span<const double> x, std::span<double> z) const {
  if (x.size() != features() || z.size() != features()) {
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("the scaler was fitted to {} features, not {}", features(), x.size()));
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    z[i] = std::isnan(x[i])
               ? 0.0
               : (std::clamp(x[i], -kMaxEmbeddingValue, kMaxEmbeddingValue) - mean_[i]) / scale_[i];
  }
}

}  // namespace undertone::classifier
