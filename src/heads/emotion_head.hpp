// The head of a fine-tuned checkpoint: from pooled hidden states to scores.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "heads/head_config.hpp"
#include "tensor/tensor_archive.hpp"

namespace undertone::heads {

// What a head computes on its way.
struct HeadValues {
  std::vector<double> hidden;  // kProjector: the projected mean; kDense: after tanh
  std::vector<double> logits;  // [labels]
  std::vector<double> scores;  // [labels]: softmax, sigmoid or the logits, as the problem says
};

// Whether a checkpoint's tensor of that name may be a head's.
bool is_head_tensor(std::string_view name);

// The heads of the transformers library's ...ForSequenceClassification, and the one that
// dimensional checkpoints carry (J. Wagner et al. 2023, "Dawn of the transformer era in speech
// emotion recognition"), on means over the frames: a projection of the mean is the mean of the
// projections, so frames need not be kept. It knows nothing of encoders but their width and how
// many hidden states they have. Weights are floats, sums double. Immutable and thread-safe.
class EmotionHead {
 public:
  // Reads the head's tensors. `hidden_size`: of a frame; `states`: hidden states that the encoder
  // has, the one before its first layer included. Throws Error(kModelCorrupt) for a tensor that is
  // missing, of a shape that contradicts the configuration or not finite, and
  // Error(kModelUnsupported) for quantised ones.
  EmotionHead(HeadConfig config, const tensor::TensorArchive& archive, std::size_t hidden_size,
              std::size_t states);

  const HeadConfig& config() const noexcept { return config_; }

  // Which hidden states it takes: first_state() to last_state(), one or all of them.
  std::size_t first_state() const noexcept { return config_.weighted_layers ? 0 : last_state_; }
  std::size_t last_state() const noexcept { return last_state_; }
  // Their weights, which sum to one; just {1} where it takes the last alone.
  std::span<const double> state_weights() const noexcept { return state_weights_; }
  // Between the two linear layers.
  std::size_t hidden_width() const noexcept { return first_.bias.size(); }

  // pooled: [states taken, hidden_size], the mean over the frames of each. Throws
  // Error(kInvalidArgument) on another size and Error(kModelCorrupt) if a score is not finite.
  HeadValues apply(std::span<const float> pooled) const;

 private:
  struct Linear {
    std::vector<float> weight;  // [out, in]
    std::vector<float> bias;    // [out]
    std::vector<double> apply(std::span<const double> x) const;
  };

  HeadConfig config_;
  std::string source_;
  std::size_t hidden_size_;
  std::size_t last_state_;
  std::vector<double> state_weights_;
  Linear first_;
  Linear second_;
};

}  // namespace undertone::heads
