// What the layers of an encoder are made of and run with.
#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/function_ref.hpp"
#include "common/profile.hpp"
#include "common/thread_pool.hpp"
#include "encoder/checkpoint_weights.hpp"
#include "encoder/kernels/kernel_table.hpp"
#include "encoder/kernels/matrix_product.hpp"
#include "encoder/packed_parts.hpp"
#include "tensor/matrix.hpp"

namespace undertone::encoder {

using tensor::AlignedBuffer;
using tensor::MatrixView;

// Where layers come from: the weights, and how to pack them.
struct LayerSource {
  CheckpointWeights& weights;
  ProductBackend backend;
  InstructionSet instruction_set;
  Precision precision =
      Precision::kF32;  // of the transformer's linear layers, which are nearly all of the work
  PackedParts* parts = nullptr;  // shown what layers consist of, if somebody wants to know

  // A tensor that a layer keeps as it is. Throws what CheckpointWeights::read throws.
  std::vector<float> read(const std::string& name, std::initializer_list<std::size_t> shape) const;

  // For layers that eight bits harm (the convolutions): bfloat16 at least, where that is fast.
  LayerSource cautious() const;

  // For layers whose cost is not worth a rounding.
  LayerSource exact() const { return {weights, backend, instruction_set, Precision::kF32, parts}; }
};

// What a layer runs with.
struct Execution {
  const KernelTable& kernels;
  ThreadPool* pool;  // or null: the caller's thread alone
  Profile* profile = nullptr;

  std::size_t threads() const { return pool == nullptr ? 1 : pool->size(); }

  // body(i) for i in [0, count), spread over the threads.
  void parallel_for(std::size_t count, FunctionRef<void(std::size_t)> body) const {
    if (pool != nullptr) {
      pool->parallel_for(count, body);
    } else {
      for (std::size_t i = 0; i < count; ++i) body(i);
    }
  }
};

// y = x·Wᵀ + b.
class Linear {
 public:
  // `name`.weight [out, in] and, where there is one, `name`.bias [out].
  Linear(const LayerSource& source, const std::string& name, std::size_t in, std::size_t out);

  // From values: weights [out, in], bias [out]. `name` is what a packed checkpoint calls it.
  Linear(const LayerSource& source, const std::string& name, MatrixView<const float> weights,
         std::vector<float> bias);

  // The same of weights that need not be in memory all at once.
  Linear(const LayerSource& source, const std::string& name, std::size_t in, std::size_t out,
         NextRows next, std::vector<float> bias);

  // What a packed checkpoint holds under that name; nothing of one that is not packed.
  static std::optional<Linear> packed(const LayerSource& source, const std::string& name,
                                      std::size_t in, std::size_t out);

  struct Options {
    Activation activation = Activation::kNone;
    bool accumulate = false;
  };

  // x: [rows, in], rows may overlap; y: [rows, out].
  void apply(const Execution& run, MatrixView<const float> x, MatrixView<float> y,
             Options options) const;
  void apply(const Execution& run, MatrixView<const float> x, MatrixView<float> y) const {
    apply(run, x, y, {});
  }

  // Operations of a product with so many rows.
  double flop(std::size_t rows) const;

  std::size_t inputs() const { return matrix_->rows(); }
  std::size_t outputs() const { return matrix_->cols(); }

 private:
  Linear(std::unique_ptr<const PackedMatrix> matrix, std::vector<float> bias)
      : matrix_(std::move(matrix)), bias_(std::move(bias)) {}

  std::unique_ptr<const PackedMatrix> matrix_;
  std::vector<float> bias_;
};

// The weights [out, in, kernel] of a convolution in the order of windows of channels-last input,
// each multiplied by the factor of its place in the kernel: rows [out, kernel · in] from the first
// to the last.
class WindowRows {
 public:
  // `name`: of the tensor; factors: [kernel].
  WindowRows(CheckpointWeights& weights, const std::string& name, std::size_t out, std::size_t in,
             std::vector<float> factors);

  // See NextRows.
  MatrixView<const float> next(std::size_t count);

 private:
  std::vector<float> factors_;
  WeightRows rows_;
  tensor::Matrix<float> band_;
};

// A convolution as a product with the windows of channels-last input, rows of kernel · in values:
// `name`.weight [out, in, kernel] and, where there is one, `name`.bias [out].
Linear read_convolution(const LayerSource& source, const std::string& name, std::size_t out,
                        std::size_t in, std::size_t kernel);

// Normalisation of each row over its columns.
class LayerNorm {
 public:
  LayerNorm(const LayerSource& source, const std::string& name, std::size_t size, float eps);

  void apply_row(const KernelTable& kernels, const float* x, float* y) const {
    kernels.layer_norm(x, y, weight_.size(), weight_.data(), bias_.data(), eps_);
  }

  // x and y: [rows, size]; may be the same memory.
  void apply(const Execution& run, MatrixView<const float> x, MatrixView<float> y) const;

 private:
  std::vector<float> weight_;
  std::vector<float> bias_;
  float eps_;
};

}  // namespace undertone::encoder
