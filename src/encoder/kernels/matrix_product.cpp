#include "encoder/kernels/matrix_product.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>

#include <undertone/error.hpp>

#include "encoder/kernels/kernel_table.hpp"
#include "encoder/kernels/strip_matrix.hpp"
#if defined(UNDERTONE_HAS_ONEDNN)
#include "encoder/kernels/onednn_matrix.hpp"
#endif

namespace undertone::encoder {
namespace {

using tensor::MatrixView;

class PanelMatrix final : public PackedMatrix {
 public:
  PanelMatrix(PackedPanels panels, InstructionSet isa)
      : PackedMatrix(panels.k(), panels.n()),
        kernels_(kernels_for(isa)),
        panels_(std::move(panels)) {}

  const PackedPanels* panels() const noexcept override { return &panels_; }

  void multiply(MatrixView<const float> a, MatrixView<float> c, const Epilogue& epilogue,
                ThreadPool* pool) const override {
    const auto* floats = reinterpret_cast<const float*>(panels_.panels().data());
    for_each_part(c.rows(), cols(), 1, kPanelWidth, pool, [&](const ProductPart& part) {
      const std::size_t column = part.first_column;
      kernels_.panel_product(
          {.a = a.row_data(part.first_row),
           .a_stride = a.stride(),
           .panels = floats + column * rows(),
           .c = c.row_data(part.first_row) + column,
           .c_stride = c.stride(),
           .m = part.rows,
           .k = rows(),
           .n = part.columns,
           .bias = epilogue.bias.empty() ? nullptr : epilogue.bias.data() + column,
           .accumulate = epilogue.accumulate,
           .gelu = epilogue.activation == Activation::kGelu});
    });
  }

 private:
  const KernelTable& kernels_;
  PackedPanels panels_;
};

std::unique_ptr<const PackedMatrix> onednn_matrix([[maybe_unused]] MatrixView<const float> weights,
                                                  [[maybe_unused]] InstructionSet isa) {
#if defined(UNDERTONE_HAS_ONEDNN)
  return make_onednn_matrix(weights, isa);
#else
  throw Error(ErrorCode::kInvalidArgument, "this program was built without oneDNN",
              "Leave UNDERTONE_BACKEND unset.");
#endif
}

constexpr std::size_t round_up(std::size_t value, std::size_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

}  // namespace

std::string_view to_string(ProductBackend backend) {
  return backend == ProductBackend::kNative ? "native" : "onednn";
}

bool has_backend(ProductBackend backend) {
#if defined(UNDERTONE_HAS_ONEDNN)
  static_cast<void>(backend);
  return true;
#else
  return backend == ProductBackend::kNative;
#endif
}

ProductBackend preferred_backend(InstructionSet isa) {
  if (const char* wanted = std::getenv("UNDERTONE_BACKEND"); wanted != nullptr && *wanted != '\0') {
    for (const ProductBackend backend : {ProductBackend::kNative, ProductBackend::kOneDnn}) {
      if (to_string(backend) == wanted) return backend;
    }
    throw Error(ErrorCode::kInvalidArgument, "UNDERTONE_BACKEND is '" + std::string(wanted) + "'",
                "Set it to native or onednn, or leave it unset.");
  }
  return isa >= InstructionSet::kAvx2 || !has_backend(ProductBackend::kOneDnn)
             ? ProductBackend::kNative
             : ProductBackend::kOneDnn;
}

std::unique_ptr<const PackedMatrix> pack_transposed(MatrixView<const float> weights,
                                                    ProductBackend backend, InstructionSet isa,
                                                    Precision precision) {
  if (precision == Precision::kF32 && backend == ProductBackend::kOneDnn) {
    return onednn_matrix(weights, isa);
  }
  return matrix_of(PackedPanels(weights, precision), backend, isa);
}

std::unique_ptr<const PackedMatrix> pack_transposed(std::size_t k, std::size_t n, NextRows next,
                                                    ProductBackend backend, InstructionSet isa,
                                                    Precision precision) {
  if (precision == Precision::kF32 && backend == ProductBackend::kOneDnn) {
    tensor::AlignedBuffer<float> weights(n * k);
    for (std::size_t first = 0; first < n; first += kBandRows) {
      const MatrixView<const float> band = next(std::min(kBandRows, n - first));
      for (std::size_t r = 0; r < band.rows(); ++r) {
        std::copy_n(band.row_data(r), k, weights.data() + (first + r) * k);
      }
    }
    return onednn_matrix({weights.data(), n, k}, isa);
  }
  return matrix_of(PackedPanels(k, n, precision, next), backend, isa);
}

std::unique_ptr<const PackedMatrix> matrix_of(PackedPanels panels, ProductBackend backend,
                                              InstructionSet isa) {
  if (panels.precision() == Precision::kF32) {
    if (backend == ProductBackend::kOneDnn) {
      const tensor::Matrix<float> weights = panels.unpacked();
      return onednn_matrix(weights.view(), isa);
    }
    if (isa < InstructionSet::kAvx512) {
      return std::make_unique<PanelMatrix>(std::move(panels), isa);
    }
  }
  return make_strip_matrix(std::move(panels), isa);
}

void for_each_part(std::size_t rows, std::size_t columns, std::size_t row_step,
                   std::size_t column_step, ThreadPool* pool,
                   FunctionRef<void(const ProductPart&)> body) {
  const std::size_t threads = pool == nullptr ? 1 : pool->size();
  if (threads == 1) {
    body({.first_row = 0, .rows = rows, .first_column = 0, .columns = columns});
    return;
  }
  // A few tasks per thread even out their speeds. Columns are split first, since a split by rows
  // reads b once more.
  const std::size_t wanted_tasks = 4 * threads;
  const std::size_t task_columns =
      round_up((columns + wanted_tasks - 1) / wanted_tasks, std::min(column_step, columns));
  const std::size_t column_tasks = (columns + task_columns - 1) / task_columns;
  const std::size_t wanted_row_tasks = (wanted_tasks + column_tasks - 1) / column_tasks;
  const std::size_t task_rows =
      round_up((rows + wanted_row_tasks - 1) / wanted_row_tasks, row_step);
  const std::size_t row_tasks = (rows + task_rows - 1) / task_rows;
  pool->parallel_for(column_tasks * row_tasks, [&](std::size_t task) {
    const std::size_t row = task / column_tasks * task_rows;
    const std::size_t column = task % column_tasks * task_columns;
    body({.first_row = row,
          .rows = std::min(task_rows, rows - row),
          .first_column = column,
          .columns = std::min(task_columns, columns - column)});
  });
}

}  // namespace undertone::encoder
