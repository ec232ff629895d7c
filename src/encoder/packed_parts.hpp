// What an encoder's layers consist of, gathered while they are made.
#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "encoder/kernels/packed_panels.hpp"

namespace undertone::encoder {

// For writing a packed checkpoint. Thread-safe while parts are added.
class PackedParts {
 public:
  struct Matrix {
    std::string name;
    const PackedPanels* panels;  // the layer's own, which lives as long as the encoder
    std::vector<float> bias;
  };
  struct Tensor {
    std::string name;
    std::vector<std::uint64_t> shape;
    std::vector<float> values;
  };

  void add(Matrix matrix) {
    const std::lock_guard lock(mutex_);
    matrices_.push_back(std::move(matrix));
  }
  void add(Tensor tensor) {
    const std::lock_guard lock(mutex_);
    tensors_.push_back(std::move(tensor));
  }

  std::span<const Matrix> matrices() const noexcept { return matrices_; }
  std::span<const Tensor> tensors() const noexcept { return tensors_; }

  // See Packing: set by SpeechEncoder::load.
  std::string digests{};
  std::string doubt{};

 private:
  std::mutex mutex_;
  std::vector<Matrix> matrices_;
  std::vector<Tensor> tensors_;
};

}  // namespace undertone::encoder
