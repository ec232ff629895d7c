// One recording to one embedding, whichever way it is encoded.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <undertone/prediction.hpp>

#include "audio/quality.hpp"
#include "common/function_ref.hpp"
#include "pipeline/windows.hpp"
#include "tensor/matrix.hpp"

namespace undertone::pipeline {

// What a prediction needs at least, and from where on it is worth a warning. Seconds.
inline constexpr double kShortest = 0.5;
inline constexpr double kShort = 1.0;
inline constexpr double kLong = 30.0;

struct Embedding {
  std::vector<float> values;  // [dimension]: the mean over the frames of all windows
  audio::Quality quality;     // of the whole recording
  std::size_t windows = 0;
  double decode_ms = 0;
  double encode_ms = 0;
};

// Samples to frames, [frames, dimension]; the view is used before the next call.
using EncodeWindow = FunctionRef<tensor::MatrixView<const float>(std::span<const float>)>;

// `name` is used in messages; no window is shorter than `receptive_field` samples where there are
// that many. Throws Error(kAudioTooShort) below 0.5 s or the receptive field, before anything is
// encoded, and what `read` and `encode` throw.
Embedding embed_recording(const std::string& name, std::size_t dimension,
                          std::size_t receptive_field, ReadSamples read, EncodeWindow encode);

// short_audio, long_audio, silent_audio, clipped_audio, in this order.
std::vector<Warning> recording_warnings(const audio::Quality& quality);

}  // namespace undertone::pipeline
