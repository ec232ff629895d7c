#include "encoder/checkpoint_weights.hpp"

#include <gtest/gtest.h>
#include <limits>
#include <span>

#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"
#include "tensor/safetensors.hpp"

namespace undertone::encoder {
namespace {

using tensor::DType;
using test::TemporaryFolder;

constexpr const char* kConv = "feature_extractor.conv_layers.0.conv.weight";

struct Named {
  std::string name;
  std::vector<std::uint64_t> shape;
  std::vector<float> values;
};

void write_checkpoint(const std::filesystem::path& folder, const std::vector<Named>& tensors) {
  tensor::SafetensorsWriter writer;
  for (const Named& t : tensors)
    writer.add(t.name, DType::kF32, t.shape, std::as_bytes(std::span(t.values)));
  writer.write(folder / "model.safetensors");
}

TEST(CheckpointWeights, SeesThroughPrefixesAndSpellings) {
  const TemporaryFolder folder;
  write_checkpoint(
      folder.path(),
      {{std::string("wav2vec2.") + kConv, {1, 1, 2}, {1, 2}},
       {"wav2vec2.encoder.pos_conv_embed.conv.parametrizations.weight.original0", {1}, {5}},
       {"lm_head.weight", {1}, {3}}});
  CheckpointWeights weights(folder.path());
  EXPECT_TRUE(weights.has(kConv));
  EXPECT_TRUE(weights.has("encoder.pos_conv_embed.conv.weight_g"));
  EXPECT_FALSE(weights.has("lm_head.weight"));
  EXPECT_EQ(weights.read("encoder.pos_conv_embed.conv.weight_g", {1}), std::vector<float>{5});
  EXPECT_EQ(weights.read_or_zeros("feature_extractor.conv_layers.0.conv.bias", 2),
            (std::vector<float>{0, 0}));
}

TEST(CheckpointWeights, FindsWhispersEncoder) {
  for (const std::string prefix : {"model.encoder.", "encoder.", ""}) {
    const TemporaryFolder folder;
    write_checkpoint(folder.path(), {{prefix + "conv1.weight", {1, 1, 3}, {1, 2, 3}},
                                     {"model.decoder.layer_norm.weight", {1}, {1}}});
    CheckpointWeights weights(folder.path());
    EXPECT_TRUE(weights.has("conv1.weight")) << prefix;
    EXPECT_FALSE(weights.has("layer_norm.weight"));
  }
}

TEST(CheckpointWeights, SaysWhatDisagreesWithTheConfiguration) {
  const TemporaryFolder folder;
  write_checkpoint(folder.path(),
                   {{kConv, {1, 1, 2}, {1, std::numeric_limits<float>::quiet_NaN()}}});
  CheckpointWeights weights(folder.path());
  EXPECT_UNDERTONE_ERROR(weights.read(kConv, {1, 1, 3}), ErrorCode::kModelCorrupt, "[1, 1, 2]");
  EXPECT_UNDERTONE_ERROR(weights.read(kConv, {2}), ErrorCode::kModelCorrupt, "asks for [2]");
  EXPECT_UNDERTONE_ERROR(weights.read("absent", {1}), ErrorCode::kModelCorrupt, "'absent'");
  EXPECT_UNDERTONE_ERROR(weights.read(kConv, {1, 1, 2}), ErrorCode::kModelCorrupt, "not a number");
}

TEST(CheckpointWeights, RefusesQuantisedWeights) {
  const TemporaryFolder folder;
  const std::vector<std::int8_t> values{1, 2};
  tensor::SafetensorsWriter writer;
  writer.add(kConv, DType::kI8, {1, 1, 2}, std::as_bytes(std::span(values)));
  writer.write(folder / "model.safetensors");
  CheckpointWeights weights(folder.path());
  EXPECT_UNDERTONE_ERROR(weights.read(kConv, {1, 1, 2}), ErrorCode::kModelUnsupported, "I8");
}

TEST(CheckpointWeights, RefusesAFolderWithoutAnEncodersWeights) {
  const TemporaryFolder folder;
  EXPECT_UNDERTONE_ERROR(CheckpointWeights(folder.path()), ErrorCode::kModelNotFound,
                         "pytorch_model.bin");
  write_checkpoint(folder.path(), {{"bert.embeddings", {1}, {1}}});
  EXPECT_UNDERTONE_ERROR(CheckpointWeights(folder.path()), ErrorCode::kModelCorrupt, kConv);
}

TEST(CheckpointWeights, FingerprintFollowsValuesNotPackaging) {
  const TemporaryFolder first;
  const TemporaryFolder second;
  const TemporaryFolder third;
  write_checkpoint(first.path(), {{kConv, {2}, {1, 2}}, {"surplus", {1}, {1}}});
  write_checkpoint(second.path(), {{std::string("hubert.") + kConv, {2}, {1, 2}}});
  write_checkpoint(third.path(), {{kConv, {2}, {1, 3}}});
  const auto fingerprint = [](const TemporaryFolder& folder, std::string_view configuration) {
    CheckpointWeights weights(folder.path());
    weights.read(kConv, {2});
    return weights.fingerprint(configuration);
  };
  EXPECT_EQ(fingerprint(first, "a").size(), 64U);
  EXPECT_EQ(fingerprint(first, "a"), fingerprint(second, "a"));
  EXPECT_NE(fingerprint(first, "a"), fingerprint(third, "a"));
  EXPECT_NE(fingerprint(first, "a"), fingerprint(first, "b"));
}

}  // namespace
}  // namespace undertone::encoder
