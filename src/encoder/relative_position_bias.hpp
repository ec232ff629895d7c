// WavLM's gated relative position bias (Chen et al. 2022: "WavLM: Large-Scale Self-Supervised
// Pre-Training for Full Stack Speech Processing", section III).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "encoder/config.hpp"
#include "encoder/layers.hpp"

namespace undertone::encoder {

// The bucket of a distance d = key - query: half of the buckets for d > 0, half for the rest. In
// each half, distances below a quarter of the buckets have one of their own; larger ones share
// buckets that grow with the logarithm up to `max_distance`, beyond which all are in the last.
std::size_t relative_position_bucket(std::ptrdiff_t distance, std::size_t buckets,
                                     std::size_t max_distance);

// The bias of every head for every distance, which the first layer owns and all layers share. As it
// depends on the distance alone, that of a clip is one line a head, not a matrix.
class RelativePositionBias {
 public:
  explicit RelativePositionBias(const LayerSource& source, const EncoderConfig& config);

  // lines: [heads, 2 · frames - 1]; element frames - 1 + d of a line is the bias of distance d, so
  // that the biases of query i begin at element frames - 1 - i.
  void write(std::size_t frames, MatrixView<float> lines) const;

 private:
  std::vector<float> table_;  // [buckets, heads]
  std::size_t heads_;
  std::size_t buckets_;
  std::size_t max_distance_;
};

// How much of the bias each query of one layer's attention takes, from the attention's input x
// split into heads:
//   (a, b) = sigmoid(sum over 4 of Linear(x), twice); gate = a · (b · constant[head] - 1) + 2.
// The sums are folded into the weights, which leaves two outputs. Thread-safe.
class RelativePositionGate {
 public:
  // Names as in the checkpoint: `name`.gru_rel_pos_linear, `name`.gru_rel_pos_const.
  RelativePositionGate(const LayerSource& source, const std::string& name, std::size_t hidden,
                       std::size_t heads);

  // x: [frames, hidden], without gaps between its rows; gates: [heads, frames]; projected: room for
  // 2 · frames · heads floats.
  void apply(const Execution& run, MatrixView<const float> x, float* projected,
             MatrixView<float> gates) const;

 private:
  Linear projection_;
  std::vector<float> constants_;  // [heads]
};

}  // namespace undertone::encoder
