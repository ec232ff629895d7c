// The Gaussian kernel between training samples.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "classifier/packed_rows.hpp"
#include "common/thread_pool.hpp"
#include "tensor/matrix.hpp"

namespace undertone::classifier {

// K(i, j) = exp(-gamma·‖xᵢ - xⱼ‖²) between `members`, rows of X, rounded to float as LIBSVM's cache
// keeps it. Where the matrix fits into `bytes` it is computed at once and shared by all who train
// on it; else rows are computed as they are asked for. Each value is right to half a unit of float
// plus 1e-15·(1 + gamma·(‖xᵢ‖² + ‖xⱼ‖²)), symmetric, and has the same bits in both cases.
// Immutable, thread-safe. Borrows nothing: the samples are copied.
class TrainingKernel {
 public:
  static bool fits(std::size_t samples, std::size_t bytes);

  TrainingKernel(tensor::MatrixView<const double> x, std::span<const std::size_t> members,
                 double gamma, std::size_t bytes, ThreadPool* threads);

  std::size_t size() const noexcept { return samples_.rows(); }
  bool is_matrix() const noexcept { return matrix_.size() != 0; }

  // The whole row of sample i, [size()]. REQUIRES: is_matrix().
  const float* row(std::size_t i) const noexcept { return matrix_.data() + i * size(); }

  // Some samples, laid out to be compared with others.
  struct Columns {
    PackedRows rows;
    std::vector<double> norms;  // ‖x‖²
  };
  Columns columns(std::span<const std::size_t> samples) const;

  // values[k] = K(i, columns k). `scratch` is only for its memory.
  void compute_row(std::size_t i, const Columns& columns, float* values,
                   tensor::AlignedBuffer<double>& scratch) const;

 private:
  void fill_matrix(ThreadPool* threads);

  double gamma_;
  tensor::Matrix<double> samples_;  // [size, features]
  std::vector<double> norms_;
  tensor::AlignedBuffer<float> matrix_;  // [size, size] or empty
};

}  // namespace undertone::classifier
