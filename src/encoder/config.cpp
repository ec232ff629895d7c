#include "encoder/config.hpp"

#include <array>
#include <cstdint>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include <undertone/error.hpp>

#include "tensor/configuration_file.hpp"
#include "tensor/printable.hpp"

namespace undertone::encoder {
namespace {

using nlohmann::json;

// Beyond any published model by a wide margin; they bound what a hostile configuration can ask for.
constexpr std::size_t kMaxConvLayers = 32;
constexpr std::size_t kMaxWidth = 16384;
constexpr std::size_t kMaxFeedForward = 65536;
constexpr std::size_t kMaxLayers = 256;
constexpr std::size_t kMaxKernel = 4096;
constexpr std::size_t kMaxBuckets = 65536;
constexpr std::size_t kMaxDistance = std::size_t{1} << 24;
constexpr std::size_t kMaxMelBins = 1024;
constexpr std::size_t kMaxPositions = 65536;
constexpr std::size_t kMaxMelSetting = std::size_t{1} << 20;

// Samples of a window of Whisper's spectrogram and from one to the next, and windows to a frame.
constexpr std::size_t kMelWindow = 400;
constexpr std::size_t kMelHop = 160;
constexpr std::size_t kMelStride = 2;

[[noreturn]] void corrupt(const std::string& source, const std::string& what) {
  throw Error(ErrorCode::kModelCorrupt, source + ": " + what);
}

[[noreturn]] void unsupported(const std::string& source, const std::string& what,
                              const std::string& hint) {
  throw Error(ErrorCode::kModelUnsupported, source + ": " + what, hint);
}

// Typed access to the keys of one configuration, each with the default of the transformers library.
class Keys {
 public:
  Keys(const json& object, const std::string& source) : object_(object), source_(source) {}

  // The value as JSON, for messages.
  std::optional<std::string> raw(const char* key) const {
    const json* value = find(key);
    return value == nullptr ? std::nullopt : std::optional(tensor::shown(*value));
  }

  bool flag(const char* key, bool fallback) const {
    const json* value = find(key);
    if (value == nullptr) return fallback;
    if (!value->is_boolean())
      corrupt(source_,
              fmt::format("'{}' must be true or false, found {}", key, tensor::shown(*value)));
    return value->get<bool>();
  }

  std::string text(const char* key, const std::string& fallback) const {
    const json* value = find(key);
    if (value == nullptr) return fallback;
    if (!value->is_string())
      corrupt(source_, fmt::format("'{}' must be a text, found {}", key, tensor::shown(*value)));
    return value->get<std::string>();
  }

  double number(const char* key, double fallback) const {
    const json* value = find(key);
    if (value == nullptr) return fallback;
    if (!value->is_number())
      corrupt(source_, fmt::format("'{}' must be a number, found {}", key, tensor::shown(*value)));
    return value->get<double>();
  }

  std::size_t size(const char* key, std::size_t fallback, std::size_t limit) const {
    const json* value = find(key);
    return value == nullptr ? fallback : checked_size(key, *value, limit);
  }

  std::vector<std::size_t> sizes(const char* key, std::vector<std::size_t> fallback,
                                 std::size_t limit) const {
    const json* value = find(key);
    if (value == nullptr) return fallback;
    if (!value->is_array() || value->empty() || value->size() > kMaxConvLayers) {
      corrupt(source_, fmt::format("'{}' must be a list of 1 to {} numbers", key, kMaxConvLayers));
    }
    std::vector<std::size_t> result;
    for (const json& element : *value) result.push_back(checked_size(key, element, limit));
    return result;
  }

 private:
  const json* find(const char* key) const { return tensor::find_value(object_, key); }

  std::size_t checked_size(const char* key, const json& value, std::size_t limit) const {
    if (!value.is_number_integer() || value.get<std::int64_t>() < 1 ||
        static_cast<std::uint64_t>(value.get<std::int64_t>()) > limit) {
      corrupt(source_, fmt::format("'{}' must be a whole number from 1 to {}, found {}", key, limit,
                                   tensor::shown(value)));
    }
    return static_cast<std::size_t>(value.get<std::int64_t>());
  }

  const json& object_;
  const std::string& source_;
};

constexpr std::array kFamilies{Family::kHubert, Family::kWav2Vec2, Family::kWavLm,
                               Family::kWhisper};

Family parse_family(const Keys& keys, const std::string& source) {
  const std::string type = keys.text("model_type", "");
  for (const Family family : kFamilies) {
    if (type == to_string(family)) return family;
  }
  if (type.empty()) corrupt(source, "no 'model_type'");
  std::vector<std::string_view> names;
  for (const Family family : kFamilies) names.push_back(to_string(family));
  unsupported(source, fmt::format("model_type is '{}'", tensor::printable(type)),
              fmt::format("Supported are {}.", fmt::join(names, ", ")));
}

void require_gelu(const Keys& keys, const char* key, const std::string& source) {
  const std::string activation = keys.text(key, "gelu");
  if (activation != "gelu") {
    unsupported(source, fmt::format("'{}' is '{}'", key, tensor::printable(activation)),
                "Only the exact 'gelu' is supported.");
  }
}

// Switches that change the computation in ways this version does not have.
void refuse_extensions(const Keys& keys, const std::string& source) {
  for (const char* key : {"add_adapter", "conv_pos_batch_norm"}) {
    if (keys.flag(key, false)) {
      unsupported(source, fmt::format("'{}' is true", key),
                  "Use a checkpoint of the plain architecture.");
    }
  }
  if (const auto quantization = keys.raw("quantization_config")) {
    unsupported(source, fmt::format("quantised weights ('quantization_config' {})", *quantization),
                "Use a checkpoint in F32, F16 or BF16.");
  }
  if (keys.size("adapter_attn_dim", 0, kMaxWidth) != 0) {
    unsupported(source, "attention adapters ('adapter_attn_dim')",
                "Use a checkpoint of the plain architecture.");
  }
}

void require_multiple(const std::string& source, const char* key, std::size_t value,
                      const char* factor_key, std::size_t factor) {
  if (value % factor == 0) return;
  corrupt(source,
          fmt::format("'{}' {} is not a multiple of '{}' {}", key, value, factor_key, factor));
}

// The encoder's half of a sequence-to-sequence configuration.
void read_whisper(const Keys& keys, const std::string& source, EncoderConfig& config) {
  require_gelu(keys, "activation_function", source);
  refuse_extensions(keys, source);
  config.hidden_size = keys.size("d_model", 384, kMaxWidth);
  config.layers = keys.size("encoder_layers", 4, kMaxLayers);
  config.heads = keys.size("encoder_attention_heads", 6, kMaxWidth);
  config.feed_forward_size = keys.size("encoder_ffn_dim", 1536, kMaxFeedForward);
  config.mel_bins = keys.size("num_mel_bins", 80, kMaxMelBins);
  config.max_positions = keys.size("max_source_positions", 1500, kMaxPositions);
  config.pre_norm = true;
  config.normalize_waveform = false;
  const std::string context = keys.text("undertone_context", "padded");
  if (context != "padded" && context != "clip") {
    corrupt(source, fmt::format("'undertone_context' must be \"padded\" or \"clip\", found \"{}\"",
                                tensor::printable(context)));
  }
  config.clip_context = context == "clip";
  require_multiple(source, "d_model", config.hidden_size, "encoder_attention_heads", config.heads);
  if (config.max_samples() < 16000) {
    corrupt(source,
            fmt::format("'max_source_positions' is {}: less than a second", config.max_positions));
  }
}

// preprocessor_config.json's numbers of the spectrogram.
void check_whisper_features(const Keys& keys, const std::string& source, EncoderConfig& config) {
  const auto require = [&](const char* key, std::size_t needed, const char* why) {
    const std::size_t found = keys.size(key, needed, kMaxMelSetting);
    if (found != needed) {
      unsupported(source, fmt::format("'{}' is {}, not {}", key, found, needed), why);
    }
  };
  require("feature_size", config.mel_bins, "It has to be config.json's 'num_mel_bins'.");
  require("n_fft", kMelWindow, "Spectrograms are computed as the published checkpoints ask for.");
  require("hop_length", kMelHop, "Spectrograms are computed as the published checkpoints ask for.");
  if (keys.size("chunk_length", config.max_samples() / 16000, kMaxMelSetting) * 16000 !=
      config.max_samples()) {
    unsupported(source,
                fmt::format("'chunk_length' is not the {:.2f} s of config.json's "
                            "'max_source_positions'",
                            static_cast<double>(config.max_samples()) / 16000.0),
                "Use the preprocessor_config.json that belongs to the checkpoint.");
  }
  if (keys.flag("do_normalize", false)) {
    unsupported(source, "'do_normalize' is true",
                "Whisper takes the waveform as it is, as published.");
  }
}

// Half of the buckets are for each direction, and half of those for one distance each; the farthest
// must lie beyond these.
void read_relative_positions(const Keys& keys, const std::string& source, EncoderConfig& config) {
  config.position_buckets = keys.size("num_buckets", 320, kMaxBuckets);
  config.position_max_distance = keys.size("max_bucket_distance", 800, kMaxDistance);
  if (config.position_buckets < 4 || config.position_max_distance <= config.position_buckets / 4) {
    corrupt(source, fmt::format("'num_buckets' {} must be at least 4, and 'max_bucket_distance' {} "
                                "more than a quarter of it",
                                config.position_buckets, config.position_max_distance));
  }
}

// The class of the transformers library.
const char* architecture(Family family) {
  switch (family) {
    case Family::kHubert:
      return "HubertModel";
    case Family::kWav2Vec2:
      return "Wav2Vec2Model";
    case Family::kWavLm:
      return "WavLMModel";
    case Family::kWhisper:
      return "WhisperForConditionalGeneration";
  }
  return "";
}

json whisper_json(const EncoderConfig& config) {
  json object = {{"architectures", {architecture(config.family)}},
                 {"model_type", to_string(config.family)},
                 {"d_model", config.hidden_size},
                 {"encoder_layers", config.layers},
                 {"encoder_attention_heads", config.heads},
                 {"encoder_ffn_dim", config.feed_forward_size},
                 {"activation_function", "gelu"},
                 {"num_mel_bins", config.mel_bins},
                 {"max_source_positions", config.max_positions},
                 {"torch_dtype", "float32"}};
  if (config.clip_context) object["undertone_context"] = "clip";
  return object;
}

}  // namespace

std::string_view to_string(Family family) {
  switch (family) {
    case Family::kHubert:
      return "hubert";
    case Family::kWav2Vec2:
      return "wav2vec2";
    case Family::kWavLm:
      return "wavlm";
    case Family::kWhisper:
      return "whisper";
  }
  return "";
}

std::size_t EncoderConfig::hop() const {
  if (family == Family::kWhisper) return kMelHop * kMelStride;
  std::size_t hop = 1;
  for (const ConvLayer& layer : conv_layers) hop *= layer.stride;
  return hop;
}

std::size_t EncoderConfig::receptive_field() const {
  if (family == Family::kWhisper) return kMelWindow;
  std::size_t samples = 1;
  for (std::size_t i = conv_layers.size(); i-- > 0;) {
    samples = (samples - 1) * conv_layers[i].stride + conv_layers[i].kernel;
  }
  return samples;
}

std::size_t EncoderConfig::max_samples() const {
  return family == Family::kWhisper ? max_positions * hop()
                                    : std::numeric_limits<std::size_t>::max();
}

std::size_t EncoderConfig::context_frames(std::size_t samples) const {
  return family == Family::kWhisper && !clip_context ? max_positions : frames(samples);
}

std::size_t EncoderConfig::frames(std::size_t samples) const {
  if (family == Family::kWhisper) {
    return samples < kMelWindow ? 0 : (samples / kMelHop - 1) / kMelStride + 1;
  }
  for (const ConvLayer& layer : conv_layers) {
    if (samples < layer.kernel) return 0;
    samples = (samples - layer.kernel) / layer.stride + 1;
  }
  return samples;
}

EncoderConfig parse_config(std::string_view text, const std::string& source) {
  const json object = tensor::parse_configuration(text, source);
  const Keys keys(object, source);
  EncoderConfig config;
  config.family = parse_family(keys, source);
  if (config.family == Family::kWhisper) {
    read_whisper(keys, source, config);
    return config;
  }
  require_gelu(keys, "hidden_act", source);
  require_gelu(keys, "feat_extract_activation", source);
  refuse_extensions(keys, source);

  const std::vector<std::size_t> channels =
      keys.sizes("conv_dim", std::vector<std::size_t>(7, 512), kMaxWidth);
  const std::vector<std::size_t> kernels =
      keys.sizes("conv_kernel", {10, 3, 3, 3, 3, 2, 2}, kMaxKernel);
  const std::vector<std::size_t> strides =
      keys.sizes("conv_stride", {5, 2, 2, 2, 2, 2, 2}, kMaxKernel);
  if (channels.size() != kernels.size() || channels.size() != strides.size()) {
    corrupt(source,
            fmt::format("'conv_dim', 'conv_kernel' and 'conv_stride' differ in length ({}, {}, {})",
                        channels.size(), kernels.size(), strides.size()));
  }
  double hop = 1.0;
  double receptive_field = 1.0;
  for (std::size_t i = 0; i < channels.size(); ++i) {
    config.conv_layers.push_back({channels[i], kernels[i], strides[i]});
    receptive_field += static_cast<double>(kernels[i] - 1) * hop;
    hop *= static_cast<double>(strides[i]);
  }
  if (hop > 16000.0 || receptive_field > 16000.0) {
    corrupt(source,
            fmt::format("one frame would span {:.0f} samples, {:.0f} apart: more than a second",
                        receptive_field, hop));
  }

  const std::string norm = keys.text("feat_extract_norm", "group");
  if (norm != "group" && norm != "layer") {
    unsupported(source, fmt::format("'feat_extract_norm' is '{}'", tensor::printable(norm)),
                "Supported are group and layer.");
  }
  config.conv_norm = norm == "group" ? ConvNorm::kGroup : ConvNorm::kLayer;
  config.conv_bias = keys.flag("conv_bias", false);
  config.projection_norm =
      config.family != Family::kHubert || keys.flag("feat_proj_layer_norm", true);
  config.position_kernel = keys.size("num_conv_pos_embeddings", 128, kMaxKernel);
  config.position_groups = keys.size("num_conv_pos_embedding_groups", 16, kMaxWidth);
  config.hidden_size = keys.size("hidden_size", 768, kMaxWidth);
  config.layers = keys.size("num_hidden_layers", 12, kMaxLayers);
  config.heads = keys.size("num_attention_heads", 12, kMaxWidth);
  config.feed_forward_size = keys.size("intermediate_size", 3072, kMaxFeedForward);
  config.pre_norm = keys.flag("do_stable_layer_norm", false);

  const double eps = keys.number("layer_norm_eps", 1e-5);
  if (!(eps > 0.0 && eps < 1.0)) corrupt(source, fmt::format("'layer_norm_eps' is {}", eps));
  config.layer_norm_eps = static_cast<float>(eps);
  require_multiple(source, "hidden_size", config.hidden_size, "num_attention_heads", config.heads);
  if (config.hidden_size % config.position_groups != 0) {
    corrupt(source,
            fmt::format("'hidden_size' {} is not a multiple of 'num_conv_pos_embedding_groups' {}",
                        config.hidden_size, config.position_groups));
  }
  if (config.family == Family::kWavLm) read_relative_positions(keys, source, config);
  return config;
}

EncoderConfig read_config(const std::filesystem::path& folder) {
  const std::filesystem::path config_path = folder / "config.json";
  EncoderConfig config =
      parse_config(tensor::read_configuration(config_path), config_path.string());
  const std::filesystem::path preprocessor_path = folder / "preprocessor_config.json";
  if (std::filesystem::exists(preprocessor_path)) {
    const std::string source = preprocessor_path.string();
    const json object =
        tensor::parse_configuration(tensor::read_configuration(preprocessor_path), source);
    const Keys keys(object, source);
    if (config.family == Family::kWhisper) {
      check_whisper_features(keys, source, config);
    } else {
      config.normalize_waveform = keys.flag("do_normalize", true);
    }
    const double rate = keys.number("sampling_rate", 16000.0);
    if (rate != 16000.0) {
      unsupported(source, fmt::format("'sampling_rate' is {}", rate),
                  "Encoders for 16000 Hz are supported.");
    }
  }
  return config;
}

std::string config_json(const EncoderConfig& config) {
  if (config.family == Family::kWhisper) return whisper_json(config).dump(2) + "\n";
  json object = {{"architectures", {architecture(config.family)}},
                 {"model_type", to_string(config.family)},
                 {"hidden_size", config.hidden_size},
                 {"num_hidden_layers", config.layers},
                 {"num_attention_heads", config.heads},
                 {"intermediate_size", config.feed_forward_size},
                 {"hidden_act", "gelu"},
                 // The shortest decimal that reads back as the same float.
                 {"layer_norm_eps", json::parse(fmt::format("{}", config.layer_norm_eps))},
                 {"feat_extract_norm", config.conv_norm == ConvNorm::kGroup ? "group" : "layer"},
                 {"feat_extract_activation", "gelu"},
                 {"conv_bias", config.conv_bias},
                 {"num_feat_extract_layers", config.conv_layers.size()},
                 {"num_conv_pos_embeddings", config.position_kernel},
                 {"num_conv_pos_embedding_groups", config.position_groups},
                 {"do_stable_layer_norm", config.pre_norm},
                 {"torch_dtype", "float32"}};
  if (config.family == Family::kHubert) object["feat_proj_layer_norm"] = config.projection_norm;
  if (config.family == Family::kWavLm) {
    object["num_buckets"] = config.position_buckets;
    object["max_bucket_distance"] = config.position_max_distance;
  }
  for (const ConvLayer& layer : config.conv_layers) {
    object["conv_dim"].push_back(layer.channels);
    object["conv_kernel"].push_back(layer.kernel);
    object["conv_stride"].push_back(layer.stride);
  }
  return object.dump(2) + "\n";
}

std::string preprocessor_json(const EncoderConfig& config) {
  if (config.family == Family::kWhisper) {
    const json object = {{"feature_extractor_type", "WhisperFeatureExtractor"},
                         {"processor_class", "WhisperProcessor"},
                         {"feature_size", config.mel_bins},
                         {"sampling_rate", 16000},
                         {"hop_length", kMelHop},
                         {"n_fft", kMelWindow},
                         {"chunk_length", config.max_samples() / 16000},
                         {"n_samples", config.max_samples()},
                         {"nb_max_frames", config.max_positions * kMelStride},
                         {"padding_side", "right"},
                         {"padding_value", 0.0},
                         {"return_attention_mask", false}};
    return object.dump(2) + "\n";
  }
  const json object = {{"feature_extractor_type", "Wav2Vec2FeatureExtractor"},
                       {"feature_size", 1},
                       {"sampling_rate", 16000},
                       {"padding_side", "right"},
                       {"padding_value", 0.0},
                       {"do_normalize", config.normalize_waveform},
                       {"return_attention_mask", config.conv_norm == ConvNorm::kLayer}};
  return object.dump(2) + "\n";
}

}  // namespace undertone::encoder
