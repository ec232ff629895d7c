// One recording to one embedding, whichever way it is encoded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <undertone/prediction.hpp>

#include "audio/quality.hpp"
#include "common/function_ref.hpp"
#include "encoder/pooling.hpp"
#include "pipeline/windows.hpp"
#include "tensor/matrix.hpp"

namespace undertone::pipeline {

// What a prediction needs at least, and from where on it is worth a warning. Seconds.
inline constexpr double kShortest = 0.5;
inline constexpr double kShort = 1.0;
inline constexpr double kLong = 30.0;

struct Embedding {
  std::vector<float> values;  // [states, pooled size]: over the frames of all windows
  audio::Quality quality;     // of the whole recording
  std::size_t windows = 0;
  double decode_ms = 0;
  double encode_ms = 0;
  std::vector<double> state_ms{};  // [states] the encoding up to each, over all windows
};

// What an embedding consists of: one or several hidden states, each pooled.
struct EmbeddingShape {
  std::size_t states = 1;
  std::size_t dimension = 0;  // of a frame
  encoder::Pooling pooling = encoder::Pooling::kMean;

  std::size_t size() const noexcept { return states * encoder::pooled_size(pooling, dimension); }
};

// Takes the frames [frames, dimension] of state 0, 1, ... < states.
using VisitFrames = FunctionRef<void(std::size_t state, tensor::MatrixView<const float> frames)>;
// Samples to the frames of every state.
using EncodeWindow = FunctionRef<void(std::span<const float> samples, VisitFrames visit)>;

// A window that was encoded: the recording's sample it begins with, its samples, and the embedding
// of it alone.
using VisitWindow = FunctionRef<void(std::uint64_t begin, std::span<const float> samples,
                                     std::span<const float> embedding)>;

// `name` is used in messages; no window is shorter than `receptive_field` samples where there are
// that many, nor longer than `longest`, which has to be half a second or more. Throws
// Error(kAudioTooShort) below 0.5 s or the receptive field, before anything is encoded, and what
// `read` and `encode` throw.
Embedding embed_recording(const std::string& name, const EmbeddingShape& shape,
                          std::size_t receptive_field, ReadSamples read, EncodeWindow encode,
                          std::size_t longest = std::numeric_limits<std::size_t>::max(),
                          std::optional<VisitWindow> visit_window = {});

// short_audio, long_audio, silent_audio, clipped_audio, in this order.
std::vector<Warning> recording_warnings(const audio::Quality& quality);

}  // namespace undertone::pipeline
