#include "classifier/pca.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <utility>

#include <undertone/error.hpp>

#include "classifier/ordered_sums.hpp"

namespace undertone::classifier {

namespace {

constexpr double kMaxMean = 1e100;
constexpr double kMaxVariance = 1e200;
// Far above what rounding does to a unit vector, far below any real corruption.
constexpr double kUnitLengthTolerance = 1e-6;

// Variances in decreasing order and the directions that have them.
struct PrincipalAxes {
  Eigen::VectorXd variance;    // [min(samples, features)]
  Eigen::MatrixXd directions;  // [features, min(samples, features)]
};

PrincipalAxes from_symmetric(const Eigen::MatrixXd& scatter, double divisor) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(scatter);
  if (solver.info() != Eigen::Success) {
    throw Error(ErrorCode::kDataInvalid,
                "the principal components of the training data could not be computed",
                "Look for extreme values in the embeddings.");
  }
  // Eigen sorts ascending; rounding can make a zero slightly negative.
  PrincipalAxes axes;
  axes.variance = (solver.eigenvalues().reverse() / divisor).cwiseMax(0.0);
  axes.directions = solver.eigenvectors().rowwise().reverse();
  return axes;
}

PrincipalAxes principal_axes(const Eigen::MatrixXd& centred) {
  const double divisor = static_cast<double>(centred.rows() - 1);
  if (centred.rows() >= centred.cols()) {
    Eigen::MatrixXd scatter = Eigen::MatrixXd::Zero(centred.cols(), centred.cols());
    scatter.selfadjointView<Eigen::Lower>().rankUpdate(centred.transpose());
    return from_symmetric(scatter, divisor);
  }
  // Xᵀ = QR, so XᵀX = Q (R Rᵀ) Qᵀ: the small matrix R Rᵀ has the same variances, and Q times its
  // eigenvectors is orthonormal whatever the rank (unlike Xᵀu/σ).
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(centred.transpose());
  const Eigen::Index n = centred.rows();
  const Eigen::MatrixXd r = qr.matrixQR().topRows(n).triangularView<Eigen::Upper>();
  PrincipalAxes axes = from_symmetric(r * r.transpose(), divisor);
  Eigen::MatrixXd directions = Eigen::MatrixXd::Zero(centred.cols(), n);
  directions.topRows(n) = axes.directions;
  axes.directions = qr.householderQ() * directions;
  return axes;
}

// scikit-learn: searchsorted(cumsum(variance / total), fraction, side="right") + 1.
std::size_t count_for_fraction(const Eigen::VectorXd& variance, double fraction) {
  const double total = variance.sum();
  if (!(total > 0)) return 1;
  double explained = 0;
  for (Eigen::Index i = 0; i < variance.size(); ++i) {
    explained += variance[i] / total;
    if (explained > fraction) return static_cast<std::size_t>(i) + 1;
  }
  return static_cast<std::size_t>(variance.size());
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

}  // namespace

Pca Pca::fit(tensor::MatrixView<const double> x, PcaSize size) {
  if (x.rows() < 2 || x.cols() == 0) {
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("PCA needs at least two samples of one feature, not {} of {}", x.rows(),
                            x.cols()));
  }
  require_size(size, std::min(x.rows(), x.cols()));
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Eigen::Map<const RowMajor, Eigen::Unaligned, Eigen::OuterStride<>> data(
      x.data(), x.rows(), x.cols(), Eigen::OuterStride<>(x.stride()));
  if (!data.allFinite() || data.cwiseAbs().maxCoeff() > kMaxMean) {
    throw Error(ErrorCode::kDataInvalid,
                "the training data holds a value that is not finite, or absurdly large");
  }
  const Eigen::RowVectorXd mean = data.colwise().mean();
  const Eigen::MatrixXd centred = data.rowwise() - mean;
  const PrincipalAxes axes = principal_axes(centred);

  const std::size_t count = std::holds_alternative<double>(size)
                                ? count_for_fraction(axes.variance, std::get<double>(size))
                                : std::get<std::size_t>(size);
  tensor::Matrix<double> components(count, x.cols());
  for (std::size_t k = 0; k < count; ++k) {
    const auto direction = axes.directions.col(static_cast<Eigen::Index>(k));
    Eigen::Index largest = 0;
    direction.cwiseAbs().maxCoeff(&largest);
    const double sign = direction[largest] < 0 ? -1.0 : 1.0;
    for (std::size_t c = 0; c < x.cols(); ++c) {
      components(k, c) = sign * direction[static_cast<Eigen::Index>(c)];
    }
  }
  return Pca({mean.data(), mean.data() + mean.size()}, std::move(components),
             {axes.variance.data(), axes.variance.data() + count});
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
}

void Pca::transform(std::span<const double> x, std::span<double> y) const {
  if (x.size() != features() || y.size() != components_count()) {
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("the PCA takes {} features to {} components, not {} to {}", features(),
                            components_count(), x.size(), y.size()));
  }
  for (std::size_t k = 0; k < y.size(); ++k) {
    y[k] = dot_centred(components_.row(k).data(), x.data(), mean_.data(), x.size());
  }
}

}  // namespace undertone::classifier
