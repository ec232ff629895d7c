// Frames to one embedding.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "tensor/matrix.hpp"

namespace undertone::encoder {

// The mean over the frames of one or several windows of a recording, each frame weighing the same.
// Sums in double precision in the order of the frames. Not thread-safe.
class MeanPool {
 public:
  explicit MeanPool(std::size_t dimension) : sums_(dimension, 0.0) {}

  // frames: [count, dimension].
  void add(tensor::MatrixView<const float> frames);

  std::size_t frames() const noexcept { return frames_; }

  // [dimension]; zeros before any frame was added.
  std::vector<float> mean() const;

 private:
  std::vector<double> sums_;
  std::size_t frames_ = 0;
};

}  // namespace undertone::encoder
