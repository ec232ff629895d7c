#include "encoder/kernels/strip_matrix.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <vector>

#include <undertone/error.hpp>

#include "encoder/kernels/kernel_table.hpp"
#include "encoder/kernels/panels.hpp"
#include "encoder/kernels/strip_kernels.hpp"
#include "tensor/float_formats.hpp"

namespace undertone::encoder {
namespace {

using tensor::AlignedBuffer;
using tensor::MatrixView;

// Rows that are packed at once, rounded down to whole strips: of ten seconds' frames all. Bounds
// the memory for packed rows.
constexpr std::size_t kChunkRows = 512;

// Values of a above which packing is shared out: below, threads would wait for each other longer
// than packing takes.
constexpr std::size_t kSharedPacking = std::size_t{1} << 18;

// Memory for packed rows, kept by each thread that multiplies.
struct RowBuffers {
  AlignedBuffer<std::uint32_t> lanes;
  AlignedBuffer<float> scales;
  AlignedBuffer<std::int32_t> zero_points;
};

PackedRows reserve_rows(RowBuffers& buffers, std::size_t rows, std::size_t k, Precision precision) {
  buffers.lanes.reserve_discarding(packed_lanes(rows, k, precision));
  if (precision != Precision::kInt8) return {.lanes = buffers.lanes.data(), .capacity = rows};
  buffers.scales.reserve_discarding(rows);
  buffers.zero_points.reserve_discarding(rows);
  return {.lanes = buffers.lanes.data(),
          .capacity = rows,
          .scales = buffers.scales.data(),
          .zero_points = buffers.zero_points.data()};
}

class StripMatrix final : public PackedMatrix {
 public:
  StripMatrix(MatrixView<const float> weights, Precision precision, InstructionSet isa)
      : PackedMatrix(weights.cols(), weights.rows()),
        precision_(precision),
        kernels_(strip_kernels_for(precision, isa)),
        lanes_(lanes_of(weights.cols(), precision)),
        panels_(panel_floats(lanes_, weights.rows())) {
    switch (precision) {
      case Precision::kF32:
        pack_transposed_panels(weights, reinterpret_cast<float*>(panels_.data()));
        break;
      case Precision::kBf16:
        for (std::size_t column = 0; column < cols(); ++column) {
          pack_column<std::uint16_t>(column, weights.row_data(column), tensor::bfloat16_from_float);
        }
        break;
      case Precision::kInt8:
        pack_bytes(weights);
    }
    clear_missing_columns();
  }

  void multiply(MatrixView<const float> a, MatrixView<float> c, const Epilogue& epilogue,
                ThreadPool* pool) const override {
    thread_local RowBuffers buffers;
    const std::size_t strip = kernels_.strip_rows;
    const std::size_t chunk = kChunkRows / strip * strip;
    for (std::size_t first = 0; first < c.rows(); first += chunk) {
      const std::size_t rows = std::min(chunk, c.rows() - first);
      const PackedRows packed = reserve_rows(buffers, rows, PackedMatrix::rows(), precision_);
      const auto pack = [&](std::size_t row, std::size_t count) {
        kernels_.pack({.a = a.row_data(first + row),
                       .stride = a.stride(),
                       .rows = count,
                       .k = PackedMatrix::rows(),
                       .target = packed.from(row)});
      };
      if (pool == nullptr || rows * PackedMatrix::rows() < kSharedPacking) {
        pack(0, rows);
      } else {
        pool->parallel_for((rows + strip - 1) / strip, [&](std::size_t i) {
          pack(i * strip, std::min(strip, rows - i * strip));
        });
      }
      for_each_part(rows, cols(), strip, 2 * kPanelWidth, pool, [&](const ProductPart& part) {
        const std::size_t column = part.first_column;
        kernels_.multiply({.a = packed.from(part.first_row),
                           .panels = panels_.data() + column * lanes_,
                           .m = part.rows,
                           .n = part.columns,
                           .lanes = lanes_,
                           .column_scales = scales_.empty() ? nullptr : scales_.data() + column,
                           .column_sums = sums_.empty() ? nullptr : sums_.data() + column,
                           .c = c.row_data(first + part.first_row) + column,
                           .c_stride = c.stride(),
                           .bias = epilogue.bias.empty() ? nullptr : epilogue.bias.data() + column,
                           .accumulate = epilogue.accumulate,
                           .gelu = epilogue.activation == Activation::kGelu});
      });
    }
  }

 private:
  // Column `column` of the panels from values along k.
  template <class Value, class Convert>
  void pack_column(std::size_t column, const float* values, Convert convert) {
    constexpr std::size_t kValues = sizeof(std::uint32_t) / sizeof(Value);
    std::uint32_t* target =
        panels_.data() + column / kPanelWidth * lanes_ * kPanelWidth + column % kPanelWidth;
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      Value parts[kValues] = {};
      for (std::size_t i = 0; i < kValues && lane * kValues + i < rows(); ++i)
        parts[i] = convert(values[lane * kValues + i]);
      std::memcpy(target + lane * kPanelWidth, parts, sizeof parts);
    }
  }

  // The largest weight of a column becomes ±127.
  void pack_bytes(MatrixView<const float> weights) {
    scales_.resize(cols());
    sums_.resize(cols());
    for (std::size_t column = 0; column < cols(); ++column) {
      float largest = 0.0F;
      for (const float weight : weights.row(column)) largest = std::max(largest, std::fabs(weight));
      const float inverse = largest > 0.0F ? 127.0F / largest : 0.0F;
      std::int32_t sum = 0;
      pack_column<std::int8_t>(column, weights.row_data(column), [&](float weight) {
        const float byte = std::clamp(std::nearbyint(weight * inverse), -127.0F, 127.0F);
        sum += static_cast<std::int32_t>(byte);
        return static_cast<std::int8_t>(byte);
      });
      scales_[column] = largest / 127.0F;
      sums_[column] = sum;
    }
  }

  void clear_missing_columns() {
    const std::size_t width = cols() % kPanelWidth;
    if (width == 0) return;
    std::uint32_t* panel = panels_.data() + cols() / kPanelWidth * lanes_ * kPanelWidth;
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      std::fill(panel + lane * kPanelWidth + width, panel + (lane + 1) * kPanelWidth, 0U);
    }
  }

  Precision precision_;
  StripKernels kernels_;
  std::size_t lanes_;
  AlignedBuffer<std::uint32_t> panels_;
  std::vector<float> scales_;       // of kInt8, [n]
  std::vector<std::int32_t> sums_;  // of kInt8, [n]
};

}  // namespace

std::unique_ptr<const PackedMatrix> make_strip_matrix(MatrixView<const float> weights,
                                                      Precision precision, InstructionSet isa) {
  if (precision == Precision::kInt8 && weights.cols() > kLargestInt8Depth) {
    throw Error(ErrorCode::kModelUnsupported,
                fmt::format("a layer of {} inputs; in int8 sums are of {} at most", weights.cols(),
                            kLargestInt8Depth),
                "Use f32 or bf16.");
  }
  return std::make_unique<StripMatrix>(weights, precision, isa);
}

}  // namespace undertone::encoder
