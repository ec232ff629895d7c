#include "encoder/kernels/panels.hpp"

#include <algorithm>
#include <cstring>

namespace undertone::encoder {

void pack_panels(tensor::MatrixView<const float> b, float* panels) {
  for (std::size_t first = 0; first < b.cols(); first += kPanelWidth) {
    const std::size_t width = std::min(kPanelWidth, b.cols() - first);
    for (std::size_t k = 0; k < b.rows(); ++k) {
      std::memcpy(panels, b.row_data(k) + first, width * sizeof(float));
      std::fill(panels + width, panels + kPanelWidth, 0.0F);
      panels += kPanelWidth;
    }
  }
}

void pack_transposed_panels(tensor::MatrixView<const float> b, float* panels) {
  // Four columns of b at a time, so that each cache line of it is read four floats deep rather than
  // one.
  constexpr std::size_t kStep = 4;
  const std::size_t depth = b.cols();
  for (std::size_t first = 0; first < b.rows(); first += kPanelWidth) {
    const std::size_t width = std::min(kPanelWidth, b.rows() - first);
    if (width < kPanelWidth) std::fill(panels, panels + depth * kPanelWidth, 0.0F);
    for (std::size_t k = 0; k < depth; k += kStep) {
      const std::size_t steps = std::min(kStep, depth - k);
      for (std::size_t j = 0; j < width; ++j) {
        const float* source = b.row_data(first + j) + k;
        for (std::size_t s = 0; s < steps; ++s) panels[(k + s) * kPanelWidth + j] = source[s];
      }
    }
    panels += depth * kPanelWidth;
  }
}

}  // namespace undertone::encoder
