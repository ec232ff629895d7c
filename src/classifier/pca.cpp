#include "classifier/pca.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>
#include <utility>

#include <undertone/error.hpp>

#include "classifier/linear_algebra.hpp"
#include "classifier/ordered_sums.hpp"

namespace undertone::classifier {

namespace {

constexpr double kMaxMean = 1e100;
constexpr double kMaxVariance = 1e200;
// Far above what rounding does to a unit vector, far below any real corruption.
constexpr double kUnitLengthTolerance = 1e-6;

// scikit-learn: searchsorted(cumsum(variance / total), fraction, side="right") + 1.
std::size_t count_for_fraction(std::span<const double> variance, double fraction) {
  const double total = std::accumulate(variance.begin(), variance.end(), 0.0);
  if (!(total > 0)) return 1;
  double explained = 0;
  for (std::size_t i = 0; i < variance.size(); ++i) {
    explained += variance[i] / total;
    if (explained > fraction) return i + 1;
  }
  return variance.size();
}

// The directions of greatest scatter and their variances, as many as `size` asks for.
struct PrincipalAxes {
  std::vector<double> variance;       // decreasing
  tensor::Matrix<double> directions;  // [as many, features]
};

PrincipalAxes from_symmetric(tensor::Matrix<double> lower, double divisor, const PcaSize& size) {
  const std::size_t n = lower.rows();
  const SymmetricEigen eigen(std::move(lower));
  // Rounding can make a zero slightly negative.
  const auto variances = [&](std::size_t count) {
    std::vector<double> values = eigen.values(count);
    for (double& value : values) value = std::max(value / divisor, 0.0);
    return values;
  };
  PrincipalAxes axes;
  if (const auto* fraction = std::get_if<double>(&size)) {
    axes.variance = variances(n);
    axes.variance.resize(count_for_fraction(axes.variance, *fraction));
  } else {
    axes.variance = variances(std::get<std::size_t>(size));
  }
  axes.directions = eigen.vectors(axes.variance.size());
  return axes;
}

PrincipalAxes principal_axes(const tensor::Matrix<double>& centred, const PcaSize& size,
                             ThreadPool* threads) {
  const double divisor = static_cast<double>(centred.rows() - 1);
  if (centred.rows() >= centred.cols()) {
    return from_symmetric(scatter(centred.view(), threads), divisor, size);
  }
  // Xᵀ = QR, so XᵀX = Q (R Rᵀ) Qᵀ: the small matrix R Rᵀ has the same variances, and Q times its
  // eigenvectors is orthonormal whatever the rank (unlike Xᵀu/σ).
  const auto n = static_cast<Eigen::Index>(centred.rows());
  const auto features = static_cast<Eigen::Index>(centred.cols());
  const Eigen::Map<const Eigen::MatrixXd> transposed(centred.data(), features, n);
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(transposed);
  const Eigen::MatrixXd r = qr.matrixQR().topRows(n).triangularView<Eigen::Upper>();
  tensor::Matrix<double> small(centred.rows(), centred.rows());
  Eigen::Map<Eigen::MatrixXd>(small.data(), n, n) = r * r.transpose();
  PrincipalAxes axes = from_symmetric(std::move(small), divisor, size);
  const auto count = static_cast<Eigen::Index>(axes.variance.size());
  Eigen::MatrixXd directions = Eigen::MatrixXd::Zero(features, count);
  directions.topRows(n) = Eigen::Map<const Eigen::MatrixXd>(axes.directions.data(), n, count);
  tensor::Matrix<double> turned(axes.variance.size(), centred.cols());
  Eigen::Map<Eigen::MatrixXd>(turned.data(), features, count) = qr.householderQ() * directions;
  axes.directions = std::move(turned);
  return axes;
}

void require_size(const PcaSize& size, std::size_t most) {
  if (const auto* fraction = std::get_if<double>(&size)) {
    if (!(*fraction > 0 && *fraction < 1)) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("the fraction of variance to keep must lie between 0 and 1, not {}",
                              *fraction));
    }
    return;
  }
  const std::size_t count = std::get<std::size_t>(size);
  if (count == 0) {
    throw Error(ErrorCode::kInvalidArgument, "PCA must keep at least one component");
  }
  if (count > most) {
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("PCA cannot keep {} components of this training data: it has at most "
                            "{}, the smaller of its numbers of samples and features",
                            count, most),
                "Ask for fewer components, for a fraction of the variance, or train on more "
                "recordings.");
  }
}

std::vector<double> column_means(tensor::MatrixView<const double> x) {
  std::vector<double> mean(x.cols(), 0.0);
  bool usable = true;
  for (std::size_t r = 0; r < x.rows(); ++r) {
    const double* row = x.row_data(r);
    for (std::size_t c = 0; c < mean.size(); ++c) {
      usable &= std::abs(row[c]) <= kMaxMean;  // false for NaN
      mean[c] += row[c];
    }
  }
  if (!usable) {
    throw Error(ErrorCode::kDataInvalid,
                "the training data holds a value that is not finite, or absurdly large");
  }
  for (double& m : mean) m /= static_cast<double>(x.rows());
  return mean;
}

}  // namespace

Pca Pca::fit(tensor::MatrixView<const double> x, PcaSize size, ThreadPool* threads) {
  if (x.rows() < 2 || x.cols() == 0) {
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("PCA needs at least two samples of one feature, not {} of {}", x.rows(),
                            x.cols()));
  }
  require_size(size, std::min(x.rows(), x.cols()));
  std::vector<double> mean = column_means(x);
  tensor::Matrix<double> centred(x.rows(), x.cols());
  for (std::size_t r = 0; r < x.rows(); ++r) {
    const double* from = x.row_data(r);
    double* to = centred.row(r).data();
    for (std::size_t c = 0; c < mean.size(); ++c) to[c] = from[c] - mean[c];
  }
  PrincipalAxes axes = principal_axes(centred, size, threads);
  for (std::size_t k = 0; k < axes.directions.rows(); ++k) {
    const auto direction = axes.directions.row(k);
    const double largest =
        *std::max_element(direction.begin(), direction.end(),
                          [](double a, double b) { return std::abs(a) < std::abs(b); });
    if (largest >= 0) continue;
    for (double& value : direction) value = -value;
  }
  return Pca(std::move(mean), std::move(axes.directions), std::move(axes.variance));
}

Pca::Pca(std::vector<double> mean, tensor::Matrix<double> components,
         std::vector<double> explained_variance)
    : mean_(std::move(mean)),
      components_(std::move(components)),
      explained_variance_(std::move(explained_variance)) {
  if (components_.cols() != mean_.size() || components_.rows() != explained_variance_.size() ||
      components_.rows() == 0 || components_.rows() > mean_.size()) {
    throw Error(ErrorCode::kModelCorrupt,
                fmt::format("the PCA has {} means, components of shape [{}, {}] and {} variances, "
                            "which do not belong together",
                            mean_.size(), components_.rows(), components_.cols(),
                            explained_variance_.size()));
  }
  for (std::size_t i = 0; i < mean_.size(); ++i) {
    if (!(std::abs(mean_[i]) <= kMaxMean)) {
      throw Error(ErrorCode::kModelCorrupt,
                  fmt::format("feature {} of the PCA has mean {}", i, mean_[i]));
    }
  }
  for (std::size_t k = 0; k < components_.rows(); ++k) {
    const double* row = components_.row(k).data();
    const double length = std::sqrt(dot(row, row, mean_.size()));
    if (!(std::abs(length - 1) <= kUnitLengthTolerance)) {
      throw Error(ErrorCode::kModelCorrupt,
                  fmt::format("component {} of the PCA has length {} instead of 1", k, length));
    }
    if (!(explained_variance_[k] >= 0 && explained_variance_[k] <= kMaxVariance)) {
      throw Error(ErrorCode::kModelCorrupt, fmt::format("component {} of the PCA has variance {}",
                                                        k, explained_variance_[k]));
    }
  }
  packed_ = PackedRows(std::as_const(components_).view());
}

void Pca::transform(std::span<const double> x, std::span<double> y) const {
  transform_rows({x.data(), 1, x.size()}, {y.data(), 1, y.size()});
}

void Pca::transform_rows(tensor::MatrixView<const double> x, tensor::MatrixView<double> y) const {
  if (x.cols() != features() || y.cols() != components_count() || x.rows() != y.rows()) {
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("the PCA takes {} features to {} components, not {} to {}", features(),
                            components_count(), x.cols(), y.cols()));
  }
  constexpr std::size_t kBlockRows = 16;  // few enough for the cache
  tensor::Matrix<double> centred(std::min(kBlockRows, x.rows()), features());
  tensor::Matrix<double> products(centred.rows(), packed_.padded_count());
  for (std::size_t first = 0; first < x.rows(); first += kBlockRows) {
    const std::size_t count = std::min(kBlockRows, x.rows() - first);
    for (std::size_t r = 0; r < count; ++r) {
      const double* from = x.row_data(first + r);
      double* to = centred.row(r).data();
      for (std::size_t c = 0; c < mean_.size(); ++c) to[c] = from[c] - mean_[c];
    }
    packed_.multiply(std::as_const(centred).view().rows_from(0, count), products.data(),
                     products.cols());
    for (std::size_t r = 0; r < count; ++r) {
      std::copy_n(products.row(r).data(), components_count(), y.row_data(first + r));
    }
  }
}

}  // namespace undertone::classifier
