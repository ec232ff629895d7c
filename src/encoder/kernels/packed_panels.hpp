// A matrix in the form that the native kernels of every instruction set read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "common/function_ref.hpp"
#include "encoder/kernels/precision.hpp"
#include "tensor/matrix.hpp"

namespace undertone::encoder {

// Counts the changes of that form: of files that hold it.
inline constexpr int kPanelLayout = 1;

// Gives a matrix [n, k] from its first row to its last: the next `count` rows, which stay valid
// until it is called again. `count` is kBandRows, or the rest.
using NextRows = FunctionRef<tensor::MatrixView<const float>(std::size_t count)>;
inline constexpr std::size_t kBandRows = 16;

// b [k, n] in panels of sixteen columns (see StripProduct), in one precision, with what kInt8 needs
// beside them. Owns the panels or borrows them. Immutable, movable.
class PackedPanels {
 public:
  // The transpose of `weights` [n, k]. Throws Error(kModelUnsupported) for more inputs than kInt8
  // can sum.
  PackedPanels(tensor::MatrixView<const float> weights, Precision precision);

  // The same of weights that need not be in memory all at once.
  PackedPanels(std::size_t k, std::size_t n, Precision precision, NextRows next);

  // Borrows `panels`, 64-byte aligned, panel_lanes(k, n, precision) of them. Of kInt8 `scales` and
  // `sums` are [n], else empty. Throws Error(kModelUnsupported) as above.
  PackedPanels(std::size_t k, std::size_t n, Precision precision,
               std::span<const std::uint32_t> panels, std::vector<float> scales,
               std::vector<std::int32_t> sums);

  PackedPanels(PackedPanels&&) noexcept = default;
  PackedPanels& operator=(PackedPanels&&) noexcept = default;

  std::size_t k() const noexcept { return k_; }
  std::size_t n() const noexcept { return n_; }
  Precision precision() const noexcept { return precision_; }

  std::span<const std::uint32_t> panels() const noexcept { return panels_; }
  // Of kInt8, [n] each: b = scale · byte, and the sum of a column's bytes.
  std::span<const float> scales() const noexcept { return scales_; }
  std::span<const std::int32_t> sums() const noexcept { return sums_; }

  // Of kF32: the weights [n, k] again, to the bit.
  tensor::Matrix<float> unpacked() const;

 private:
  void require_depth() const;
  void pack_bytes(tensor::MatrixView<const float> band, std::size_t first, std::uint32_t* panel);

  std::size_t k_;
  std::size_t n_;
  Precision precision_;
  tensor::AlignedBuffer<std::uint32_t> owned_;
  std::span<const std::uint32_t> panels_;
  std::vector<float> scales_;
  std::vector<std::int32_t> sums_;
};

// Lanes in all panels of a matrix [k, n].
std::size_t panel_lanes(std::size_t k, std::size_t n, Precision precision);

}  // namespace undertone::encoder
