// Principal component analysis.
#pragma once

#include <cstddef>
#include <span>
#include <variant>
#include <vector>

#include "classifier/packed_rows.hpp"
#include "common/thread_pool.hpp"
#include "tensor/matrix.hpp"

namespace undertone::classifier {

// How many components to keep: a number, or the least number that explains more than this fraction
// of the variance (0 < f < 1), with scikit-learn's meaning of each.
using PcaSize = std::variant<std::size_t, double>;

// y = components · (x - mean). Components [k, features] are orthonormal rows by decreasing
// variance, with signs as scikit-learn >= 1.5 chooses them: the largest entry by magnitude is
// positive. Immutable, thread-safe.
class Pca {
 public:
  // X: [samples, features], at least two samples, finite. Throws Error(kDataInvalid) for other
  // data, or if more components are asked for than min(samples, features); Error(kInvalidArgument)
  // for zero components or a fraction outside (0, 1).
  //
  // Computed from the eigenvectors of the covariance matrix (or, with fewer samples than features,
  // of the smaller matrix that a QR decomposition leaves). With λ the variances: each variance is
  // right to about 1e-15·λ₁·features, component k to about that divided by the gap between λₖ and
  // its neighbours. Components beyond the rank of the data are an arbitrary orthonormal completion
  // of variance (almost) zero.
  // `threads` may be null; the result has the same bits on any number of them.
  static Pca fit(tensor::MatrixView<const double> x, PcaSize size, ThreadPool* threads = nullptr);

  // From stored parameters; throws Error(kModelCorrupt) unless shapes agree, there is at least one
  // component and no more than features, all is finite (|mean| <= 1e100), every component has unit
  // length and no variance is negative or above 1e200.
  Pca(std::vector<double> mean, tensor::Matrix<double> components,
      std::vector<double> explained_variance);

  std::size_t features() const noexcept { return mean_.size(); }
  std::size_t components_count() const noexcept { return components_.rows(); }
  std::span<const double> mean() const noexcept { return mean_; }
  tensor::MatrixView<const double> components() const noexcept { return components_.view(); }
  // The variance of each component over the training data, divided by samples - 1.
  std::span<const double> explained_variance() const noexcept { return explained_variance_; }

  // x: [features], y: [components_count()]; not the same memory. Throws Error(kDataInvalid) on
  // another size.
  void transform(std::span<const double> x, std::span<double> y) const;
  // The same for each row of x: [n, features], y: [n, components_count()], with the same bits.
  void transform_rows(tensor::MatrixView<const double> x, tensor::MatrixView<double> y) const;

 private:
  std::vector<double> mean_;
  tensor::Matrix<double> components_;
  std::vector<double> explained_variance_;
  PackedRows packed_;  // the components again
};

}  // namespace undertone::classifier
