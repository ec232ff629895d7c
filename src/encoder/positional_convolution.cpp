#include "encoder/positional_convolution.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <string>
#include <utility>

namespace undertone::encoder {
namespace {

constexpr const char* kName = "encoder.pos_conv_embed.conv";

// The factors [kernel] of weight norm: W[:, :, k] = g[k] · v[:, :, k] / ‖v[:, :, k]‖.
std::vector<float> read_factors(CheckpointWeights& weights, std::size_t hidden, std::size_t inputs,
                                std::size_t kernel) {
  const std::string name = std::string(kName) + ".";
  const std::vector<float> gain = weights.read(name + "weight_g", {1, 1, kernel});
  WeightRows directions = weights.rows(name + "weight_v", {hidden, inputs, kernel});
  std::vector<double> squares(kernel, 0.0);
  while (directions.left() > 0) {
    const MatrixView<const float> row = directions.next(1);
    for (std::size_t i = 0; i < row.cols(); i += kernel) {
      for (std::size_t k = 0; k < kernel; ++k) {
        const auto value = static_cast<double>(row(0, i + k));
        squares[k] += value * value;
      }
    }
  }
  std::vector<float> factors(kernel, 0.0F);
  for (std::size_t k = 0; k < kernel; ++k) {
    if (squares[k] > 0.0)
      factors[k] = static_cast<float>(static_cast<double>(gain[k]) / std::sqrt(squares[k]));
  }
  return factors;
}

}  // namespace

PositionalConvolution::PositionalConvolution(const LayerSource& source, const EncoderConfig& config)
    : kernel_(config.position_kernel) {
  const std::size_t width = config.hidden_size / config.position_groups;
  const auto group_name = [](std::size_t group) { return fmt::format("{}.{}", kName, group); };
  if (source.weights.packing()) {
    for (std::size_t group = 0; group < config.position_groups; ++group) {
      auto held = Linear::packed(source, group_name(group), kernel_ * width, width);
      groups_.push_back(std::move(*held));
    }
    return;
  }
  const std::string name = kName;
  const bool folded =
      !source.weights.has(name + ".weight_v") && source.weights.has(name + ".weight");
  WindowRows windows(source.weights, name + (folded ? ".weight" : ".weight_v"), config.hidden_size,
                     width,
                     folded ? std::vector<float>(kernel_, 1.0F)
                            : read_factors(source.weights, config.hidden_size, width, kernel_));
  const std::vector<float> bias = source.weights.read_or_zeros(name + ".bias", config.hidden_size);
  const auto next = [&](std::size_t count) { return windows.next(count); };
  for (std::size_t group = 0; group < config.position_groups; ++group) {
    const auto first = bias.begin() + static_cast<std::ptrdiff_t>(group * width);
    groups_.emplace_back(source.cautious(), group_name(group), kernel_ * width, width, next,
                         std::vector<float>(first, first + static_cast<std::ptrdiff_t>(width)));
  }
}

void PositionalConvolution::apply(const Execution& run, MatrixView<float> x,
                                  Scratch& scratch) const {
  const ProfileSection section(
      run.profile, ProfilePart::kPosition,
      static_cast<double>(groups_.size()) * groups_.front().flop(x.rows()));
  const std::size_t width = groups_.front().outputs();
  const std::size_t before = kernel_ / 2;
  const std::size_t padded_frames = x.rows() + kernel_ - 1;
  scratch.padded.reserve_discarding(groups_.size() * padded_frames * width);
  scratch.output.reserve_discarding(x.rows() * x.cols());
  run.parallel_for(groups_.size(), [&](std::size_t group) {
    const MatrixView<float> padded(scratch.padded.data() + group * padded_frames * width,
                                   padded_frames, width);
    std::fill(padded.data(), padded.row_data(before), 0.0F);
    for (std::size_t t = 0; t < x.rows(); ++t) {
      std::memcpy(padded.row_data(before + t), x.row_data(t) + group * width,
                  width * sizeof(float));
    }
    std::fill(padded.row_data(before + x.rows()), padded.row_data(padded_frames), 0.0F);
    const MatrixView<const float> windows(padded.data(), x.rows(), kernel_ * width, width);
    const MatrixView<float> output(scratch.output.data() + group * width, x.rows(), width,
                                   x.cols());
    groups_[group].apply({.kernels = run.kernels, .pool = nullptr}, windows, output,
                         {.activation = Activation::kGelu});
    for (std::size_t t = 0; t < x.rows(); ++t) {
      run.kernels.add(x.row_data(t) + group * width, output.row_data(t), width);
    }
  });
}

}  // namespace undertone::encoder
