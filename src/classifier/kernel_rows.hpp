// Rows of the kernel among the samples of one training problem, in whatever order its solver has
// brought them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "classifier/training_kernel.hpp"
#include "tensor/matrix.hpp"

namespace undertone::classifier {

// Rows of equal length under the numbers 0 .. keys - 1, of which the least recently used give way.
// Keeps its memory from one problem to the next. Not thread-safe.
class RowCache {
 public:
  // Forgets everything; room for `bytes`, but for at least three rows and at most `keys`.
  void reset(std::size_t keys, std::size_t row_length, std::size_t bytes);
  void forget_rows();

  // The row, or null. What find and insert gave stays where it is until two further rows have been
  // inserted.
  float* find(std::size_t key) noexcept;
  // Room for a row that is not there. REQUIRES: find(key) is null.
  float* insert(std::size_t key) noexcept;

 private:
  static constexpr std::uint32_t kNone = static_cast<std::uint32_t>(-1);

  std::size_t row_length_ = 0;
  std::size_t used_ = 0;
  std::uint64_t clock_ = 0;
  std::vector<std::uint32_t> slot_of_;   // [keys]
  std::vector<std::uint32_t> key_of_;    // [slots]
  std::vector<std::uint64_t> used_at_;   // [slots]
  tensor::AlignedBuffer<float> memory_;  // [slots, row_length]
};

// What a solver keeps between problems so that memory is not asked of the system for each. Not
// thread-safe.
struct KernelRowsMemory {
  RowCache ordered;
  RowCache computed;
  tensor::AlignedBuffer<double> scratch;
};

// The rows of `samples` (numbers of the kernel). Positions are where the solver has put a sample;
// at first position k holds sample k. Borrows the kernel and the memory. Not thread-safe.
class KernelRows {
 public:
  // `bytes` bounds each of the two caches: of rows in the present order, and of rows that had to be
  // computed because the kernel is no matrix.
  KernelRows(const TrainingKernel& kernel, std::span<const std::size_t> samples, std::size_t bytes,
             KernelRowsMemory& memory);

  std::size_t size() const noexcept { return sample_at_.size(); }

  // Positions below active() are the solver's active set; all at first.
  std::size_t active() const noexcept { return active_; }

  // K between the sample at `position` and those at all active positions. Stays valid while two
  // further rows are asked for.
  const float* active_row(std::size_t position);
  // The same for all positions; valid until the next call of either.
  const float* whole_row(std::size_t position);

  // The samples at two positions change places. Rows handed out before are void.
  void exchange(std::size_t a, std::size_t b) noexcept;
  // Changes the active set. Rows handed out before are void.
  void set_active(std::size_t count);

 private:
  const float* source(std::size_t sample);

  const TrainingKernel& kernel_;
  std::span<const std::size_t> samples_;
  KernelRowsMemory& memory_;
  std::size_t active_;
  bool order_changed_ = false;
  std::vector<unsigned> sample_at_;  // position -> number in `samples`
  std::vector<unsigned> column_at_;  // position -> column of a source row
  std::optional<TrainingKernel::Columns> columns_;
  std::vector<float> whole_;
};

}  // namespace undertone::classifier
