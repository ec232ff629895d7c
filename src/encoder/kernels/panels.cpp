#include "encoder/kernels/panels.hpp"

#include <algorithm>
#include <cstring>

namespace undertone::encoder {

using tensor::MatrixView;

void pack_panels(MatrixView<const float> b, float* panels) {
  for (std::size_t first = 0; first < b.cols(); first += kPanelWidth) {
    const std::size_t width = std::min(kPanelWidth, b.cols() - first);
    for (std::size_t k = 0; k < b.rows(); ++k) {
      std::memcpy(panels, b.row_data(k) + first, width * sizeof(float));
      std::fill(panels + width, panels + kPanelWidth, 0.0F);
      panels += kPanelWidth;
    }
  }
}

void pack_transposed_panels(MatrixView<const float> b, float* panels) {
  // A cache line of each of sixteen columns at a time: lines are read and written whole, whatever
  // else falls on their places in the cache.
  const std::size_t depth = b.cols();
  for (std::size_t first = 0; first < b.rows(); first += kPanelWidth) {
    const std::size_t width = std::min(kPanelWidth, b.rows() - first);
    if (width < kPanelWidth) std::fill(panels, panels + depth * kPanelWidth, 0.0F);
    for (std::size_t k = 0; k < depth; k += kPanelWidth) {
      const std::size_t steps = std::min(kPanelWidth, depth - k);
      for (std::size_t j = 0; j < width; ++j) {
        const float* source = b.row_data(first + j) + k;
        float* target = panels + k * kPanelWidth + j;
        for (std::size_t s = 0; s < steps; ++s) target[s * kPanelWidth] = source[s];
      }
    }
    panels += depth * kPanelWidth;
  }
}

}  // namespace undertone::encoder
