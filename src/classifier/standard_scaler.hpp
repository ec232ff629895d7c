// Features with zero mean and unit variance.
#pragma once

#include <span>
#include <vector>

#include "tensor/matrix.hpp"

namespace undertone::classifier {

// No embedding holds a value beyond this: larger ones are clipped in transform and refused in fit.
inline constexpr double kMaxEmbeddingValue = 1e6;

// z = (x - mean) / scale per feature, as scikit-learn's StandardScaler: population variance; a
// feature that is constant up to rounding, var <= n·eps·var + (n·mean·eps)², has scale 1. Immutable
// and thread-safe once made.
//
// Values that no embedding should hold are mended on the way in: NaN takes the training mean (so it
// becomes 0), infinities and anything beyond clip to ±1e6 before scaling.
class StandardScaler {
 public:
  // X: [samples, features], at least one of each, finite and within ±1e6. Throws
  // Error(kDataInvalid) naming the first offending row.
  static StandardScaler fit(tensor::MatrixView<const double> x);

  // From stored parameters; throws Error(kModelCorrupt) unless there is at least one, both are
  // equally long, every |mean| <= 1e6 and every scale is in [1e-60, 2e6] (whatever fit can make of
  // widened floats lies within).
  StandardScaler(std::vector<double> mean, std::vector<double> scale);

  std::size_t features() const noexcept { return mean_.size(); }
  std::span<const double> mean() const noexcept { return mean_; }
  std::span<const double> scale() const noexcept { return scale_; }

  // x and z: [features]; may be the same memory. Throws Error(kDataInvalid) on another size.
  void transform(std::span<const double> x, std::span<double> z) const;

 private:
  std::vector<double> mean_;
  std::vector<double> scale_;
};

}  // namespace undertone::classifier
