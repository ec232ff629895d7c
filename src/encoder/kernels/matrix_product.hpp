// Products with a matrix that is packed once and used many times.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "common/function_ref.hpp"
#include "common/thread_pool.hpp"
#include "encoder/kernels/instruction_set.hpp"
#include "encoder/kernels/packed_panels.hpp"
#include "encoder/kernels/precision.hpp"
#include "tensor/matrix.hpp"

namespace undertone::encoder {

// Who multiplies.
//   kNative   our own kernels: AVX-512 or AVX2 where the processor has them, else plain loops (the
//             specification)
//   kOneDnn   oneDNN's matmul primitive, with the weights in the layout it asks for
// The results of the two differ in rounding only.
enum class ProductBackend { kNative, kOneDnn };

std::string_view to_string(ProductBackend backend);

// Whether the library was built with it: oneDNN may be left out.
bool has_backend(ProductBackend backend);

// kNative on AVX2 and above, and without oneDNN; kOneDnn where there is no native kernel. The
// environment variable UNDERTONE_BACKEND ("native", "onednn") overrides it. Why:
// docs/decisions/0002-matrix-products.md.
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

  // What it is multiplied from, or null if that is of another layout (kOneDnn).
  virtual const PackedPanels* panels() const noexcept { return nullptr; }

  // c = epilogue(a · b): see the function below.
  virtual void multiply(tensor::MatrixView<const float> a, tensor::MatrixView<float> c,
                        const Epilogue& epilogue, ThreadPool* pool) const = 0;

 protected:
  PackedMatrix(std::size_t k, std::size_t n) : k_(k), n_(n) {}

 private:
  std::size_t k_;
  std::size_t n_;
};

// Packs the transpose of `weights` [n, k]: the layout of a linear layer's weights, and of a
// convolution's once its kernel and channel axes are in the order of its input window. Only kF32 is
// multiplied by oneDNN.
std::unique_ptr<const PackedMatrix> pack_transposed(tensor::MatrixView<const float> weights,
                                                    ProductBackend backend, InstructionSet isa,
                                                    Precision precision = Precision::kF32);

// The same of weights [n, k] that need not be in memory all at once (but for kOneDnn they are).
std::unique_ptr<const PackedMatrix> pack_transposed(std::size_t k, std::size_t n, NextRows next,
                                                    ProductBackend backend, InstructionSet isa,
                                                    Precision precision);

// The same matrix from its panels, used as they are but for kOneDnn, which multiplies kF32 from a
// layout of its own.
std::unique_ptr<const PackedMatrix> matrix_of(PackedPanels panels, ProductBackend backend,
                                              InstructionSet isa);

// c = epilogue(a · b), on the threads of the pool, or on the caller's alone without one. a: [m, k],
// rows may overlap; c: [m, n], its own memory. The bits of c do not depend on the number of
// threads.
inline void multiply(tensor::MatrixView<const float> a, const PackedMatrix& b,
                     tensor::MatrixView<float> c, const Epilogue& epilogue, ThreadPool* pool) {
  b.multiply(a, c, epilogue, pool);
}

// A part of a product's c: for implementations of PackedMatrix.
struct ProductPart {
  std::size_t first_row = 0;
  std::size_t rows = 0;
  std::size_t first_column = 0;
  std::size_t columns = 0;
};

// body(part) for parts that make up [rows, columns], a few for each thread of the pool, or one
// without. They begin at multiples of a number of rows and of a number of columns: where splitting
// changes no bit.
void for_each_part(std::size_t rows, std::size_t columns, std::size_t row_step,
                   std::size_t column_step, ThreadPool* pool,
                   FunctionRef<void(const ProductPart&)> body);

}  // namespace undertone::encoder
