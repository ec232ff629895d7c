// One block of the transformer: self-attention and feed-forward, each with its residual and norm.
#pragma once

#include <cstddef>
#include <string>

#include "encoder/config.hpp"
#include "encoder/layers.hpp"

namespace undertone::encoder {

// Multi-head self-attention over all frames: softmax(q·kᵀ / √d)·v per head, then the output
// projection. Nothing is masked: clips are never padded. WavLM's relative position bias would be
// added to the logits here.
class SelfAttention {
 public:
  // Names as in the checkpoint: `name`.{q,k,v,out}_proj.
  SelfAttention(const LayerSource& source, const std::string& name, std::size_t hidden,
                std::size_t heads);

  struct Scratch {
    AlignedBuffer<float> projected;  // [frames, 3 · hidden]: q, k, v side by side
    AlignedBuffer<float> context;    // [frames, hidden]
    AlignedBuffer<float> heads;      // per thread: packed k and v of a head, and a block of logits
  };

  // residual += attention(x). Both [frames, hidden], different memory unless x is what is added to.
  void apply(const Execution& run, MatrixView<const float> x, MatrixView<float> residual,
             Scratch& scratch) const;

 private:
  std::size_t heads_;
  Linear projection_;  // of q (scaled by 1/√d), k and v as one product
  Linear output_;
};

class TransformerLayer {
 public:
  // `name`, e.g. "encoder.layers.3.".
  TransformerLayer(const LayerSource& source, const std::string& name, const EncoderConfig& config);

  struct Scratch {
    SelfAttention::Scratch attention;
    AlignedBuffer<float> normed;        // [frames, hidden]
    AlignedBuffer<float> intermediate;  // [frames, feed-forward]
  };

  // x: [frames, hidden], in place. Pre-norm: x += Attn(LN(x)); x += FFN(LN(x)). Post-norm: x = LN(x
  // + Attn(x)); x = LN(x + FFN(x)).
  void apply(const Execution& run, MatrixView<float> x, Scratch& scratch) const;

 private:
  bool pre_norm_;
  SelfAttention attention_;
  LayerNorm attention_norm_;
  Linear expand_;
  Linear contract_;
  LayerNorm final_norm_;
};

}  // namespace undertone::encoder
