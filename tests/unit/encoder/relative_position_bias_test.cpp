#include "encoder/relative_position_bias.hpp"

#include <array>
#include <gtest/gtest.h>
#include <utility>

#include "unit/encoder/golden.hpp"

namespace undertone::encoder {
namespace {

// What WavLMAttention._relative_positions_bucket of transformers 4.33.3 gives; the two agree for
// all distances to ±6000 and the settings 320/800, 24/70, 32/128, 321/800, 8/100 and 64/1600.
TEST(RelativePositionBias, BucketsAreTheReferences) {
  constexpr std::array<std::pair<int, std::size_t>, 23> kExpected{
      {{0, 0},      {1, 161},   {-1, 1},     {79, 239},   {-79, 79},   {80, 240},
       {-80, 80},   {82, 240},  {83, 241},   {100, 247},  {-100, 87},  {253, 280},
       {-253, 120}, {500, 303}, {777, 318},  {778, 319},  {799, 319},  {-799, 159},
       {800, 319},  {801, 319}, {-801, 159}, {1499, 319}, {-1499, 159}}};
  for (const auto& [distance, bucket] : kExpected) {
    EXPECT_EQ(relative_position_bucket(distance, 320, 800), bucket) << distance;
  }
  EXPECT_EQ(relative_position_bucket(-12, 24, 70), 7U);
  EXPECT_EQ(relative_position_bucket(75, 24, 70), 23U);
}

TEST(RelativePositionBias, LinesHoldTheBiasOfEveryDistance) {
  CheckpointWeights weights(golden_folder() / "wavlm-layer");
  const EncoderConfig config = read_config(golden_folder() / "wavlm-layer");
  const RelativePositionBias bias({weights, ProductBackend::kNative, InstructionSet::kBaseline},
                                  config);
  const std::vector<float> table = weights.read("encoder.layers.0.attention.rel_attn_embed.weight",
                                                {config.position_buckets, config.heads});
  constexpr int kFrames = 90;
  tensor::Matrix<float> lines(config.heads, 2 * kFrames - 1);
  bias.write(kFrames, lines.view());
  for (int query = 0; query < kFrames; query += 7) {
    for (int key = 0; key < kFrames; ++key) {
      const std::size_t bucket = relative_position_bucket(key - query, config.position_buckets,
                                                          config.position_max_distance);
      for (std::size_t head = 0; head < config.heads; ++head) {
        ASSERT_EQ(lines(head, static_cast<std::size_t>(kFrames - 1 - query + key)),
                  table[bucket * config.heads + head]);
      }
    }
  }
}

}  // namespace
}  // namespace undertone::encoder
