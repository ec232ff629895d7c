#include "classifier/training_kernel.hpp"

#include <algorithm>
#include <utility>

namespace undertone::classifier {

namespace {

// Rows and columns of one piece of the matrix: its double-precision values stay in the cache.
constexpr std::size_t kTileRows = 64;
constexpr std::size_t kTileColumns = 256;

}  // namespace

bool TrainingKernel::fits(std::size_t samples, std::size_t bytes) {
  return samples <= bytes / sizeof(float) / std::max<std::size_t>(samples, 1);
}

TrainingKernel::TrainingKernel(tensor::MatrixView<const double> x,
                               std::span<const std::size_t> members, double gamma,
                               std::size_t bytes, ThreadPool* threads)
    : gamma_(gamma), samples_(members.size(), x.cols()), norms_(members.size()) {
  for (std::size_t i = 0; i < members.size(); ++i) {
    std::copy_n(x.row_data(members[i]), x.cols(), samples_.row(i).data());
    norms_[i] = squared_norm(std::as_const(samples_).row(i));
  }
  if (fits(members.size(), bytes)) fill_matrix(threads);
}

// The upper triangle in tiles of rows, and its mirror image. Rows of tiles get shorter as they go
// down, so threads that take them in order end at about the same time.
void TrainingKernel::fill_matrix(ThreadPool* threads) {
  const std::size_t n = size();
  matrix_ = tensor::AlignedBuffer<float>(n * n);
  const PackedRows packed(std::as_const(samples_).view());
  const VectorKernels& kernels = vector_kernels();
  const auto fill_rows = [&](std::size_t tile) {
    const std::size_t first = tile * kTileRows;
    const std::size_t rows = std::min(kTileRows, n - first);
    const auto block = std::as_const(samples_).view().rows_from(first, rows);
    tensor::AlignedBuffer<double> values(rows * kTileColumns);
    for (std::size_t begin = first; begin < n; begin += kTileColumns) {
      const std::size_t columns = std::min(kTileColumns, n - begin);
      packed.multiply(block, begin, columns, values.data(), kTileColumns);
      for (std::size_t r = 0; r < rows; ++r) {
        double* of_row = values.data() + r * kTileColumns;
        kernels.gaussian(of_row, norms_.data() + begin, norms_[first + r], gamma_, columns);
        float* to = matrix_.data() + (first + r) * n + begin;
        for (std::size_t c = 0; c < columns; ++c) to[c] = static_cast<float>(of_row[c]);
      }
      // Several rows at a time, so that each line of the mirror image is written once.
      for (std::size_t c = 0; c < columns; ++c) {
        float* to = matrix_.data() + (begin + c) * n + first;
        for (std::size_t r = 0; r < rows; ++r) {
          to[r] = static_cast<float>(values[r * kTileColumns + c]);
        }
      }
    }
  };
  const std::size_t tiles = (n + kTileRows - 1) / kTileRows;
  if (threads != nullptr) {
    threads->parallel_for(tiles, fill_rows);
  } else {
    for (std::size_t tile = 0; tile < tiles; ++tile) fill_rows(tile);
  }
}

TrainingKernel::Columns TrainingKernel::columns(std::span<const std::size_t> samples) const {
  tensor::Matrix<double> rows(samples.size(), samples_.cols());
  Columns columns;
  for (std::size_t k = 0; k < samples.size(); ++k) {
    std::copy_n(samples_.row(samples[k]).data(), samples_.cols(), rows.row(k).data());
    columns.norms.push_back(norms_[samples[k]]);
  }
  columns.rows = PackedRows(std::as_const(rows).view());
  return columns;
}

void TrainingKernel::compute_row(std::size_t i, const Columns& columns, float* values,
                                 tensor::AlignedBuffer<double>& scratch) const {
  scratch.reserve_discarding(columns.rows.padded_count());
  columns.rows.multiply(samples_.view().rows_from(i, 1), scratch.data(), scratch.size());
  const std::size_t n = columns.rows.count();
  vector_kernels().gaussian(scratch.data(), columns.norms.data(), norms_[i], gamma_, n);
  for (std::size_t k = 0; k < n; ++k) values[k] = static_cast<float>(scratch[k]);
}

}  // namespace undertone::classifier
