#include "encoder/relative_position_bias.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace undertone::encoder {
namespace {

// Outputs of the checkpoint's linear layer that are summed for each of the two gates.
constexpr std::size_t kSummed = 4;

Linear read_gate(const LayerSource& source, const std::string& name, std::size_t width) {
  if (auto held = Linear::packed(source, name, width, 2)) return std::move(*held);
  const std::vector<float> weight = source.weights.read(name + ".weight", {2 * kSummed, width});
  const std::vector<float> bias = source.weights.read_or_zeros(name + ".bias", 2 * kSummed);
  tensor::Matrix<float> weights(2, width);
  std::vector<float> shifts(2, 0.0F);
  for (std::size_t row = 0; row < 2 * kSummed; ++row) {
    for (std::size_t i = 0; i < width; ++i) weights(row / kSummed, i) += weight[row * width + i];
    shifts[row / kSummed] += bias[row];
  }
  return {source.exact(), name, std::as_const(weights).view(), std::move(shifts)};
}

float sigmoid(float x) { return 1.0F / (1.0F + std::exp(-x)); }

}  // namespace

std::size_t relative_position_bucket(std::ptrdiff_t distance, std::size_t buckets,
                                     std::size_t max_distance) {
  const std::size_t half = buckets / 2;
  const std::size_t exact = half / 2;
  const std::size_t first = distance > 0 ? half : 0;
  const auto size = static_cast<std::size_t>(std::abs(distance));
  if (size < exact) return first + size;
  const double octave = std::log(static_cast<double>(size) / static_cast<double>(exact)) /
                        std::log(static_cast<double>(max_distance) / static_cast<double>(exact));
  const auto beyond = static_cast<std::size_t>(octave * static_cast<double>(half - exact));
  return first + std::min(half - 1, exact + beyond);
}

RelativePositionBias::RelativePositionBias(const LayerSource& source, const EncoderConfig& config)
    : table_(source.read("encoder.layers.0.attention.rel_attn_embed.weight",
                         {config.position_buckets, config.heads})),
      heads_(config.heads),
      buckets_(config.position_buckets),
      max_distance_(config.position_max_distance) {}

void RelativePositionBias::write(std::size_t frames, MatrixView<float> lines) const {
  for (std::size_t i = 0; i < 2 * frames - 1; ++i) {
    const auto distance = static_cast<std::ptrdiff_t>(i) - static_cast<std::ptrdiff_t>(frames - 1);
    const float* biases =
        table_.data() + relative_position_bucket(distance, buckets_, max_distance_) * heads_;
    for (std::size_t head = 0; head < heads_; ++head) lines(head, i) = biases[head];
  }
}

RelativePositionGate::RelativePositionGate(const LayerSource& source, const std::string& name,
                                           std::size_t hidden, std::size_t heads)
    : projection_(read_gate(source, name + ".gru_rel_pos_linear", hidden / heads)),
      constants_(source.read(name + ".gru_rel_pos_const", {1, heads, 1, 1})) {}

void RelativePositionGate::apply(const Execution& run, MatrixView<const float> x, float* projected,
                                 MatrixView<float> gates) const {
  const std::size_t frames = x.rows();
  const std::size_t heads = constants_.size();
  const ProfileSection section(run.profile, ProfilePart::kPositionBias,
                               projection_.flop(frames * heads));
  const std::size_t width = x.cols() / heads;
  projection_.apply(run, {x.data(), frames * heads, width}, {projected, frames * heads, 2});
  run.parallel_for(heads, [&](std::size_t head) {
    for (std::size_t t = 0; t < frames; ++t) {
      const float* pair = projected + 2 * (t * heads + head);
      gates(head, t) = sigmoid(pair[0]) * (sigmoid(pair[1]) * constants_[head] - 1.0F) + 2.0F;
    }
  });
}

}  // namespace undertone::encoder
