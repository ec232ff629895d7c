// Positions, as a wide grouped convolution over the frames.
#pragma once

#include <cstddef>
#include <vector>

#include "encoder/config.hpp"
#include "encoder/layers.hpp"

namespace undertone::encoder {

// x += GELU(conv(x)), with weight norm over the kernel's positions, padding of half a kernel on
// both sides and, for an even kernel, the last of the T + 1 outputs dropped. Each group is a matrix
// product over the overlapping windows of its own channels.
class PositionalConvolution {
 public:
  PositionalConvolution(const LayerSource& source, const EncoderConfig& config);

  struct Scratch {
    AlignedBuffer<float> padded;  // [groups, frames + kernel - 1, channels of a group]
    AlignedBuffer<float> output;  // [frames, hidden]
  };

  // x: [frames, hidden].
  void apply(const Execution& run, MatrixView<float> x, Scratch& scratch) const;

 private:
  std::size_t kernel_;
  std::vector<Linear> groups_;
};

}  // namespace undertone::encoder
