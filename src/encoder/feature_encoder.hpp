// The convolutions that turn a waveform into feature frames.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "encoder/config.hpp"
#include "encoder/layers.hpp"

namespace undertone::encoder {

// Each layer: convolution without padding → normalisation (see ConvNorm) → GELU. Activations are
// kept channels-last, so a window of `kernel` frames is one contiguous row and a convolution is a
// matrix product over overlapping rows.
//
// Works in blocks of a few output frames, from the waveform to the last layer, so that what a block
// needs stays in the cache and memory does not grow with the length of the clip. The blocks are the
// same whatever the number of threads.
class FeatureEncoder {
 public:
  FeatureEncoder(const LayerSource& source, const EncoderConfig& config);

  // Memory for apply(); grows to what it needs.
  struct Scratch {
    struct Lane {
      AlignedBuffer<float> even;
      AlignedBuffer<float> odd;
    };
    std::vector<Lane> lanes;           // one a thread
    std::vector<double> partial_sums;  // of the group norm: [blocks, 2, channels]
    std::vector<float> group_scale;    // [channels]
    std::vector<float> group_shift;
  };

  // waveform: already normalised; features: [config.frames(samples), channels of the last layer].
  void apply(const Execution& run, std::span<const float> waveform, MatrixView<float> features,
             Scratch& scratch) const;

 private:
  struct Layer {
    ConvLayer shape;
    std::size_t inputs;  // channels of the layer before
    Linear convolution;
    std::optional<LayerNorm> norm;
  };
  struct GroupNorm {
    std::vector<float> weight;
    std::vector<float> bias;
  };

  // Operations of the products, but for what neighbouring blocks both compute.
  double flop(std::size_t samples) const;
  void measure_group_norm(const Execution& run, std::span<const float> waveform,
                          Scratch& scratch) const;
  void run_block(const KernelTable& kernels, std::span<const float> waveform,
                 std::size_t first_frame, MatrixView<float> features, Scratch::Lane& lane,
                 const Scratch& scratch) const;

  std::vector<Layer> layers_;
  std::optional<GroupNorm> group_norm_;
};

}  // namespace undertone::encoder
