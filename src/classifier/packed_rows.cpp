#include "classifier/packed_rows.hpp"

#include <algorithm>

namespace undertone::classifier {

PackedRows::PackedRows(tensor::MatrixView<const double> rows)
    : count_(rows.rows()), features_(rows.cols()), panels_(padded_count() * rows.cols()) {
  for (std::size_t first = 0; first < count_; first += kPanelColumns) {
    double* panel = panels_.data() + first * features_;
    const std::size_t width = std::min(kPanelColumns, count_ - first);
    for (std::size_t d = 0; d < features_; ++d) {
      for (std::size_t c = 0; c < kPanelColumns; ++c) {
        panel[d * kPanelColumns + c] = c < width ? rows(first + c, d) : 0.0;
      }
    }
  }
}

void PackedRows::multiply(tensor::MatrixView<const double> x, std::size_t first, std::size_t count,
                          double* dots, std::size_t stride) const {
  const VectorKernels& kernels = vector_kernels();
  for (std::size_t c = 0; c < count; c += kPanelColumns) {
    kernels.panel_dots(x.data(), x.stride(), x.rows(), panels_.data() + (first + c) * features_,
                       features_, dots + c, stride);
  }
}

double squared_norm(std::span<const double> x) {
  double sum = 0;
  for (const double value : x) sum += value * value;
  return sum;
}

}  // namespace undertone::classifier
