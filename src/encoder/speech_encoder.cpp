#include "encoder/speech_encoder.hpp"

#include <cmath>
#include <fmt/format.h>
#include <optional>
#include <utility>
#include <vector>

#include <undertone/error.hpp>

#include "encoder/checkpoint_weights.hpp"
#include "encoder/feature_encoder.hpp"
#include "encoder/layers.hpp"
#include "encoder/mel_front_end.hpp"
#include "encoder/positional_convolution.hpp"
#include "encoder/relative_position_bias.hpp"
#include "encoder/transformer_layer.hpp"

namespace undertone::encoder {
namespace {

// The values of a configuration that change what is computed, in a form that never changes: it
// enters the fingerprint.
std::string canonical(const EncoderConfig& config) {
  if (config.family == Family::kWhisper) {
    return fmt::format(
        "undertone-encoder-1;whisper;mels={};positions={};context={};hidden={};layers={};heads={};"
        "ffn={};eps={}",
        config.mel_bins, config.max_positions, config.clip_context ? "clip" : "padded",
        config.hidden_size, config.layers, config.heads, config.feed_forward_size,
        config.layer_norm_eps);
  }
  std::string text = fmt::format(
      "undertone-encoder-1;norm={};projection_norm={};position={}/"
      "{};hidden={};layers={};heads={};ffn={};eps={};pre_norm={};"
      "normalize={}",
      config.conv_norm == ConvNorm::kGroup ? "group" : "layer", config.projection_norm,
      config.position_kernel, config.position_groups, config.hidden_size, config.layers,
      config.heads, config.feed_forward_size, config.layer_norm_eps, config.pre_norm,
      config.normalize_waveform);
  for (const ConvLayer& layer : config.conv_layers) {
    text += fmt::format(";conv={},{},{}", layer.channels, layer.kernel, layer.stride);
  }
  if (config.position_buckets != 0) {
    text += fmt::format(";relative_positions={},{}", config.position_buckets,
                        config.position_max_distance);
  }
  return text;
}

// (x - mean) / √(variance + 1e-7) over the whole waveform, population variance.
void normalize(std::span<const float> waveform, std::span<float> out) {
  double sum = 0.0;
  for (const float x : waveform) sum += static_cast<double>(x);
  const double mean = sum / static_cast<double>(waveform.size());
  double squares = 0.0;
  for (const float x : waveform)
    squares += (static_cast<double>(x) - mean) * (static_cast<double>(x) - mean);
  const double scale = 1.0 / std::sqrt(squares / static_cast<double>(waveform.size()) + 1e-7);
  for (std::size_t i = 0; i < waveform.size(); ++i) {
    out[i] = static_cast<float>((static_cast<double>(waveform[i]) - mean) * scale);
  }
}

}  // namespace

struct Workspace::Buffers {
  AlignedBuffer<float> waveform;
  AlignedBuffer<float> features;  // [frames, channels of the last convolution]
  AlignedBuffer<float> hidden;    // [frames, hidden]
  FeatureEncoder::Scratch feature_encoder;
  PositionalConvolution::Scratch position;
  MelFrontEnd::Scratch mel_front_end;
  AlignedBuffer<float> position_bias;  // [heads, 2 · frames - 1]
  TransformerLayer::Scratch layer;
};

Workspace::Workspace() : buffers_(std::make_unique<Buffers>()) {}
Workspace::~Workspace() = default;
Workspace::Workspace(Workspace&&) noexcept = default;
Workspace& Workspace::operator=(Workspace&&) noexcept = default;

struct SpeechEncoder::Network {
  explicit Network(const std::filesystem::path& folder) : weights(folder) {}

  CheckpointWeights
      weights;  // the panels of a packed file are in it; mapped, and else not in memory
  std::string name;
  std::string fingerprint;
  std::string doubt;
  EncoderConfig config;
  InstructionSet instruction_set = InstructionSet::kBaseline;
  ProductBackend backend = ProductBackend::kNative;
  Precision precision = Precision::kF32;

  std::optional<MelFrontEnd> mel_front_end;  // or the four parts that follow
  std::optional<FeatureEncoder> feature_encoder;
  std::optional<LayerNorm> projection_norm;
  std::optional<Linear> projection;
  std::optional<PositionalConvolution> position;
  std::optional<RelativePositionBias> position_bias;
  std::optional<LayerNorm> norm;  // before the first layer (post-norm) or after the last (pre-norm)
  std::vector<std::optional<TransformerLayer>> layers;

  // When all is read: gives back what reading left in memory, and finds out who this is.
  void identify(const LoadOptions& options);

  // The waveform to what enters the first layer, [frames, hidden], of all families but Whisper.
  void enter_transformer(const Execution& run, std::span<const float> waveform,
                         MatrixView<float> hidden, Workspace::Buffers& buffers) const;
};

void SpeechEncoder::Network::identify(const LoadOptions& options) {
  weights.release();
  fingerprint = weights.fingerprint(canonical(config));
  // Whisper's layers have names that the signs do not know: nothing is claimed of them.
  if (config.family != Family::kWhisper) doubt = weights.doubt();
  if (options.parts != nullptr) {
    options.parts->digests = weights.digests();
    options.parts->doubt = doubt;
  }
  if (options.warn && !doubt.empty()) {
    options.warn(fmt::format("the encoder {} {}; what is made of its embeddings means nothing",
                             name, doubt));
  }
}

SpeechEncoder::SpeechEncoder(std::unique_ptr<const Network> network)
    : network_(std::move(network)) {}
SpeechEncoder::~SpeechEncoder() = default;

const EncoderConfig& SpeechEncoder::config() const noexcept { return network_->config; }
const std::string& SpeechEncoder::name() const noexcept { return network_->name; }
const std::string& SpeechEncoder::fingerprint() const noexcept { return network_->fingerprint; }
const std::string& SpeechEncoder::doubt() const noexcept { return network_->doubt; }
InstructionSet SpeechEncoder::instruction_set() const noexcept { return network_->instruction_set; }
ProductBackend SpeechEncoder::backend() const noexcept { return network_->backend; }
Precision SpeechEncoder::precision() const noexcept { return network_->precision; }

std::unique_ptr<const SpeechEncoder> SpeechEncoder::load(const std::filesystem::path& folder,
                                                         const LoadOptions& options,
                                                         ThreadPool& pool) {
  EncoderConfig config = read_config(folder);
  bool other_context = false;
  if (options.context) {
    if (config.family != Family::kWhisper) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("{}: is a {} encoder, which hears the clip alone anyhow",
                              folder.string(), to_string(config.family)),
                  "Leave the context away; it is a choice for Whisper.");
    }
    const bool clip = *options.context == Context::kClip;
    other_context = clip != config.clip_context;
    config.clip_context = clip;
  }
  if (options.warn && !std::filesystem::exists(folder / "preprocessor_config.json")) {
    options.warn(fmt::format("{}: no preprocessor_config.json; the waveform is {}", folder.string(),
                             config.normalize_waveform ? "normalised to zero mean and unit variance"
                                                       : "taken as it is"));
  }
  auto network = std::make_unique<Network>(folder);
  CheckpointWeights& weights = network->weights;
  const std::optional<Packing>& packing = weights.packing();
  if (packing && options.precision && *options.precision != packing->precision) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{} is packed in {}, not in {}", folder.string(),
                            to_string(packing->precision), to_string(*options.precision)),
                fmt::format("Leave the precision away, or pack the encoder that it was made from "
                            "with `undertone models pack --precision {}`.",
                            to_string(*options.precision)));
  }
  network->config = config;
  network->name = options.name.empty() ? folder.filename().string() : options.name;
  if (other_context) {
    network->name += config.clip_context ? " (clip context)" : " (padded context)";
  }
  network->instruction_set =
      options.instruction_set ? *options.instruction_set : usable_instruction_set();
  network->backend =
      options.backend ? *options.backend : preferred_backend(network->instruction_set);
  network->precision = options.precision.value_or(packing ? packing->precision : Precision::kF32);
  network->layers.resize(config.layers);

  const LayerSource source{weights, network->backend, network->instruction_set, network->precision,
                           options.parts};
  if (config.family == Family::kWhisper) {
    pool.parallel_for(1 + config.layers, [&](std::size_t part) {
      if (part < config.layers) {
        network->layers[part].emplace(source, fmt::format("layers.{}.", part), config);
      } else {
        network->mel_front_end.emplace(source, config);
        network->norm.emplace(source, "layer_norm", config.hidden_size, config.layer_norm_eps);
      }
    });
    network->identify(options);
    return std::unique_ptr<const SpeechEncoder>(new SpeechEncoder(std::move(network)));
  }
  const std::size_t features = config.conv_layers.back().channels;
  // The first parts stand outside the transformer; the rest are its layers.
  constexpr std::size_t kOtherParts = 3;
  pool.parallel_for(kOtherParts + config.layers, [&](std::size_t part) {
    switch (part) {
      case 0:
        network->feature_encoder.emplace(source, config);
        break;
      case 1:
        network->position.emplace(source, config);
        break;
      case 2:
        if (config.projection_norm) {
          network->projection_norm.emplace(source, "feature_projection.layer_norm", features,
                                           config.layer_norm_eps);
        }
        network->projection.emplace(source.cautious(), "feature_projection.projection", features,
                                    config.hidden_size);
        network->norm.emplace(source, "encoder.layer_norm", config.hidden_size,
                              config.layer_norm_eps);
        if (config.position_buckets != 0) network->position_bias.emplace(source, config);
        break;
      default:
        const std::size_t layer = part - kOtherParts;
        network->layers[layer].emplace(source, fmt::format("encoder.layers.{}.", layer), config);
    }
  });
  network->identify(options);
  return std::unique_ptr<const SpeechEncoder>(new SpeechEncoder(std::move(network)));
}

tensor::MatrixView<const float> SpeechEncoder::encode(std::span<const float> waveform,
                                                      std::size_t layer, Workspace& workspace,
                                                      ThreadPool* pool) const {
  tensor::MatrixView<const float> result;
  encode_all(waveform, layer, workspace, pool,
             [&](std::size_t, tensor::MatrixView<const float> state) { result = state; });
  return result;
}

void SpeechEncoder::encode_all(std::span<const float> waveform, std::size_t layer,
                               Workspace& workspace, ThreadPool* pool, Visitor visit,
                               Profile* profile) const {
  const Network& network = *network_;
  const EncoderConfig& config = network.config;
  if (layer > last_layer()) {
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("layer {} of '{}', which has layers 0 to {}", layer, name(), last_layer()));
  }
  const std::size_t frames = config.frames(waveform.size());
  if (frames == 0) {
    throw Error(ErrorCode::kAudioTooShort,
                fmt::format("{} samples are fewer than the {} that one frame of '{}' needs",
                            waveform.size(), config.receptive_field(), name()));
  }
  if (waveform.size() > config.max_samples()) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{} samples are more than the {} that '{}' has positions for",
                            waveform.size(), config.max_samples(), name()));
  }
  const Execution run{
      .kernels = kernels_for(network.instruction_set), .pool = pool, .profile = profile};
  Workspace::Buffers& buffers = *workspace.buffers_;
  const std::size_t rows = config.context_frames(waveform.size());
  buffers.hidden.reserve_discarding(rows * config.hidden_size);
  const MatrixView<float> hidden(buffers.hidden.data(), rows, config.hidden_size);
  if (network.mel_front_end) {
    network.mel_front_end->apply(run, waveform, hidden, buffers.mel_front_end);
  } else {
    network.enter_transformer(run, waveform, hidden, buffers);
  }
  MatrixView<float> position_bias;
  if (network.position_bias) {
    const ProfileSection section(profile, ProfilePart::kPositionBias);
    buffers.position_bias.reserve_discarding(config.heads * (2 * frames - 1));
    position_bias = {buffers.position_bias.data(), config.heads, 2 * frames - 1};
    network.position_bias->write(frames, position_bias);
  }
  for (std::size_t i = 0;; ++i) {
    if (i == config.layers && config.pre_norm) network.norm->apply(run, hidden, hidden);
    visit(i, hidden.rows_from(0, frames));
    if (i == layer) break;
    network.layers[i]->apply(run, hidden, position_bias, buffers.layer);
  }
}

void SpeechEncoder::Network::enter_transformer(const Execution& run,
                                               std::span<const float> waveform,
                                               MatrixView<float> hidden,
                                               Workspace::Buffers& buffers) const {
  std::span<const float> input = waveform;
  if (config.normalize_waveform) {
    const ProfileSection section(run.profile, ProfilePart::kFrontEnd);
    buffers.waveform.reserve_discarding(waveform.size());
    const std::span<float> normalized = buffers.waveform.span().first(waveform.size());
    normalize(waveform, normalized);
    input = normalized;
  }
  const std::size_t channels = config.conv_layers.back().channels;
  buffers.features.reserve_discarding(hidden.rows() * channels);
  const MatrixView<float> features(buffers.features.data(), hidden.rows(), channels);

  feature_encoder->apply(run, input, features, buffers.feature_encoder);
  if (projection_norm) projection_norm->apply(run, features, features);
  {
    const ProfileSection section(run.profile, ProfilePart::kProjection,
                                 projection->flop(features.rows()));
    projection->apply(run, features, hidden);
  }
  position->apply(run, hidden, buffers.position);
  if (!config.pre_norm) norm->apply(run, hidden, hidden);
}

}  // namespace undertone::encoder
