#include "encoder/feature_encoder.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <string>

namespace undertone::encoder {
namespace {

// Output frames of a block. With HuBERT's strides 32 frames are 2,063 rows of the first layer:
// small enough for the cache, and the rows that neighbouring blocks both compute are 1 % of them.
constexpr std::size_t kBlockFrames = 32;

// Rows of the first layer whose sums are taken together for the group norm.
constexpr std::size_t kStatisticsRows = 2048;

// PyTorch's default, which the reference uses here whatever layer_norm_eps says.
constexpr float kNormEps = 1e-5F;

std::string layer_name(std::size_t i) { return fmt::format("feature_extractor.conv_layers.{}", i); }

// The windows of a convolution over channels-last input that begins at `input`.
MatrixView<const float> windows(const float* input, std::size_t count, const ConvLayer& shape,
                                std::size_t inputs) {
  return {input, count, shape.kernel * inputs, shape.stride * inputs};
}

}  // namespace

FeatureEncoder::FeatureEncoder(const LayerSource& source, const EncoderConfig& config) {
  std::size_t inputs = 1;
  for (std::size_t i = 0; i < config.conv_layers.size(); ++i) {
    const ConvLayer& shape = config.conv_layers[i];
    const std::string name = layer_name(i);
    Layer layer{
        .shape = shape,
        .inputs = inputs,
        .convolution = read_convolution(i == 0 ? source.exact() : source.cautious(), name + ".conv",
                                        shape.channels, inputs, shape.kernel),
        .norm = std::nullopt};
    if (config.conv_norm == ConvNorm::kLayer)
      layer.norm.emplace(source, name + ".layer_norm", shape.channels, kNormEps);
    layers_.push_back(std::move(layer));
    inputs = shape.channels;
  }
  if (config.conv_norm == ConvNorm::kGroup) {
    const std::size_t channels = layers_.front().shape.channels;
    group_norm_ = GroupNorm{.weight = source.read(layer_name(0) + ".layer_norm.weight", {channels}),
                            .bias = source.read(layer_name(0) + ".layer_norm.bias", {channels})};
  }
}

void FeatureEncoder::apply(const Execution& run, std::span<const float> waveform,
                           MatrixView<float> features, Scratch& scratch) const {
  const ProfileSection section(run.profile, ProfilePart::kFrontEnd,
                               run.profile == nullptr ? 0.0 : flop(waveform.size()));
  const std::size_t lanes = run.threads();
  if (scratch.lanes.size() < lanes) scratch.lanes.resize(lanes);
  std::size_t rows = kBlockFrames;
  std::size_t even = 0;
  std::size_t odd = 0;
  for (std::size_t i = layers_.size() - 1; i > 0; --i) {
    rows =
        (rows - 1) * layers_[i].shape.stride + layers_[i].shape.kernel;  // of layer i - 1's output
    std::size_t& size = (i - 1) % 2 == 0 ? even : odd;
    size = std::max(size, rows * layers_[i - 1].shape.channels);
  }
  for (std::size_t i = 0; i < lanes; ++i) {
    scratch.lanes[i].even.reserve_discarding(
        std::max(even, kStatisticsRows * layers_.front().shape.channels));
    scratch.lanes[i].odd.reserve_discarding(odd);
  }
  if (group_norm_) measure_group_norm(run, waveform, scratch);
  const std::size_t blocks = (features.rows() + kBlockFrames - 1) / kBlockFrames;
  run.parallel_for(std::min(lanes, blocks), [&](std::size_t lane) {
    for (std::size_t block = lane; block < blocks; block += lanes) {
      run_block(run.kernels, waveform, block * kBlockFrames, features, scratch.lanes[lane],
                scratch);
    }
  });
}

double FeatureEncoder::flop(std::size_t samples) const {
  double sum = 0;
  for (const Layer& layer : layers_) {
    samples = (samples - layer.shape.kernel) / layer.shape.stride + 1;
    sum += layer.convolution.flop(samples);
    // The group norm is measured on a first pass.
    if (group_norm_ && &layer == layers_.data()) sum *= 2;
  }
  return sum;
}

// Mean and variance of every channel of the first layer over the whole clip, as a scale and a
// shift.
void FeatureEncoder::measure_group_norm(const Execution& run, std::span<const float> waveform,
                                        Scratch& scratch) const {
  const Layer& first = layers_.front();
  const std::size_t channels = first.shape.channels;
  const std::size_t rows = (waveform.size() - first.shape.kernel) / first.shape.stride + 1;
  const std::size_t blocks = (rows + kStatisticsRows - 1) / kStatisticsRows;
  scratch.partial_sums.assign(blocks * 2 * channels, 0.0);
  const std::size_t lanes = run.threads();
  run.parallel_for(std::min(lanes, blocks), [&](std::size_t lane) {
    const Execution alone{.kernels = run.kernels, .pool = nullptr};
    for (std::size_t block = lane; block < blocks; block += lanes) {
      const std::size_t begin = block * kStatisticsRows;
      const std::size_t count = std::min(kStatisticsRows, rows - begin);
      const MatrixView<float> output(scratch.lanes[lane].even.data(), count, channels);
      first.convolution.apply(
          alone, windows(waveform.data() + begin * first.shape.stride, count, first.shape, 1),
          output);
      double* sums = scratch.partial_sums.data() + block * 2 * channels;
      double* squares = sums + channels;
      for (std::size_t r = 0; r < count; ++r) {
        const float* row = output.row_data(r);
        for (std::size_t c = 0; c < channels; ++c) {
          const double value = row[c];
          sums[c] += value;
          squares[c] += value * value;
        }
      }
    }
  });
  scratch.group_scale.resize(channels);
  scratch.group_shift.resize(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    double sum = 0.0;
    double square = 0.0;
    for (std::size_t block = 0; block < blocks; ++block) {
      sum += scratch.partial_sums[block * 2 * channels + c];
      square += scratch.partial_sums[(block * 2 + 1) * channels + c];
    }
    const double mean = sum / static_cast<double>(rows);
    const double variance = std::max(0.0, square / static_cast<double>(rows) - mean * mean);
    const double scale = static_cast<double>(group_norm_->weight[c]) /
                         std::sqrt(variance + static_cast<double>(kNormEps));
    scratch.group_scale[c] = static_cast<float>(scale);
    scratch.group_shift[c] =
        static_cast<float>(static_cast<double>(group_norm_->bias[c]) - mean * scale);
  }
}

void FeatureEncoder::run_block(const KernelTable& kernels, std::span<const float> waveform,
                               std::size_t first_frame, MatrixView<float> features,
                               Scratch::Lane& lane, const Scratch& scratch) const {
  const std::size_t frames = std::min(kBlockFrames, features.rows() - first_frame);
  // Where the block begins in the input of the first layer, and how many rows each layer gives.
  std::size_t begin = first_frame;
  std::vector<std::size_t> rows(layers_.size(), frames);
  for (std::size_t i = layers_.size(); i-- > 0;) {
    begin *= layers_[i].shape.stride;
    if (i > 0) rows[i - 1] = (rows[i] - 1) * layers_[i].shape.stride + layers_[i].shape.kernel;
  }
  const Execution alone{.kernels = kernels, .pool = nullptr};
  const float* input = waveform.data() + begin;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const Layer& layer = layers_[i];
    const bool last = i + 1 == layers_.size();
    float* target =
        last ? features.row_data(first_frame) : (i % 2 == 0 ? lane.even : lane.odd).data();
    const MatrixView<float> output(target, rows[i], layer.shape.channels,
                                   last ? features.stride() : layer.shape.channels);
    const bool group = i == 0 && group_norm_.has_value();
    const bool plain = !layer.norm && !group;
    layer.convolution.apply(alone, windows(input, rows[i], layer.shape, layer.inputs), output,
                            {.activation = plain ? Activation::kGelu : Activation::kNone});
    for (std::size_t r = 0; r < rows[i] && !plain; ++r) {
      float* row = output.row_data(r);
      if (group) {
        kernels.scale_shift(row, row, layer.shape.channels, scratch.group_scale.data(),
                            scratch.group_shift.data());
      } else {
        layer.norm->apply_row(kernels, row, row);
      }
      kernels.gelu(row, layer.shape.channels);
    }
    input = target;
  }
}

}  // namespace undertone::encoder
