// Products with a matrix that is packed once and used many times.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "common/thread_pool.hpp"
#include "encoder/kernels/instruction_set.hpp"
#include "tensor/matrix.hpp"

namespace undertone::encoder {

// Who multiplies.
//   kNative   our panels: AVX2 and FMA where the processor has them, else plain loops (the
//   specification) kOneDnn   oneDNN's matmul primitive, with the weights in the layout it asks for
// The results of the two differ in rounding only.
enum class ProductBackend { kNative, kOneDnn };

std::string_view to_string(ProductBackend backend);

// kNative on AVX2; kOneDnn on AVX-512 and where there is no native kernel. The environment variable
// UNDERTONE_BACKEND
// ("native", "onednn") overrides it. Why: docs/decisions/0002-matrix-products.md.
ProductBackend preferred_backend(InstructionSet isa);

enum class Activation { kNone, kGelu };

// What happens to a product on its way to memory: c = activation(a·b + bias), or c += a·b + bias.
struct Epilogue {
  std::span<const float> bias{};  // [n], or empty
  Activation activation = Activation::kNone;
  bool accumulate = false;  // not together with an activation
};

// An immutable matrix b [k, n] in the layout its kernel wants. Thread-safe.
class PackedMatrix {
 public:
  virtual ~PackedMatrix() = default;
  PackedMatrix(const PackedMatrix&) = delete;
  PackedMatrix& operator=(const PackedMatrix&) = delete;

  std::size_t rows() const noexcept { return k_; }
  std::size_t cols() const noexcept { return n_; }

  // A product may be split at rows of c that are multiples of the first, and at columns that are
  // multiples of the second, without changing a bit of it.
  virtual std::size_t row_granularity() const noexcept = 0;
  virtual std::size_t column_granularity() const noexcept = 0;

  // Columns [first_column, first_column + c.cols()) of the product. a: [m, k], rows may overlap; c:
  // [m, columns], its own memory. The epilogue's bias is that of all n columns.
  virtual void multiply(tensor::MatrixView<const float> a, std::size_t first_column,
                        tensor::MatrixView<float> c, const Epilogue& epilogue) const = 0;

 protected:
  PackedMatrix(std::size_t k, std::size_t n) : k_(k), n_(n) {}

 private:
  std::size_t k_;
  std::size_t n_;
};

// Packs the transpose of `weights` [n, k]: the layout of a linear layer's weights, and of a
// convolution's once its kernel and channel axes are in the order of its input window.
std::unique_ptr<const PackedMatrix> pack_transposed(tensor::MatrixView<const float> weights,
                                                    ProductBackend backend, InstructionSet isa);

// c = epilogue(a · b), on the threads of the pool, or on the caller's alone without one. The bits
// of c do not depend on the number of threads.
void multiply(tensor::MatrixView<const float> a, const PackedMatrix& b, tensor::MatrixView<float> c,
              const Epilogue& epilogue, ThreadPool* pool);

}  // namespace undertone::encoder
