// The configuration of an encoder, as checkpoints carry it in config.json and
// preprocessor_config.json.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace undertone::encoder {

// Architectures that this version runs. HuBERT and wav2vec 2.0 differ in the names of their weights
// and in defaults only; WavLM adds a relative position bias to their attention; Whisper's encoder
// has a log-mel spectrogram and a table of positions in place of what they have before the
// transformer.
enum class Family { kHubert, kWav2Vec2, kWavLm, kWhisper };

// config.json's model_type: "hubert", "wav2vec2", "wavlm", "whisper".
std::string_view to_string(Family family);

enum class ConvNorm {
  kGroup,  // "group": the first convolution is normalised per channel over time, the others not at
           // all
  kLayer,  // "layer": each convolution is normalised over its channels
};

struct ConvLayer {
  std::size_t channels = 0;
  std::size_t kernel = 0;
  std::size_t stride = 0;
};

struct EncoderConfig {
  Family family = Family::kHubert;

  // Whisper's front end; zero for the others, whose is what follows.
  std::size_t mel_bins = 0;
  std::size_t max_positions = 0;
  // Whisper hears a clip with silence after it, up to all its positions (30 s), as in training; or,
  // with this, the clip alone: other numbers for less work. config.json's "undertone_context" says
  // so of a checkpoint that was trained that way.
  bool clip_context = false;

  // Convolutional feature encoder, on the waveform.
  std::vector<ConvLayer> conv_layers;
  ConvNorm conv_norm = ConvNorm::kGroup;
  bool conv_bias = false;       // of checkpoints that are written; reading goes by what is there
  bool projection_norm = true;  // LayerNorm before the projection to hidden_size

  // Positional convolution.
  std::size_t position_kernel = 0;
  std::size_t position_groups = 0;

  // Transformer.
  std::size_t hidden_size = 0;
  std::size_t layers = 0;
  std::size_t heads = 0;
  std::size_t feed_forward_size = 0;
  float layer_norm_eps = 1e-5F;
  bool pre_norm = false;  // config.json's do_stable_layer_norm

  // WavLM's relative position bias: buckets of distances in both directions, and the distance from
  // which on all share the last one. No buckets: no bias.
  std::size_t position_buckets = 0;
  std::size_t position_max_distance = 0;

  // Preprocessing: zero mean and unit variance of the waveform.
  bool normalize_waveform = true;

  // Samples that one frame sees (of Whisper: its spectrogram's windows), which is the least that
  // can be encoded, and samples from one frame to the next.
  std::size_t receptive_field() const;
  std::size_t hop() const;

  // The most samples that can be encoded at once.
  std::size_t max_samples() const;

  // Frames that `samples` samples give: floor((L - kernel) / stride) + 1 per layer; 0 if too few
  // for one. Of Whisper: those that carry audio, one for each begun 20 ms.
  std::size_t frames(std::size_t samples) const;

  // Frames that the transformer computes for them: the same, or all of Whisper's positions.
  std::size_t context_frames(std::size_t samples) const;
};

// Parses config.json. Absent keys take the defaults of the transformers library. Throws
// Error(kModelUnsupported) naming what this version does not run (another model_type, activation,
// an adapter ...) and Error(kModelCorrupt) for values that are missing, of the wrong type or out of
// bounds. `source` is used in messages.
EncoderConfig parse_config(std::string_view json, const std::string& source);

// Reads `folder`/config.json and, where it exists, `folder`/preprocessor_config.json.
EncoderConfig read_config(const std::filesystem::path& folder);

// config.json and preprocessor_config.json for a configuration.
std::string config_json(const EncoderConfig& config);
std::string preprocessor_json(const EncoderConfig& config);

}  // namespace undertone::encoder
