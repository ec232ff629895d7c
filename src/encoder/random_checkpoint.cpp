#include "encoder/random_checkpoint.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <fmt/format.h>
#include <string>
#include <system_error>
#include <utility>

#include <undertone/error.hpp>

#include "common/atomic_file.hpp"
#include "encoder/training_signs.hpp"
#include "tensor/safetensors_stream.hpp"

namespace undertone::encoder {
namespace {

using tensor::DType;
using tensor::TensorInfo;

// SplitMix64's output function (Steele, Lea, Flood 2014): a bijection that scatters its input.
std::uint64_t scatter(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

// FNV-1a.
std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 0xCBF29CE484222325U;
  for (const char c : text) {
    value = (value ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  }
  return value;
}

// The sum of twelve numbers uniform in [0, 65535], its mean removed: mean 0, standard deviation
// 65536 (to 1e-9), close to normal within four of them (Irwin-Hall).
std::int64_t draw(std::uint64_t stream, std::uint64_t i) {
  std::int64_t sum = 0;
  for (std::uint64_t k = 0; k < 3; ++k) {
    std::uint64_t bits = scatter(stream ^ scatter(3 * i + k));
    for (int lane = 0; lane < 4; ++lane) {
      sum += static_cast<std::int64_t>(bits & 0xFFFFU);
      bits >>= 16;
    }
  }
  return sum - 6 * 65535;
}

constexpr double kUnit = 1.0 / 65536;

// value = (offset + draw * step) * factor. The step is a power of two, so that nothing is rounded
// but the product with the factor, whether or not a compiler fuses operations.
struct Distribution {
  double offset = 0;
  double step = kUnit;
  double factor = 1;
  std::uint64_t stream = 0;

  float value(std::uint64_t i) const {
    return static_cast<float>((offset + static_cast<double>(draw(stream, i)) * step) * factor);
  }
};

Distribution distribution_of(const TensorInfo& tensor, const EncoderConfig& config,
                             std::uint64_t seed) {
  const std::string_view name = tensor.name;
  Distribution result;
  result.stream = scatter(seed) ^ hash(name);
  if (name.ends_with("weight_g")) {
    // About the norm of weight_v over its other dimensions, so that their quotient is near one.
    result.offset = 1;
    result.step = kUnit / 8;
    result.factor = std::sqrt(static_cast<double>(config.hidden_size) /
                              static_cast<double>(config.position_kernel));
  } else if (name.ends_with("norm.weight") || name.ends_with("gru_rel_pos_const")) {
    result.offset = 1;
    result.step = kUnit / 8;
  } else if (name.ends_with("bias")) {
    result.step = kUnit / 8;
  } else if (tensor.shape.size() > 1 && !name.ends_with("rel_attn_embed.weight")) {
    std::uint64_t fan_in = 1;
    for (std::size_t d = 1; d < tensor.shape.size(); ++d) fan_in *= tensor.shape[d];
    result.factor = 1.0 / std::sqrt(static_cast<double>(fan_in));
  }
  return result;
}

class TensorList {
 public:
  void add(std::string name, std::vector<std::uint64_t> shape) {
    tensors_.push_back({std::move(name), DType::kF32, std::move(shape)});
  }
  void add_pair(const std::string& name, std::vector<std::uint64_t> shape) {
    add(name + ".bias", {shape[0]});
    add(name + ".weight", std::move(shape));
  }
  std::vector<TensorInfo> take() { return std::move(tensors_); }

 private:
  std::vector<TensorInfo> tensors_;
};

void add_transformer_layer(TensorList& list, const EncoderConfig& config, std::size_t index) {
  const std::string prefix = fmt::format("encoder.layers.{}.", index);
  const std::uint64_t hidden = config.hidden_size;
  for (const auto* name : {"q_proj", "k_proj", "v_proj", "out_proj"}) {
    list.add_pair(prefix + "attention." + name, {hidden, hidden});
  }
  if (config.position_buckets != 0) {
    const std::uint64_t heads = config.heads;
    list.add(prefix + "attention.gru_rel_pos_const", {1, heads, 1, 1});
    list.add_pair(prefix + "attention.gru_rel_pos_linear", {8, hidden / heads});
    if (index == 0) {
      list.add(prefix + "attention.rel_attn_embed.weight", {config.position_buckets, heads});
    }
  }
  list.add_pair(prefix + "layer_norm", {hidden});
  list.add_pair(prefix + "feed_forward.intermediate_dense", {config.feed_forward_size, hidden});
  list.add_pair(prefix + "feed_forward.output_dense", {hidden, config.feed_forward_size});
  list.add_pair(prefix + "final_layer_norm", {hidden});
}

void add_whisper(TensorList& list, const EncoderConfig& config) {
  const std::string model = "model.encoder.";
  const std::uint64_t hidden = config.hidden_size;
  list.add_pair(model + "conv1", {hidden, config.mel_bins, 3});
  list.add_pair(model + "conv2", {hidden, hidden, 3});
  list.add(model + "embed_positions.weight", {config.max_positions, hidden});
  for (std::size_t i = 0; i < config.layers; ++i) {
    const std::string layer = fmt::format("{}layers.{}.", model, i);
    for (const auto* name : {"q_proj", "v_proj", "out_proj"}) {
      list.add_pair(layer + "self_attn." + name, {hidden, hidden});
    }
    list.add(layer + "self_attn.k_proj.weight", {hidden, hidden});
    list.add_pair(layer + "self_attn_layer_norm", {hidden});
    list.add_pair(layer + "fc1", {config.feed_forward_size, hidden});
    list.add_pair(layer + "fc2", {hidden, config.feed_forward_size});
    list.add_pair(layer + "final_layer_norm", {hidden});
  }
  list.add_pair(model + "layer_norm", {hidden});
}

void write_text(const std::filesystem::path& path, const std::string& text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

void write_weights(const EncoderConfig& config, std::uint64_t seed,
                   const std::filesystem::path& path, ThreadPool& pool) {
  constexpr std::uint64_t kPiece = std::uint64_t{1} << 20;  // values
  constexpr std::uint64_t kShare = std::uint64_t{1} << 14;
  tensor::SafetensorsStream stream(
      path, checkpoint_tensors(config),
      {{"format", "pt"}, {std::string(kWeightsKey), std::string(kRandomWeights)}});
  std::vector<float> values(kPiece);
  for (const TensorInfo& info : stream.tensors()) {
    const Distribution distribution = distribution_of(info, config, seed);
    const std::uint64_t count = info.element_count();
    for (std::uint64_t begin = 0; begin < count; begin += kPiece) {
      const std::uint64_t size = std::min(kPiece, count - begin);
      pool.parallel_for((size + kShare - 1) / kShare, [&](std::size_t share) {
        const std::uint64_t end = std::min(size, (share + 1) * kShare);
        for (std::uint64_t i = share * kShare; i < end; ++i) {
          values[i] = distribution.value(begin + i);
        }
      });
      stream.write(std::as_bytes(std::span(values).first(size)));
    }
  }
  stream.commit();
}

}  // namespace

std::vector<TensorInfo> checkpoint_tensors(const EncoderConfig& config) {
  TensorList list;
  if (config.family == Family::kWhisper) {
    add_whisper(list, config);
    return list.take();
  }
  const std::uint64_t hidden = config.hidden_size;
  std::uint64_t channels = 1;
  for (std::size_t i = 0; i < config.conv_layers.size(); ++i) {
    const ConvLayer& layer = config.conv_layers[i];
    const std::string prefix = fmt::format("feature_extractor.conv_layers.{}.", i);
    list.add(prefix + "conv.weight", {layer.channels, channels, layer.kernel});
    if (config.conv_bias) list.add(prefix + "conv.bias", {layer.channels});
    if (config.conv_norm == ConvNorm::kLayer || i == 0) {
      list.add_pair(prefix + "layer_norm", {layer.channels});
    }
    channels = layer.channels;
  }
  if (config.projection_norm) list.add_pair("feature_projection.layer_norm", {channels});
  list.add_pair("feature_projection.projection", {hidden, channels});
  list.add("masked_spec_embed", {hidden});
  list.add("encoder.pos_conv_embed.conv.bias", {hidden});
  list.add("encoder.pos_conv_embed.conv.weight_g", {1, 1, config.position_kernel});
  list.add("encoder.pos_conv_embed.conv.weight_v",
           {hidden, hidden / config.position_groups, config.position_kernel});
  list.add_pair("encoder.layer_norm", {hidden});
  for (std::size_t i = 0; i < config.layers; ++i) add_transformer_layer(list, config, i);
  return list.take();
}

float random_weight(const TensorInfo& tensor, const EncoderConfig& config, std::uint64_t seed,
                    std::uint64_t i) {
  return distribution_of(tensor, config, seed).value(i);
}

void write_random_checkpoint(const EncoderConfig& config, std::uint64_t seed,
                             const std::filesystem::path& folder, bool overwrite,
                             ThreadPool& pool) {
  static_assert(std::endian::native == std::endian::little, "safetensors are little-endian");
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw Error(ErrorCode::kFileUnwritable,
                fmt::format("cannot create the folder {}: {}", folder.string(), error.message()));
  }
  for (const auto* name : {"config.json", "preprocessor_config.json", "model.safetensors"}) {
    if (!overwrite && std::filesystem::exists(folder / name)) {
      throw Error(ErrorCode::kOutputExists,
                  fmt::format("{} exists already", (folder / name).string()),
                  "Choose another folder, or allow it to be overwritten.");
    }
  }
  write_weights(config, seed, folder / "model.safetensors", pool);
  write_text(folder / "preprocessor_config.json", preprocessor_json(config));
  write_text(folder / "config.json", config_json(config));
}

}  // namespace undertone::encoder
