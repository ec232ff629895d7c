// One block of the transformer: self-attention and feed-forward, each with its residual and norm.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "encoder/config.hpp"
#include "encoder/head_attention.hpp"
#include "encoder/layers.hpp"
#include "encoder/relative_position_bias.hpp"

namespace undertone::encoder {

// Multi-head self-attention over all frames: softmax(q·kᵀ / √d)·v per head, then the output
// projection. Nothing is masked: clips are never padded. In WavLM each query's share of the
// relative position bias is added to its logits.
class SelfAttention {
 public:
  // Names as in the checkpoint: `name`.{q,k,v,out}_proj.
  SelfAttention(const LayerSource& source, const std::string& name, const EncoderConfig& config);

  struct Scratch {
    AlignedBuffer<float> projected;  // [frames, 3 · hidden]: q, k, v side by side
    AlignedBuffer<float> context;    // [frames, hidden]
    AlignedBuffer<float> heads;      // per thread: what HeadAttention works in
    AlignedBuffer<float> gates;  // of the position bias: [heads, frames], and [frames · heads, 2]
  };

  // residual += attention(x). Both [frames, hidden], without gaps between rows, different memory
  // unless x is what is added to. position_bias: what RelativePositionBias::write() wrote for as
  // many frames; ignored where the configuration has none.
  void apply(const Execution& run, MatrixView<const float> x, MatrixView<const float> position_bias,
             MatrixView<float> residual, Scratch& scratch) const;

 private:
  std::size_t heads_;
  Linear projection_;  // of q (scaled by 1/√d), k and v as one product
  HeadAttention head_;
  Linear output_;
  std::optional<RelativePositionGate> gate_;
};

class TransformerLayer {
 public:
  // `name`, e.g. "encoder.layers.3."; what follows it goes by the configuration's family.
  TransformerLayer(const LayerSource& source, const std::string& name, const EncoderConfig& config);

  struct Scratch {
    SelfAttention::Scratch attention;
    AlignedBuffer<float> normed;        // [frames, hidden]
    AlignedBuffer<float> intermediate;  // [frames, feed-forward]
  };

  // x: [frames, hidden], in place. Pre-norm: x += Attn(LN(x)); x += FFN(LN(x)). Post-norm: x = LN(x
  // + Attn(x)); x = LN(x + FFN(x)). position_bias: see SelfAttention::apply.
  void apply(const Execution& run, MatrixView<float> x, MatrixView<const float> position_bias,
             Scratch& scratch) const;

 private:
  void feed_forward(const Execution& run, MatrixView<const float> x, MatrixView<float> intermediate,
                    MatrixView<float> residual) const;

  bool pre_norm_;
  SelfAttention attention_;
  LayerNorm attention_norm_;
  Linear expand_;
  Linear contract_;
  LayerNorm final_norm_;
};

}  // namespace undertone::encoder
