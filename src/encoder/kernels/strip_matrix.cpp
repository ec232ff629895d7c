#include "encoder/kernels/strip_matrix.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "encoder/kernels/kernel_table.hpp"
#include "encoder/kernels/strip_kernels.hpp"

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
  StripMatrix(PackedPanels panels, InstructionSet isa)
      : PackedMatrix(panels.k(), panels.n()),
        kernels_(strip_kernels_for(panels.precision(), isa)),
        lanes_(lanes_of(panels.k(), panels.precision())),
        panels_(std::move(panels)) {}

  const PackedPanels* panels() const noexcept override { return &panels_; }

  void multiply(MatrixView<const float> a, MatrixView<float> c, const Epilogue& epilogue,
                ThreadPool* pool) const override {
    thread_local RowBuffers buffers;
    const std::size_t strip = kernels_.strip_rows;
    const std::size_t chunk = kChunkRows / strip * strip;
    for (std::size_t first = 0; first < c.rows(); first += chunk) {
      const std::size_t rows = std::min(chunk, c.rows() - first);
      const PackedRows packed =
          reserve_rows(buffers, rows, PackedMatrix::rows(), panels_.precision());
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
                           .panels = panels_.panels().data() + column * lanes_,
                           .m = part.rows,
                           .n = part.columns,
                           .lanes = lanes_,
                           .column_scales = at(panels_.scales(), column),
                           .column_sums = at(panels_.sums(), column),
                           .c = c.row_data(first + part.first_row) + column,
                           .c_stride = c.stride(),
                           .bias = epilogue.bias.empty() ? nullptr : epilogue.bias.data() + column,
                           .accumulate = epilogue.accumulate,
                           .gelu = epilogue.activation == Activation::kGelu});
      });
    }
  }

 private:
  template <class T>
  static const T* at(std::span<const T> values, std::size_t column) {
    return values.empty() ? nullptr : values.data() + column;
  }

  StripKernels kernels_;
  std::size_t lanes_;
  PackedPanels panels_;
};

}  // namespace

std::unique_ptr<const PackedMatrix> make_strip_matrix(PackedPanels panels, InstructionSet isa) {
  return std::make_unique<StripMatrix>(std::move(panels), isa);
}

}  // namespace undertone::encoder
