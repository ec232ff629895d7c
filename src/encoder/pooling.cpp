#include "encoder/pooling.hpp"

namespace undertone::encoder {

void MeanPool::add(tensor::MatrixView<const float> frames) {
  for (std::size_t t = 0; t < frames.rows(); ++t) {
    const float* frame = frames.row_data(t);
    for (std::size_t i = 0; i < sums_.size(); ++i) sums_[i] += static_cast<double>(frame[i]);
  }
  frames_ += frames.rows();
}

std::vector<float> MeanPool::mean() const {
  std::vector<float> result(sums_.size(), 0.0F);
  if (frames_ == 0) return result;
  for (std::size_t i = 0; i < sums_.size(); ++i) {
    result[i] = static_cast<float>(sums_[i] / static_cast<double>(frames_));
  }
  return result;
}

}  // namespace undertone::encoder
