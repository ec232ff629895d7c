#include "encoder/training_signs.hpp"

#include <algorithm>

namespace undertone::encoder {
namespace {

constexpr std::size_t kMostRows = 64;
constexpr std::size_t kLeastSize = 16;     // of a matrix that tells something
constexpr std::size_t kLeastMatrices = 4;  // before anything is said of them
constexpr double kMostOfDraws = 2.0;

// How much the values vary around their mean, relative to it: population variance / mean².
double relative_variance(const std::vector<double>& values) {
  double mean = 0;
  for (const double value : values) mean += value / static_cast<double>(values.size());
  double variance = 0;
  for (const double value : values) {
    variance += (value - mean) * (value - mean) / static_cast<double>(values.size() - 1);
  }
  return mean > 0 ? variance / (mean * mean) : 0;
}

}  // namespace

TrainingSigns::Tensor::Tensor(std::string_view name, std::span<const std::size_t> shape) {
  if (!name.starts_with("encoder.layers.")) return;
  if (shape.size() == 1) {
    if (name.ends_with("norm.weight")) kind_ = Kind::kNorm;
    if (name.ends_with(".bias")) kind_ = Kind::kBias;
    return;
  }
  if (shape.size() != 2 || shape[0] < kLeastSize || shape[1] < kLeastSize) return;
  kind_ = Kind::kMatrix;
  rows_ = shape[0];
  of_row_.resize(std::min(rows_, kMostRows));
  of_column_.resize(shape[1]);
}

void TrainingSigns::Tensor::add(std::span<const float> values) {
  if (kind_ == Kind::kNorm || kind_ == Kind::kBias) {
    const float initial = kind_ == Kind::kNorm ? 1.0F : 0.0F;
    const auto fresh = static_cast<std::size_t>(std::count(values.begin(), values.end(), initial));
    fresh_ += fresh;
    moved_ += values.size() - fresh;
  } else if (kind_ == Kind::kMatrix) {
    const std::size_t columns = of_column_.size();
    for (; !values.empty(); values = values.subspan(columns), ++next_) {
      if (looked_at_ == of_row_.size() || next_ != looked_at_ * rows_ / of_row_.size()) continue;
      add_row(values.first(columns));
    }
  }
}

void TrainingSigns::Tensor::add_row(std::span<const float> row) {
  double& length = of_row_[looked_at_++];
  for (std::size_t c = 0; c < row.size(); ++c) {
    const double square = static_cast<double>(row[c]) * static_cast<double>(row[c]);
    length += square;
    of_column_[c] += square;
    fourths_ += square * square;
  }
  squares_ += length;
}

void TrainingSigns::add(const Tensor& tensor) {
  const double rows = static_cast<double>(tensor.of_row_.size());
  const double columns = static_cast<double>(tensor.of_column_.size());
  const double squares = tensor.squares_;
  const double spread =
      squares > 0 ? tensor.fourths_ * (rows * columns) / (squares * squares) - 1 : 0;  // κ - 1
  const std::lock_guard lock(mutex_);
  fresh_ += tensor.fresh_;
  moved_ += tensor.moved_;
  if (!(spread > 0)) return;
  ++matrices_;
  rows_ += relative_variance(tensor.of_row_) * columns / spread;
  columns_ += relative_variance(tensor.of_column_) * rows / spread;
}

double TrainingSigns::row_dispersion() const {
  const std::lock_guard lock(mutex_);
  return matrices_ == 0 ? 0 : rows_ / static_cast<double>(matrices_);
}

double TrainingSigns::column_dispersion() const {
  const std::lock_guard lock(mutex_);
  return matrices_ == 0 ? 0 : columns_ / static_cast<double>(matrices_);
}

std::string TrainingSigns::doubt() const {
  const double of_rows = row_dispersion();
  const double of_columns = column_dispersion();
  const std::lock_guard lock(mutex_);
  if (fresh_ > 0 && moved_ == 0) {
    return "looks untrained: its norms and biases are as they were initialised";
  }
  if (matrices_ >= kLeastMatrices && of_rows <= kMostOfDraws && of_columns <= kMostOfDraws) {
    return "looks untrained: its weights look like independent random draws";
  }
  return {};
}

}  // namespace undertone::encoder
