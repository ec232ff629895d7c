#include "encoder/checkpoint_weights.hpp"

#include <algorithm>
#include <fstream>
#include <gtest/gtest.h>
#include <limits>
#include <numeric>
#include <span>
#include <unistd.h>

#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"
#include "tensor/float_formats.hpp"
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

TEST(CheckpointWeights, GivesATensorByRows) {
  const TemporaryFolder folder;
  std::vector<float> values(7 * 6);
  std::iota(values.begin(), values.end(), 1.0F);
  write_checkpoint(folder.path(), {{kConv, {7, 3, 2}, values}});
  CheckpointWeights weights(folder.path());
  CheckpointWeights whole(folder.path());
  EXPECT_EQ(whole.read(kConv, {7, 3, 2}), values);
  {
    WeightRows rows = weights.rows(kConv, {7, 3, 2});
    std::vector<float> seen;
    for (const std::size_t count : {3U, 1U, 3U}) {
      EXPECT_EQ(weights.digests(), "") << "counts as read before its end";
      const tensor::MatrixView<const float> band = rows.next(count);
      ASSERT_EQ(band.rows(), count);
      ASSERT_EQ(band.cols(), 6U);
      seen.insert(seen.end(), band.data(), band.data() + count * 6);
    }
    EXPECT_EQ(rows.left(), 0U);
    EXPECT_EQ(seen, values);
  }
  EXPECT_EQ(weights.fingerprint("c"), whole.fingerprint("c"));
}

// Of every type: where floats are used in place, and where they are copied.
TEST(CheckpointWeights, FindsWhatIsNotANumberInAnyRow) {
  constexpr std::size_t kRows = 20;
  constexpr std::size_t kColumns = 5;
  for (const DType type : {DType::kF32, DType::kBF16}) {
    for (std::size_t bad = 0; bad < kRows; ++bad) {
      std::vector<float> values(kRows * kColumns, 0.5F);
      values[bad * kColumns + bad % kColumns] = bad % 2 == 0
                                                    ? std::numeric_limits<float>::infinity()
                                                    : std::numeric_limits<float>::quiet_NaN();
      std::vector<std::uint16_t> halves;
      for (const float value : values) halves.push_back(tensor::bfloat16_from_float(value));
      const TemporaryFolder folder;
      tensor::SafetensorsWriter writer;
      writer.add(kConv, type, {kRows, 1, kColumns},
                 type == DType::kF32 ? std::as_bytes(std::span(values))
                                     : std::as_bytes(std::span(halves)));
      writer.write(folder / "model.safetensors");
      CheckpointWeights weights(folder.path());
      WeightRows rows = weights.rows(kConv, {kRows, 1, kColumns});
      if (bad > 0) rows.next(bad);
      EXPECT_UNDERTONE_ERROR(rows.next(1), ErrorCode::kModelCorrupt, "not a number");
      EXPECT_EQ(weights.digests(), "");
    }
  }
}

// Pages of mapped files that this process has in memory.
std::size_t mapped_bytes_in_memory() {
  std::size_t all = 0;
  std::size_t resident = 0;
  std::size_t shared = 0;
  std::ifstream("/proc/self/statm") >> all >> resident >> shared;
  return shared * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

TEST(CheckpointWeights, HoldsLittleOfALargeTensorInMemory) {
  constexpr std::size_t kRows = 4096;
  constexpr std::size_t kColumns = 4096;  // 64 MiB
  const TemporaryFolder folder;
  write_checkpoint(folder.path(),
                   {{kConv, {kRows, kColumns}, std::vector<float>(kRows * kColumns, 0.25F)}});
  CheckpointWeights weights(folder.path());
  const std::size_t before = mapped_bytes_in_memory();
  if (before == 0) GTEST_SKIP() << "the system does not tell";
  std::size_t most = before;
  {
    WeightRows rows = weights.rows(kConv, {kRows, kColumns});
    while (rows.left() > 0) {
      rows.next(16);
      most = std::max(most, mapped_bytes_in_memory());
    }
  }
  EXPECT_GT(most, before);
  EXPECT_LT(most - before, std::size_t{16} << 20);
  EXPECT_LT(mapped_bytes_in_memory(), before + (std::size_t{4} << 20));
  EXPECT_EQ(weights.read(kConv, {kRows, kColumns}).back(), 0.25F);
  weights.release();
  EXPECT_LT(mapped_bytes_in_memory(), before + (std::size_t{4} << 20));
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
