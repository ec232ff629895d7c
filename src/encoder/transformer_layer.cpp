#include "encoder/transformer_layer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "encoder/kernels/panels.hpp"

namespace undertone::encoder {
namespace {

// Queries whose logits are held at once: 1,500 frames (30 s) make 576 KB of them a thread.
constexpr std::size_t kQueryBlock = 96;

// The three projections stacked to [3 · hidden, hidden], with the queries' scale folded in.
Linear read_projection(const LayerSource& source, const std::string& name, std::size_t hidden,
                       std::size_t heads) {
  const std::string packed_name = name + ".qkv_proj";
  if (auto held = Linear::packed(source, packed_name, hidden, 3 * hidden)) return std::move(*held);
  AlignedBuffer<float> weights(3 * hidden * hidden);
  std::vector<float> bias;
  const float scale = 1.0F / std::sqrt(static_cast<float>(hidden / heads));
  constexpr std::array kParts{".q_proj", ".k_proj", ".v_proj"};
  for (std::size_t part = 0; part < kParts.size(); ++part) {
    const float factor = part == 0 ? scale : 1.0F;
    const WeightValues values =
        source.weights.view(name + kParts[part] + ".weight", {hidden, hidden});
    const std::vector<float> shifts =
        source.weights.read_or_zeros(name + kParts[part] + ".bias", hidden);
    float* target = weights.data() + part * hidden * hidden;
    std::transform(values.begin(), values.end(), target,
                   [factor](float value) { return value * factor; });
    for (const float shift : shifts) bias.push_back(shift * factor);
  }
  return {source, packed_name, {weights.data(), 3 * hidden, hidden}, std::move(bias)};
}

// The parts of a layer in checkpoints.
struct Names {
  const char* attention;
  const char* attention_norm;
  const char* expand;
  const char* contract;
};

constexpr Names names_of(Family family) {
  if (family == Family::kWhisper) return {"self_attn", "self_attn_layer_norm", "fc1", "fc2"};
  return {"attention", "layer_norm", "feed_forward.intermediate_dense",
          "feed_forward.output_dense"};
}

constexpr std::size_t round_to_cache_line(std::size_t floats) { return (floats + 15) / 16 * 16; }

}  // namespace

SelfAttention::SelfAttention(const LayerSource& source, const std::string& name,
                             const EncoderConfig& config)
    : heads_(config.heads),
      projection_(read_projection(source, name, config.hidden_size, config.heads)),
      output_(source, name + ".out_proj", config.hidden_size, config.hidden_size) {
  if (config.position_buckets != 0) gate_.emplace(source, name, config.hidden_size, config.heads);
}

void SelfAttention::apply(const Execution& run, MatrixView<const float> x,
                          MatrixView<const float> position_bias, MatrixView<float> residual,
                          Scratch& scratch) const {
  const std::size_t frames = x.rows();
  const std::size_t hidden = x.cols();
  const std::size_t width = hidden / heads_;
  scratch.projected.reserve_discarding(frames * 3 * hidden);
  scratch.context.reserve_discarding(frames * hidden);
  const MatrixView<float> projected(scratch.projected.data(), frames, 3 * hidden);
  const MatrixView<float> context(scratch.context.data(), frames, hidden);
  {
    const ProfileSection section(run.profile, ProfilePart::kAttentionInput,
                                 projection_.flop(frames));
    projection_.apply(run, x, projected);
  }
  MatrixView<float> gates;
  if (gate_) {
    scratch.gates.reserve_discarding(3 * heads_ * frames);
    gates = {scratch.gates.data(), heads_, frames};
    gate_->apply(run, x, scratch.gates.data() + heads_ * frames, gates);
  }

  const std::size_t key_floats = panel_floats(width, frames);
  const std::size_t value_floats = panel_floats(frames, width);
  const std::size_t logit_floats = round_to_cache_line(kQueryBlock * frames);
  const std::size_t lane_floats = key_floats + value_floats + logit_floats;
  const std::size_t lanes = std::min(run.threads(), heads_);
  scratch.heads.reserve_discarding(lanes * lane_floats);
  const double product_flop = 2.0 * static_cast<double>(frames * width);  // a query
  std::optional<SharedProfileSection> heads_section(std::in_place, run.profile);
  run.parallel_for(lanes, [&](std::size_t lane) {
    SharedProfileSection::Laps clock(*heads_section);
    float* keys = scratch.heads.data() + lane * lane_floats;
    float* values = keys + key_floats;
    float* logits = values + value_floats;
    for (std::size_t head = lane; head < heads_; head += lanes) {
      const std::size_t column = head * width;
      const auto part = [&](std::size_t index) {
        return MatrixView<const float>(projected.data() + index * hidden + column, frames, width,
                                       3 * hidden);
      };
      const MatrixView<const float> queries = part(0);
      pack_transposed_panels(part(1), keys);
      pack_panels(part(2), values);
      for (std::size_t first = 0; first < frames; first += kQueryBlock) {
        const std::size_t count = std::min(kQueryBlock, frames - first);
        run.kernels.panel_product({.a = queries.row_data(first),
                                   .a_stride = queries.stride(),
                                   .panels = keys,
                                   .c = logits,
                                   .c_stride = frames,
                                   .m = count,
                                   .k = width,
                                   .n = frames});
        clock.lap(ProfilePart::kAttentionScores, product_flop * static_cast<double>(count));
        for (std::size_t q = 0; q < count; ++q) {
          float* row = logits + q * frames;
          if (gate_) {
            const float* bias = position_bias.row_data(head) + frames - 1 - (first + q);
            run.kernels.add_scaled(row, bias, frames, gates(head, first + q));
          }
          run.kernels.softmax(row, frames);
        }
        clock.lap(ProfilePart::kSoftmax);
        run.kernels.panel_product({.a = logits,
                                   .a_stride = frames,
                                   .panels = values,
                                   .c = context.row_data(first) + column,
                                   .c_stride = hidden,
                                   .m = count,
                                   .k = frames,
                                   .n = width});
        clock.lap(ProfilePart::kAttentionValues, product_flop * static_cast<double>(count));
      }
    }
  });
  heads_section.reset();
  const ProfileSection section(run.profile, ProfilePart::kAttentionOutput, output_.flop(frames));
  output_.apply(run, context, residual, {.accumulate = true});
}

TransformerLayer::TransformerLayer(const LayerSource& source, const std::string& name,
                                   const EncoderConfig& config)
    : pre_norm_(config.pre_norm),
      attention_(source, name + names_of(config.family).attention, config),
      attention_norm_(source, name + names_of(config.family).attention_norm, config.hidden_size,
                      config.layer_norm_eps),
      expand_(source, name + names_of(config.family).expand, config.hidden_size,
              config.feed_forward_size),
      contract_(source, name + names_of(config.family).contract, config.feed_forward_size,
                config.hidden_size),
      final_norm_(source, name + "final_layer_norm", config.hidden_size, config.layer_norm_eps) {}

void TransformerLayer::apply(const Execution& run, MatrixView<float> x,
                             MatrixView<const float> position_bias, Scratch& scratch) const {
  scratch.normed.reserve_discarding(x.rows() * x.cols());
  scratch.intermediate.reserve_discarding(x.rows() * expand_.outputs());
  const MatrixView<float> normed(scratch.normed.data(), x.rows(), x.cols());
  const MatrixView<float> intermediate(scratch.intermediate.data(), x.rows(), expand_.outputs());
  if (pre_norm_) {
    attention_norm_.apply(run, x, normed);
    attention_.apply(run, normed, position_bias, x, scratch.attention);
    final_norm_.apply(run, x, normed);
    feed_forward(run, normed, intermediate, x);
  } else {
    attention_.apply(run, x, position_bias, x, scratch.attention);
    attention_norm_.apply(run, x, x);
    feed_forward(run, x, intermediate, x);
    final_norm_.apply(run, x, x);
  }
}

void TransformerLayer::feed_forward(const Execution& run, MatrixView<const float> x,
                                    MatrixView<float> intermediate,
                                    MatrixView<float> residual) const {
  const ProfileSection section(run.profile, ProfilePart::kFeedForward,
                               expand_.flop(x.rows()) + contract_.flop(x.rows()));
  expand_.apply(run, x, intermediate, {.activation = Activation::kGelu});
  contract_.apply(run, intermediate, residual, {.accumulate = true});
}

}  // namespace undertone::encoder
