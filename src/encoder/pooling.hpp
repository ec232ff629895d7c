// Frames to one embedding.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "tensor/matrix.hpp"

namespace undertone::encoder {

enum class Pooling {
  kMean,     // [D]: the mean over the frames
  kMeanStd,  // [2 D]: the mean, then the population standard deviation over the frames
};

// The name that embeddings and bundles record: "mean", "mean+std".
std::string_view to_string(Pooling pooling);
// The pooling of that name, or none.
std::optional<Pooling> find_pooling(std::string_view name);

// How many values the pooling makes of frames of `dimension` values.
constexpr std::size_t pooled_size(Pooling pooling, std::size_t dimension) {
  return pooling == Pooling::kMeanStd ? 2 * dimension : dimension;
}

// Statistics over the frames of one or several windows of a recording, each frame weighing the
// same. In double precision, in the order of the frames. Squared deviations are taken about each
// window's mean, corrected for its rounding, and windows are merged by the difference of their
// means (Chan, Golub, LeVeque 1983: "Algorithms for Computing the Sample Variance"), so that large
// means cost no digits. Not thread-safe.
class FramePool {
 public:
  FramePool(Pooling pooling, std::size_t dimension);

  // frames: [count, dimension].
  void add(tensor::MatrixView<const float> frames);

  std::size_t frames() const noexcept { return frames_; }

  // Writes pooled_size() values; zeros before any frame was added.
  void write(std::span<float> out) const;
  std::vector<float> values() const;

 private:
  void add_deviations(tensor::MatrixView<const float> frames);

  Pooling pooling_;
  std::vector<double> sums_;
  std::vector<double> squares_;  // squared deviations from the mean; empty for kMean
  std::vector<double> scratch_;  // of the window at hand: its mean, deviations and their squares
  std::size_t frames_ = 0;
};

}  // namespace undertone::encoder
