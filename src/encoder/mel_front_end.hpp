// What Whisper has before its transformer layers.
#pragma once

#include <cstddef>
#include <span>

#include "encoder/config.hpp"
#include "encoder/layers.hpp"
#include "encoder/log_mel_spectrogram.hpp"

namespace undertone::encoder {

// Log-mel spectrogram → convolution of 3, GELU → convolution of 3 and stride 2, GELU → + position
// t's row of the checkpoint's table. Both convolutions see one row of zeros beyond each end.
class MelFrontEnd {
 public:
  MelFrontEnd(const LayerSource& source, const EncoderConfig& config);

  struct Scratch {
    AlignedBuffer<float> mel;     // [2 · frames + 2, mel bins], a row of zeros at each end
    AlignedBuffer<float> middle;  // [2 · frames + 2, hidden], likewise
  };

  // hidden: [config.context_frames(samples), config.hidden_size].
  void apply(const Execution& run, std::span<const float> waveform, MatrixView<float> hidden,
             Scratch& scratch) const;

 private:
  bool clip_context_;
  LogMelSpectrogram spectrogram_;
  Linear first_;
  Linear second_;
  tensor::Matrix<float> positions_;  // [max_positions, hidden]
};

}  // namespace undertone::encoder
