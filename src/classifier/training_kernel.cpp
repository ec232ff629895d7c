#include "classifier/training_kernel.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

namespace undertone::classifier {

namespace {

// Enough rows for the product to run at speed, few enough that its result stays in the cache.
constexpr std::size_t kBlockRows = 64;

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

}  // namespace

std::size_t TrainingKernel::precomputed_bytes(std::size_t samples) {
  return samples * (samples + 1) * sizeof(svm_node);
}

TrainingKernel::TrainingKernel(tensor::MatrixView<const double> x,
                               std::span<const std::size_t> members, double gamma, bool precompute,
                               ThreadPool* threads)
    : precomputed_(precompute),
      gamma_(gamma),
      stride_((precompute ? members.size() : x.cols()) + 1),
      nodes_(members.size() * stride_) {
  if (precompute) {
    fill_matrix(x, members, threads);
  } else {
    fill_samples(x, members);
  }
}

svm_node* TrainingKernel::sample(std::size_t i) const noexcept {
  return const_cast<svm_node*>(nodes_.data() + i * stride_);
}

double TrainingKernel::operator()(std::size_t i, std::size_t j) const {
  const svm_node* a = nodes_.data() + i * stride_;
  if (precomputed_) return a[j + 1].value;
  const svm_node* b = nodes_.data() + j * stride_;
  double distance = 0;
  for (std::size_t d = 0; d + 1 < stride_; ++d) {
    const double difference = a[d].value - b[d].value;
    distance += difference * difference;
  }
  return std::exp(-gamma_ * distance);
}

// Node 0 of sample i holds its number, 1-based; node j + 1 holds K(i, j).
void TrainingKernel::fill_matrix(tensor::MatrixView<const double> x,
                                 std::span<const std::size_t> members, ThreadPool* threads) {
  const std::size_t n = members.size();
  RowMajor samples(n, x.cols());
  for (std::size_t i = 0; i < n; ++i) {
    std::copy_n(x.row_data(members[i]), x.cols(), samples.row(static_cast<Eigen::Index>(i)).data());
  }
  const Eigen::VectorXd norms = samples.rowwise().squaredNorm();
  // ‖a - b‖² = ‖a‖² + ‖b‖² - 2ab over the upper triangle, in blocks of rows; a block writes its
  // own rows and their mirror images, which no other block writes.
  const auto fill_block = [&](std::size_t block) {
    const std::size_t first = block * kBlockRows;
    const std::size_t rows = std::min(kBlockRows, n - first);
    const RowMajor products =
        samples.middleRows(first, rows) * samples.bottomRows(n - first).transpose();
    for (std::size_t r = 0; r < rows; ++r) {
      const std::size_t i = first + r;
      svm_node* row = nodes_.data() + i * stride_;
      row[0] = {0, static_cast<double>(i + 1)};
      row[i + 1] = {static_cast<int>(i + 1), 1.0};
      for (std::size_t j = i + 1; j < n; ++j) {
        const double distance = norms[i] + norms[j] - 2 * products(r, j - first);
        const double value = std::exp(-gamma_ * std::max(distance, 0.0));
        row[j + 1] = {static_cast<int>(j + 1), value};
        nodes_[j * stride_ + i + 1] = {static_cast<int>(i + 1), value};
      }
    }
  };
  const std::size_t blocks = (n + kBlockRows - 1) / kBlockRows;
  if (threads != nullptr) {
    threads->parallel_for(blocks, fill_block);
  } else {
    for (std::size_t block = 0; block < blocks; ++block) fill_block(block);
  }
}

void TrainingKernel::fill_samples(tensor::MatrixView<const double> x,
                                  std::span<const std::size_t> members) {
  for (std::size_t i = 0; i < members.size(); ++i) {
    svm_node* row = nodes_.data() + i * stride_;
    for (std::size_t d = 0; d < x.cols(); ++d) {
      row[d] = {static_cast<int>(d + 1), x(members[i], d)};
    }
    row[x.cols()] = {-1, 0.0};
  }
}

}  // namespace undertone::classifier
