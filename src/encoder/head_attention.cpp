#include "encoder/head_attention.hpp"

#include <algorithm>
#include <cstdint>

#include "encoder/kernels/packed_panels.hpp"
#include "encoder/kernels/panels.hpp"

namespace undertone::encoder {
namespace {

// Queries whose logits are held at once: 1,500 frames (30 s) make 576 KB of them a thread.
constexpr std::size_t kQueryBlock = 96;

constexpr std::size_t round_to_cache_line(std::size_t floats) { return (floats + 15) / 16 * 16; }

// Of a product for so many queries.
double product_flop(std::size_t queries, std::size_t frames, std::size_t width) {
  return 2.0 * static_cast<double>(queries * frames * width);
}

void add_bias(const KernelTable& kernels, const HeadAttention::Head& head, std::size_t query,
              float* logits) {
  if (head.bias == nullptr) return;
  const std::size_t frames = head.keys.rows();
  kernels.add_scaled(logits, head.bias + frames - 1 - query, frames, head.gates[query]);
}

}  // namespace

HeadAttention::HeadAttention(Precision precision, InstructionSet isa, std::size_t width)
    : precision_(precision),
      width_(width),
      strips_(strip_kernels_for(Precision::kBf16, isa)),
      packing_(attention_packing_for(isa)) {}

std::size_t HeadAttention::scratch_floats(std::size_t frames) const {
  const std::size_t logits = round_to_cache_line(kQueryBlock * frames);
  if (precision_ == Precision::kF32)
    return panel_floats(width_, frames) + panel_floats(frames, width_) + logits;
  return panel_lanes(width_, frames, Precision::kBf16) +
         panel_lanes(frames, width_, Precision::kBf16) + logits +
         packed_lanes(kQueryBlock, width_, Precision::kBf16) +
         packed_lanes(kQueryBlock, frames, Precision::kBf16) + kQueryBlock;
}

void HeadAttention::apply(const KernelTable& kernels, const Head& head, float* scratch,
                          SharedProfileSection::Laps& clock) const {
  if (precision_ == Precision::kF32) {
    apply_f32(kernels, head, scratch, clock);
  } else {
    apply_bf16(kernels, head, scratch, clock);
  }
}

void HeadAttention::apply_f32(const KernelTable& kernels, const Head& head, float* scratch,
                              SharedProfileSection::Laps& clock) const {
  const std::size_t frames = head.keys.rows();
  float* keys = scratch;
  float* values = keys + panel_floats(width_, frames);
  float* logits = values + panel_floats(frames, width_);
  pack_transposed_panels(head.keys, keys);
  pack_panels(head.values, values);
  for (std::size_t first = 0; first < frames; first += kQueryBlock) {
    const std::size_t count = std::min(kQueryBlock, frames - first);
    kernels.panel_product({.a = head.queries.row_data(first),
                           .a_stride = head.queries.stride(),
                           .panels = keys,
                           .c = logits,
                           .c_stride = frames,
                           .m = count,
                           .k = width_,
                           .n = frames});
    clock.lap(ProfilePart::kAttentionScores, product_flop(count, frames, width_));
    for (std::size_t q = 0; q < count; ++q) {
      add_bias(kernels, head, first + q, logits + q * frames);
      kernels.softmax(logits + q * frames, frames);
    }
    clock.lap(ProfilePart::kSoftmax);
    kernels.panel_product({.a = logits,
                           .a_stride = frames,
                           .panels = values,
                           .c = head.context.row_data(first),
                           .c_stride = head.context.stride(),
                           .m = count,
                           .k = frames,
                           .n = width_});
    clock.lap(ProfilePart::kAttentionValues, product_flop(count, frames, width_));
  }
}

void HeadAttention::apply_bf16(const KernelTable& kernels, const Head& head, float* scratch,
                               SharedProfileSection::Laps& clock) const {
  const std::size_t frames = head.keys.rows();
  auto* keys = reinterpret_cast<std::uint32_t*>(scratch);
  std::uint32_t* values = keys + panel_lanes(width_, frames, Precision::kBf16);
  const PackedRows queries{.lanes = values + panel_lanes(frames, width_, Precision::kBf16),
                           .capacity = kQueryBlock};
  std::uint32_t* weight_lanes = queries.lanes + packed_lanes(kQueryBlock, width_, Precision::kBf16);
  auto* scales =
      reinterpret_cast<float*>(weight_lanes + packed_lanes(kQueryBlock, frames, Precision::kBf16));
  const PackedRows weights{.lanes = weight_lanes, .capacity = kQueryBlock, .scales = scales};
  float* logits = scales + kQueryBlock;
  packing_.keys({.b = head.keys.data(),
                 .stride = head.keys.stride(),
                 .k = width_,
                 .n = frames,
                 .panels = keys});
  packing_.values({.b = head.values.data(),
                   .stride = head.values.stride(),
                   .k = frames,
                   .n = width_,
                   .panels = values});
  for (std::size_t first = 0; first < frames; first += kQueryBlock) {
    const std::size_t count = std::min(kQueryBlock, frames - first);
    strips_.pack({.a = head.queries.row_data(first),
                  .stride = head.queries.stride(),
                  .rows = count,
                  .k = width_,
                  .target = queries});
    strips_.multiply({.a = queries,
                      .panels = keys,
                      .m = count,
                      .n = frames,
                      .lanes = lanes_of(width_, Precision::kBf16),
                      .c = logits,
                      .c_stride = frames});
    clock.lap(ProfilePart::kAttentionScores, product_flop(count, frames, width_));
    for (std::size_t q = 0; q < count; ++q) add_bias(kernels, head, first + q, logits + q * frames);
    packing_.softmax(
        {.a = logits, .stride = frames, .rows = count, .k = frames, .target = weights});
    clock.lap(ProfilePart::kSoftmax);
    strips_.multiply({.a = weights,
                      .panels = values,
                      .m = count,
                      .n = width_,
                      .lanes = lanes_of(frames, Precision::kBf16),
                      .c = head.context.row_data(first),
                      .c_stride = head.context.stride()});
    clock.lap(ProfilePart::kAttentionValues, product_flop(count, frames, width_));
  }
}

}  // namespace undertone::encoder
