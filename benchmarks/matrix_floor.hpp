// The floor of an encoder's time: its matrix products and nothing else.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "common/thread_pool.hpp"
#include "encoder/config.hpp"
#include "encoder/kernels/matrix_product.hpp"
#include "tensor/matrix.hpp"

namespace undertone::benchmarks {

// All products of one clip, with random matrices of the shapes that the encoder multiplies, by the
// kernels that it uses: convolutions, projections, attention, feed-forward; no norm, activation,
// softmax, bias, packing or copy. The matrices of one transformer layer stand for those of all,
// which at HuBERT-large's size is more than a cache holds.
class MatrixFloor {
 public:
  MatrixFloor(const encoder::EncoderConfig& config, std::size_t samples,
              encoder::ProductBackend backend, encoder::InstructionSet isa);

  // Multiplies everything once.
  void run(ThreadPool* pool);

  // Multiply-adds counted as two.
  double floating_point_operations() const { return operations_; }

 private:
  struct Product {
    std::unique_ptr<const encoder::PackedMatrix> b;
    std::size_t rows = 0;
    std::size_t times = 0;
    bool on_one_thread = false;  // shared out by the copy (heads, groups), not within the product
  };

  void add(std::size_t rows, std::size_t k, std::size_t n, std::size_t times, bool on_one_thread);

  encoder::ProductBackend backend_;
  encoder::InstructionSet isa_;
  double operations_ = 0.0;
  std::size_t largest_a_ = 0;
  std::size_t largest_c_ = 0;
  std::vector<Product> products_;
  tensor::Matrix<float> a_;
  tensor::Matrix<float> c_;
};

}  // namespace undertone::benchmarks
