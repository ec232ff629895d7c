#include "encoder/transformer_layer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace undertone::encoder {
namespace {

// The three projections stacked to [3 · hidden, hidden], with the queries' scale folded in.
Linear read_projection(const LayerSource& source, const std::string& name, std::size_t hidden,
                       std::size_t heads) {
  const std::string packed_name = name + ".qkv_proj";
  if (auto held = Linear::packed(source, packed_name, hidden, 3 * hidden)) return std::move(*held);
  const float scale = 1.0F / std::sqrt(static_cast<float>(hidden / heads));
  const std::array factors{scale, 1.0F, 1.0F};
  const std::array names{name + ".q_proj", name + ".k_proj", name + ".v_proj"};
  std::vector<float> bias;
  for (std::size_t part = 0; part < names.size(); ++part) {
    for (const float shift : source.weights.read_or_zeros(names[part] + ".bias", hidden)) {
      bias.push_back(shift * factors[part]);
    }
  }
  const auto rows_of = [&](const std::string& projection) {
    return source.weights.rows(projection + ".weight", {hidden, hidden});
  };
  std::array weights{rows_of(names[0]), rows_of(names[1]), rows_of(names[2])};
  std::size_t part = 0;
  tensor::Matrix<float> band(kBandRows, hidden);
  const auto next = [&](std::size_t count) {
    for (std::size_t r = 0; r < count; ++r) {
      if (weights[part].left() == 0) ++part;
      const std::span<const float> row = weights[part].next(1).row(0);
      std::transform(row.begin(), row.end(), band.row(r).begin(),
                     [factor = factors[part]](float value) { return value * factor; });
    }
    return std::as_const(band).view().rows_from(0, count);
  };
  return {source, packed_name, hidden, 3 * hidden, next, std::move(bias)};
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

}  // namespace

SelfAttention::SelfAttention(const LayerSource& source, const std::string& name,
                             const EncoderConfig& config)
    : heads_(config.heads),
      projection_(read_projection(source, name, config.hidden_size, config.heads)),
      head_(source.cautious().precision, source.instruction_set, config.hidden_size / config.heads),
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

  const std::size_t lane_floats = head_.scratch_floats(frames);
  const std::size_t lanes = std::min(run.threads(), heads_);
  scratch.heads.reserve_discarding(lanes * lane_floats);
  std::optional<SharedProfileSection> heads_section(std::in_place, run.profile);
  run.parallel_for(lanes, [&](std::size_t lane) {
    SharedProfileSection::Laps clock(*heads_section);
    for (std::size_t head = lane; head < heads_; head += lanes) {
      const std::size_t column = head * width;
      const auto part = [&](std::size_t index) {
        return MatrixView<const float>(projected.data() + index * hidden + column, frames, width,
                                       3 * hidden);
      };
      head_.apply(run.kernels,
                  {.queries = part(0),
                   .keys = part(1),
                   .values = part(2),
                   .context = {context.data() + column, frames, width, hidden},
                   .bias = gate_ ? position_bias.row_data(head) : nullptr,
                   .gates = gate_ ? gates.row_data(head) : nullptr},
                  scratch.heads.data() + lane * lane_floats, clock);
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
