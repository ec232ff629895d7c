#include "encoder/kernels/matrix_product.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

#include <undertone/error.hpp>

#include "encoder/kernels/kernel_table.hpp"
#include "encoder/kernels/onednn_matrix.hpp"
#include "encoder/kernels/panels.hpp"

namespace undertone::encoder {
namespace {

using tensor::MatrixView;

class PanelMatrix final : public PackedMatrix {
 public:
  PanelMatrix(MatrixView<const float> weights, InstructionSet isa)
      : PackedMatrix(weights.cols(), weights.rows()),
        kernels_(kernels_for(isa)),
        panels_(panel_floats(weights.cols(), weights.rows())) {
    pack_transposed_panels(weights, panels_.data());
  }

  std::size_t row_granularity() const noexcept override { return 1; }
  std::size_t column_granularity() const noexcept override { return kPanelWidth; }

  void multiply(MatrixView<const float> a, std::size_t first_column, MatrixView<float> c,
                const Epilogue& epilogue) const override {
    kernels_.panel_product(
        {.a = a.data(),
         .a_stride = a.stride(),
         .panels = panels_.data() + first_column * rows(),
         .c = c.data(),
         .c_stride = c.stride(),
         .m = c.rows(),
         .k = rows(),
         .n = c.cols(),
         .bias = epilogue.bias.empty() ? nullptr : epilogue.bias.data() + first_column,
         .accumulate = epilogue.accumulate,
         .gelu = epilogue.activation == Activation::kGelu});
  }

 private:
  const KernelTable& kernels_;
  tensor::AlignedBuffer<float> panels_;
};

constexpr std::size_t round_up(std::size_t value, std::size_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

}  // namespace

std::string_view to_string(ProductBackend backend) {
  return backend == ProductBackend::kNative ? "native" : "onednn";
}

ProductBackend preferred_backend(InstructionSet isa) {
  if (const char* wanted = std::getenv("UNDERTONE_BACKEND"); wanted != nullptr && *wanted != '\0') {
    for (const ProductBackend backend : {ProductBackend::kNative, ProductBackend::kOneDnn}) {
      if (to_string(backend) == wanted) return backend;
    }
    throw Error(ErrorCode::kInvalidArgument, "UNDERTONE_BACKEND is '" + std::string(wanted) + "'",
                "Set it to native or onednn, or leave it unset.");
  }
  return isa == InstructionSet::kAvx2 ? ProductBackend::kNative : ProductBackend::kOneDnn;
}

std::unique_ptr<const PackedMatrix> pack_transposed(MatrixView<const float> weights,
                                                    ProductBackend backend, InstructionSet isa) {
  if (backend == ProductBackend::kOneDnn) return make_onednn_matrix(weights, isa);
  return std::make_unique<PanelMatrix>(weights, isa);
}

void multiply(MatrixView<const float> a, const PackedMatrix& b, MatrixView<float> c,
              const Epilogue& epilogue, ThreadPool* pool) {
  const std::size_t threads = pool == nullptr ? 1 : pool->size();
  if (threads == 1) {
    b.multiply(a, 0, c, epilogue);
    return;
  }
  // A few tasks per thread even out their speeds. Columns are split first, since a split by rows
  // reads b once more.
  const std::size_t wanted_tasks = 4 * threads;
  const std::size_t columns = round_up((c.cols() + wanted_tasks - 1) / wanted_tasks,
                                       std::min(b.column_granularity(), c.cols()));
  const std::size_t column_tasks = (c.cols() + columns - 1) / columns;
  const std::size_t wanted_row_tasks = (wanted_tasks + column_tasks - 1) / column_tasks;
  const std::size_t rows =
      round_up((c.rows() + wanted_row_tasks - 1) / wanted_row_tasks, b.row_granularity());
  const std::size_t row_tasks = (c.rows() + rows - 1) / rows;
  pool->parallel_for(column_tasks * row_tasks, [&](std::size_t task) {
    const std::size_t first_row = task / column_tasks * rows;
    const std::size_t first_column = task % column_tasks * columns;
    const std::size_t task_rows = std::min(rows, c.rows() - first_row);
    const std::size_t task_columns = std::min(columns, c.cols() - first_column);
    b.multiply(a.rows_from(first_row, task_rows), first_column,
               {c.row_data(first_row) + first_column, task_rows, task_columns, c.stride()},
               epilogue);
  });
}

}  // namespace undertone::encoder
