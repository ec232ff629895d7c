#include "encoder/training_signs.hpp"

#include <algorithm>
#include <vector>

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

void TrainingSigns::add(std::string_view name, std::span<const std::size_t> shape,
                        std::span<const float> values) {
  if (!name.starts_with("encoder.layers.")) return;
  if (shape.size() == 1) {
    const float initial = name.ends_with("norm.weight") ? 1.0F : 0.0F;
    if (!name.ends_with("norm.weight") && !name.ends_with(".bias")) return;
    const auto fresh = static_cast<std::size_t>(std::count(values.begin(), values.end(), initial));
    const std::lock_guard lock(mutex_);
    fresh_ += fresh;
    moved_ += values.size() - fresh;
    return;
  }
  if (shape.size() != 2 || shape[0] < kLeastSize || shape[1] < kLeastSize) return;
  const std::size_t rows = std::min(shape[0], kMostRows);
  const std::size_t columns = shape[1];
  std::vector<double> of_row(rows, 0.0);
  std::vector<double> of_column(columns, 0.0);
  double squares = 0;
  double fourths = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    const float* row = values.data() + r * shape[0] / rows * columns;
    for (std::size_t c = 0; c < columns; ++c) {
      const double square = static_cast<double>(row[c]) * static_cast<double>(row[c]);
      of_row[r] += square;
      of_column[c] += square;
      fourths += square * square;
    }
    squares += of_row[r];
  }
  const double count = static_cast<double>(rows) * static_cast<double>(columns);
  const double spread = squares > 0 ? fourths * count / (squares * squares) - 1 : 0;  // κ - 1
  if (!(spread > 0)) return;
  const std::lock_guard lock(mutex_);
  ++matrices_;
  rows_ += relative_variance(of_row) * static_cast<double>(columns) / spread;
  columns_ += relative_variance(of_column) * static_cast<double>(rows) / spread;
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
