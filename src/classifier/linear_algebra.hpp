// The dense linear algebra that training needs, by OpenBLAS and its LAPACK.
#pragma once

#include <cstddef>
#include <vector>

#include "common/thread_pool.hpp"
#include "tensor/matrix.hpp"

namespace undertone::classifier {

// OpenBLAS keeps threads of its own, and its results depend on their number. The first call here
// sets that number to one for the whole process (openblas_set_num_threads): the parallelism is
// ours, over pieces whose shapes depend on nothing but the problem, so that results have the same
// bits on any number of threads. Thread-safe; `threads` may be null everywhere.

// The lower triangle of xᵀx, [features, features], for x: [samples, features]; above it zeros.
tensor::Matrix<double> scatter(tensor::MatrixView<const double> x, ThreadPool* threads);

// The eigenvalues and leading eigenvectors of a symmetric matrix of which the lower triangle is
// given, finite. Reduction to tridiagonal form, then the multiple relatively robust representations
// of Dhillon and Parlett (LAPACK's dsytrd, dstemr, dormtr). Values are right to about n·2⁻⁵³·‖a‖.
// All throw Error(kDataInvalid) if the method fails. Immutable once made, thread-safe.
class SymmetricEigen {
 public:
  explicit SymmetricEigen(tensor::Matrix<double> lower);

  // The `count` greatest, in decreasing order. REQUIRES: 1 <= count <= n.
  std::vector<double> values(std::size_t count) const;
  // Their eigenvectors, orthonormal rows [count, n].
  tensor::Matrix<double> vectors(std::size_t count) const;

 private:
  std::vector<double> solve(std::size_t count, tensor::Matrix<double>* vectors) const;
  void turn_back(tensor::Matrix<double>& vectors) const;

  int n_;
  tensor::Matrix<double> reflectors_;
  std::vector<double> diagonal_;
  std::vector<double> off_diagonal_;
  std::vector<double> tau_;
};

}  // namespace undertone::classifier
