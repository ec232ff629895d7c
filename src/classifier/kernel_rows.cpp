#include "classifier/kernel_rows.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <utility>

namespace undertone::classifier {

namespace {

constexpr std::size_t kMinRows = 3;

}  // namespace

void RowCache::reset(std::size_t keys, std::size_t row_length, std::size_t bytes) {
  row_length_ = row_length;
  const std::size_t rows =
      std::max(kMinRows, bytes / sizeof(float) / std::max<std::size_t>(row_length, 1));
  const std::size_t slots = std::min(std::max(keys, kMinRows), rows);
  memory_.reserve_discarding(slots * row_length);
  slot_of_.assign(keys, kNone);
  key_of_.assign(slots, kNone);
  used_at_.assign(slots, 0);
  used_ = 0;
}

void RowCache::forget_rows() {
  std::fill(slot_of_.begin(), slot_of_.end(), kNone);
  std::fill(key_of_.begin(), key_of_.end(), kNone);
  used_ = 0;
}

float* RowCache::find(std::size_t key) noexcept {
  const std::uint32_t slot = slot_of_[key];
  if (slot == kNone) return nullptr;
  used_at_[slot] = ++clock_;
  return memory_.data() + slot * row_length_;
}

float* RowCache::insert(std::size_t key) noexcept {
  std::size_t slot = used_;
  if (slot < key_of_.size()) {
    ++used_;
  } else {
    slot = static_cast<std::size_t>(std::min_element(used_at_.begin(), used_at_.end()) -
                                    used_at_.begin());
    slot_of_[key_of_[slot]] = kNone;
  }
  slot_of_[key] = static_cast<std::uint32_t>(slot);
  key_of_[slot] = static_cast<std::uint32_t>(key);
  used_at_[slot] = ++clock_;
  return memory_.data() + slot * row_length_;
}

KernelRows::KernelRows(const TrainingKernel& kernel, std::span<const std::size_t> samples,
                       std::size_t bytes, KernelRowsMemory& memory)
    : kernel_(kernel),
      samples_(samples),
      memory_(memory),
      active_(samples.size()),
      sample_at_(samples.size()),
      column_at_(samples.size()) {
  std::iota(sample_at_.begin(), sample_at_.end(), 0U);
  memory_.ordered.reset(samples.size(), samples.size(), bytes);
  if (kernel.is_matrix()) {
    std::transform(samples.begin(), samples.end(), column_at_.begin(),
                   [](std::size_t sample) { return static_cast<unsigned>(sample); });
  } else {
    column_at_ = sample_at_;
    columns_ = kernel.columns(samples);
    memory_.computed.reset(samples.size(), samples.size(), bytes);
  }
}

const float* KernelRows::source(std::size_t sample) {
  if (kernel_.is_matrix()) return kernel_.row(samples_[sample]);
  if (const float* row = memory_.computed.find(sample)) return row;
  float* row = memory_.computed.insert(sample);
  kernel_.compute_row(samples_[sample], *columns_, row, memory_.scratch);
  return row;
}

const float* KernelRows::active_row(std::size_t position) {
  const std::size_t sample = sample_at_[position];
  if (const float* row = memory_.ordered.find(sample)) return row;
  float* row = memory_.ordered.insert(sample);
  vector_kernels().gather(source(sample), column_at_.data(), row, active_);
  return row;
}

const float* KernelRows::whole_row(std::size_t position) {
  if (active_ == size()) return active_row(position);
  whole_.resize(size());
  vector_kernels().gather(source(sample_at_[position]), column_at_.data(), whole_.data(), size());
  return whole_.data();
}

void KernelRows::exchange(std::size_t a, std::size_t b) noexcept {
  std::swap(sample_at_[a], sample_at_[b]);
  std::swap(column_at_[a], column_at_[b]);
  order_changed_ = true;
}

void KernelRows::set_active(std::size_t count) {
  assert(count <= size());
  // A shorter row in the old order is the beginning of the longer one: only what is longer or in
  // another order has to be fetched again.
  if (order_changed_ || count > active_) memory_.ordered.forget_rows();
  order_changed_ = false;
  active_ = count;
}

}  // namespace undertone::classifier
