// Rows that many others are compared with: packed once, then multiplied by any number of them.
#pragma once

#include <cstddef>
#include <span>

#include "classifier/kernels/vector_kernels.hpp"
#include "tensor/matrix.hpp"

namespace undertone::classifier {

// Rows [count, features] in panels of kPanelColumns, feature by feature. A dot product is one chain
// of additions over the features in rising order: its bits depend on the two rows alone, not on
// what is computed beside them. Immutable, thread-safe.
class PackedRows {
 public:
  PackedRows() = default;
  explicit PackedRows(tensor::MatrixView<const double> rows);

  std::size_t count() const noexcept { return count_; }
  std::size_t features() const noexcept { return features_; }
  // count(), rounded up to whole panels.
  std::size_t padded_count() const noexcept {
    return (count_ + kPanelColumns - 1) / kPanelColumns * kPanelColumns;
  }

  // dots[r * stride + c] = x.row(r)·(row c). REQUIRES: x has features() columns; stride >=
  // padded_count() (what lies beyond count() in a row of dots becomes zero).
  void multiply(tensor::MatrixView<const double> x, double* dots, std::size_t stride) const {
    multiply(x, 0, count_, dots, stride);
  }
  // The same with rows first .. first + count - 1 only: dots[r * stride + c] is of row first + c.
  // REQUIRES: first is a multiple of kPanelColumns; stride >= count, rounded up to whole panels.
  void multiply(tensor::MatrixView<const double> x, std::size_t first, std::size_t count,
                double* dots, std::size_t stride) const;

 private:
  std::size_t count_ = 0;
  std::size_t features_ = 0;
  tensor::AlignedBuffer<double> panels_;
};

// ‖x‖², in the same order of summation as PackedRows: a row's product with itself has these bits.
double squared_norm(std::span<const double> x);

}  // namespace undertone::classifier
