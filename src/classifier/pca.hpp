// Principal component analysis.
#pragma once

#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "tensor/matrix.hpp"

namespace undertone::classifier {

// How many components to keep: a number, or the least number that explains this fraction of the
// variance (0 < f < 1), with scikit-learn's meaning of each.
using PcaSize = std::variant<std::size_t, double>;

// y = components · (x - mean). Components [k, features] are orthonormal rows by decreasing
// variance, signs as scikit-learn's svd_flip chooses them (u-based before 1.5, v-based since: we
// use the v-based rule). Immutable, thread-safe.
class Pca {
 public:
  // X: [samples, features]. Throws Error(kDataInvalid) if more components are asked for than
  // min(samples, features).
  static Pca fit(tensor::MatrixView<const double> x, PcaSize size);

  // From stored parameters; throws Error(kModelCorrupt) unless shapes agree and all is finite.
  Pca(std::vector<double> mean, tensor::Matrix<double> components,
      std::vector<double> explained_variance);

  std::size_t features() const noexcept { return mean_.size(); }
  std::size_t components_count() const noexcept { return components_.rows(); }
  std::span<const double> mean() const noexcept { return mean_; }
  tensor::MatrixView<const double> components() const noexcept { return components_.view(); }
  std::span<const double> explained_variance() const noexcept { return explained_variance_; }

  // x: [features], y: [components_count()]; not the same memory.
  void transform(std::span<const double> x, std::span<double> y) const;

 private:
  std::vector<double> mean_;
  tensor::Matrix<double> components_;
  std::vector<double> explained_variance_;
};

}  // namespace undertone::classifier
