// The Gaussian kernel between training samples, as LIBSVM wants to see it.
#pragma once

#include <cstddef>
#include <libsvm/svm.h>
#include <span>
#include <vector>

#include "common/thread_pool.hpp"
#include "tensor/matrix.hpp"

namespace undertone::classifier {

// K(i, j) = exp(-gamma·‖xᵢ - xⱼ‖²) between `members`, rows of X. Small enough, the whole matrix is
// computed at once by matrix products (LIBSVM's "precomputed" kernel) and shared by the final
// training and every calibration fold; otherwise LIBSVM gets the samples and computes rows on
// demand. Both give K to about 1e-15·(1 + gamma·(‖xᵢ‖² + ‖xⱼ‖²)). Immutable, thread-safe.
class TrainingKernel {
 public:
  // Bytes of a precomputed matrix between so many samples: LIBSVM spends 16 on a value.
  static std::size_t precomputed_bytes(std::size_t samples);

  TrainingKernel(tensor::MatrixView<const double> x, std::span<const std::size_t> members,
                 double gamma, bool precompute, ThreadPool* threads);

  // PRECOMPUTED or RBF, and sample i for svm_problem::x (LIBSVM does not write to it).
  int libsvm_type() const noexcept { return precomputed_ ? PRECOMPUTED : RBF; }
  svm_node* sample(std::size_t i) const noexcept;

  double gamma() const noexcept { return gamma_; }
  double operator()(std::size_t i, std::size_t j) const;

 private:
  void fill_matrix(tensor::MatrixView<const double> x, std::span<const std::size_t> members,
                   ThreadPool* threads);
  void fill_samples(tensor::MatrixView<const double> x, std::span<const std::size_t> members);

  bool precomputed_;
  double gamma_;
  std::size_t stride_;  // nodes a sample
  std::vector<svm_node> nodes_;
};

}  // namespace undertone::classifier
