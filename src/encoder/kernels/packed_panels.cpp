#include "encoder/kernels/packed_panels.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <utility>

#include <undertone/error.hpp>

#include "encoder/kernels/kernel_table.hpp"
#include "encoder/kernels/panels.hpp"
#include "encoder/kernels/strip_kernels.hpp"
#include "tensor/float_formats.hpp"

namespace undertone::encoder {
namespace {

using tensor::MatrixView;

// Lanes of a column that are converted at once.
constexpr std::size_t kTileLanes = 16;

// The panel of the columns that `band` has as rows: values are converted by convert(column, value),
// tile by tile, so that lines of the cache are read and written whole.
template <class Value, class Convert>
void pack_panel(MatrixView<const float> band, std::size_t lanes, std::uint32_t* panel,
                Convert convert) {
  constexpr std::size_t kValues = sizeof(std::uint32_t) / sizeof(Value);
  const std::size_t width = band.rows();
  if (width < kPanelWidth) std::fill(panel, panel + lanes * kPanelWidth, 0U);
  for (std::size_t lane = 0; lane < lanes; lane += kTileLanes) {
    const std::size_t tile = std::min(kTileLanes, lanes - lane);
    const std::size_t begin = lane * kValues;
    const std::size_t count = std::min(kTileLanes * kValues, band.cols() - begin);
    for (std::size_t j = 0; j < width; ++j) {
      const float* source = band.row_data(j) + begin;
      std::array<Value, kTileLanes * kValues> converted{};
      for (std::size_t i = 0; i < count; ++i) converted[i] = convert(j, source[i]);
      const auto column = std::bit_cast<std::array<std::uint32_t, kTileLanes>>(converted);
      std::uint32_t* target = panel + lane * kPanelWidth + j;
      for (std::size_t i = 0; i < tile; ++i) target[i * kPanelWidth] = column[i];
    }
  }
}

// By the bits, which have the order of the numbers, since compilers vectorise that.
float largest_magnitude(std::span<const float> values) {
  std::int32_t largest = 0;
  for (const float value : values) {
    largest = std::max(largest, std::bit_cast<std::int32_t>(value) & 0x7FFFFFFF);
  }
  return std::bit_cast<float>(largest);
}

// To the nearest whole number, ties to even, of |value| < 2²²: as std::nearbyint, without a call.
float rounded(float value) {
  constexpr float kShift = 12582912.0F;  // 1.5 · 2²³: no fraction is left beside it
  return (value + kShift) - kShift;
}

}  // namespace

std::size_t panel_lanes(std::size_t k, std::size_t n, Precision precision) {
  return panel_floats(lanes_of(k, precision), n);
}

static_assert(kBandRows == kPanelWidth, "a band is packed into one panel");

PackedPanels::PackedPanels(MatrixView<const float> weights, Precision precision)
    : PackedPanels(weights.cols(), weights.rows(), precision,
                   [&, first = std::size_t{0}](std::size_t count) mutable {
                     return weights.rows_from(std::exchange(first, first + count), count);
                   }) {}

PackedPanels::PackedPanels(std::size_t k, std::size_t n, Precision precision, NextRows next)
    : k_(k), n_(n), precision_(precision) {
  require_depth();
  owned_ = tensor::AlignedBuffer<std::uint32_t>(panel_lanes(k_, n_, precision));
  panels_ = owned_.span();
  const std::size_t lanes = lanes_of(k_, precision);
  if (precision == Precision::kInt8) {
    scales_.resize(n_);
    sums_.resize(n_);
  }
  for (std::size_t first = 0; first < n_; first += kPanelWidth) {
    const MatrixView<const float> band = next(std::min(kPanelWidth, n_ - first));
    std::uint32_t* panel = owned_.data() + first * lanes;
    switch (precision) {
      case Precision::kF32:
        pack_transposed_panels(band, reinterpret_cast<float*>(panel));
        break;
      case Precision::kBf16:
        pack_panel<std::uint16_t>(band, lanes, panel, [](std::size_t /*column*/, float value) {
          return tensor::bfloat16_from_float(value);
        });
        break;
      case Precision::kInt8:
        pack_bytes(band, first, panel);
    }
  }
}

PackedPanels::PackedPanels(std::size_t k, std::size_t n, Precision precision,
                           std::span<const std::uint32_t> panels, std::vector<float> scales,
                           std::vector<std::int32_t> sums)
    : k_(k),
      n_(n),
      precision_(precision),
      panels_(panels),
      scales_(std::move(scales)),
      sums_(std::move(sums)) {
  require_depth();
}

void PackedPanels::require_depth() const {
  if (precision_ != Precision::kInt8 || k_ <= kLargestInt8Depth) return;
  throw Error(
      ErrorCode::kModelUnsupported,
      fmt::format("a layer of {} inputs; in int8 sums are of {} at most", k_, kLargestInt8Depth),
      "Use f32 or bf16.");
}

// The largest weight of a column becomes ±127.
void PackedPanels::pack_bytes(MatrixView<const float> band, std::size_t first,
                              std::uint32_t* panel) {
  std::array<float, kPanelWidth> inverse{};
  for (std::size_t j = 0; j < band.rows(); ++j) {
    const float largest = largest_magnitude(band.row(j));
    // Of a column that is next to nothing, nothing is left.
    const float steps = 127.0F / largest;
    inverse[j] = std::isfinite(steps) ? steps : 0.0F;
    scales_[first + j] = largest / 127.0F;
  }
  std::array<std::int32_t, kPanelWidth> sums{};
  pack_panel<std::int8_t>(
      band, lanes_of(k_, Precision::kInt8), panel, [&](std::size_t j, float weight) {
        const float byte = std::clamp(rounded(weight * inverse[j]), -127.0F, 127.0F);
        sums[j] += static_cast<std::int32_t>(byte);
        return static_cast<std::int8_t>(byte);
      });
  std::copy_n(sums.begin(), band.rows(), sums_.begin() + static_cast<std::ptrdiff_t>(first));
}

tensor::Matrix<float> PackedPanels::unpacked() const {
  tensor::Matrix<float> weights(n_, k_);
  for (std::size_t column = 0; column < n_; ++column) {
    const std::uint32_t* source =
        panels_.data() + column / kPanelWidth * k_ * kPanelWidth + column % kPanelWidth;
    for (std::size_t k = 0; k < k_; ++k) {
      std::memcpy(&weights(column, k), source + k * kPanelWidth, sizeof(float));
    }
  }
  return weights;
}

}  // namespace undertone::encoder
