#include "encoder/pooling.hpp"

#include <algorithm>
#include <cmath>

namespace undertone::encoder {

std::string_view to_string(Pooling pooling) {
  return pooling == Pooling::kMeanStd ? "mean+std" : "mean";
}

std::optional<Pooling> find_pooling(std::string_view name) {
  for (const Pooling pooling : {Pooling::kMean, Pooling::kMeanStd}) {
    if (to_string(pooling) == name) return pooling;
  }
  return std::nullopt;
}

FramePool::FramePool(Pooling pooling, std::size_t dimension)
    : pooling_(pooling), sums_(dimension, 0.0) {
  if (pooling == Pooling::kMeanStd) {
    squares_.assign(dimension, 0.0);
    scratch_.resize(3 * dimension);
  }
}

void FramePool::add(tensor::MatrixView<const float> frames) {
  if (frames.rows() == 0) return;
  if (pooling_ == Pooling::kMeanStd) add_deviations(frames);
  for (std::size_t t = 0; t < frames.rows(); ++t) {
    const float* frame = frames.row_data(t);
    for (std::size_t i = 0; i < sums_.size(); ++i) sums_[i] += static_cast<double>(frame[i]);
  }
  frames_ += frames.rows();
}

// Before the frames' sums are added: sums_ and frames_ are those of the windows before.
void FramePool::add_deviations(tensor::MatrixView<const float> frames) {
  const std::size_t dimension = sums_.size();
  const auto count = static_cast<double>(frames.rows());
  std::fill(scratch_.begin(), scratch_.end(), 0.0);
  double* const mean = scratch_.data();
  double* const deviations = mean + dimension;
  double* const squares = deviations + dimension;
  for (std::size_t t = 0; t < frames.rows(); ++t) {
    const float* frame = frames.row_data(t);
    for (std::size_t i = 0; i < dimension; ++i) mean[i] += static_cast<double>(frame[i]);
  }
  for (std::size_t i = 0; i < dimension; ++i) mean[i] /= count;
  for (std::size_t t = 0; t < frames.rows(); ++t) {
    const float* frame = frames.row_data(t);
    for (std::size_t i = 0; i < dimension; ++i) {
      const double deviation = static_cast<double>(frame[i]) - mean[i];
      deviations[i] += deviation;
      squares[i] += deviation * deviation;
    }
  }
  const auto before = static_cast<double>(frames_);
  for (std::size_t i = 0; i < dimension; ++i) {
    squares_[i] += squares[i] - deviations[i] * deviations[i] / count;
    if (frames_ == 0) continue;
    const double apart = mean[i] - sums_[i] / before;
    squares_[i] += apart * apart * (before * count / (before + count));
  }
}

void FramePool::write(std::span<float> out) const {
  std::fill(out.begin(), out.end(), 0.0F);
  if (frames_ == 0) return;
  const auto count = static_cast<double>(frames_);
  for (std::size_t i = 0; i < sums_.size(); ++i) out[i] = static_cast<float>(sums_[i] / count);
  for (std::size_t i = 0; i < squares_.size(); ++i) {
    // std::max keeps a NaN only as its first argument.
    out[sums_.size() + i] = static_cast<float>(std::sqrt(std::max(squares_[i], 0.0) / count));
  }
}

std::vector<float> FramePool::values() const {
  std::vector<float> result(pooled_size(pooling_, sums_.size()));
  write(result);
  return result;
}

}  // namespace undertone::encoder
