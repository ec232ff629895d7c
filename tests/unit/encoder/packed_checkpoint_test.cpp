// Encoders from packed folders beside those that they were made from.

#include "encoder/packed_checkpoint.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "encoder/packing.hpp"
#include "encoder/presets.hpp"
#include "encoder/random_checkpoint.hpp"
#include "encoder/speech_encoder.hpp"
#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"
#include "tensor/safetensors.hpp"
#include "tensor/safetensors_stream.hpp"
#include "unit/encoder/golden.hpp"

namespace undertone::encoder {
namespace {

using tensor::DType;
using tensor::TensorInfo;
using test::TemporaryFolder;

std::vector<float> last_state(const SpeechEncoder& encoder, ThreadPool* pool) {
  Workspace workspace;
  const auto state = encoder.encode(golden_waveform(16000), encoder.last_layer(), workspace, pool);
  return {state.data(), state.data() + state.rows() * state.cols()};
}

class PackedEncoder : public testing::TestWithParam<std::tuple<const char*, Precision>> {};

TEST_P(PackedEncoder, GivesTheBitsAndHasTheIdentityOfItsSource) {
  const auto& [model, precision] = GetParam();
  const TemporaryFolder folder;
  ThreadPool pool(2);
  for (const InstructionSet isa : {InstructionSet::kBaseline, usable_instruction_set()}) {
    write_packed_checkpoint(golden_folder() / model, folder.path(),
                            {.precision = precision, .instruction_set = isa, .overwrite = true},
                            pool);
    const auto native = ProductBackend::kNative;
    const auto source = SpeechEncoder::load(
        golden_folder() / model,
        {.name = "m", .instruction_set = isa, .backend = native, .precision = precision}, pool);
    const auto packed = SpeechEncoder::load(
        folder.path(), {.name = "m", .instruction_set = isa, .backend = native}, pool);
    EXPECT_EQ(packed->precision(), precision);
    EXPECT_EQ(packed->fingerprint(), source->fingerprint());
    EXPECT_EQ(packed->doubt(), source->doubt());
    EXPECT_EQ(last_state(*packed, &pool), last_state(*source, &pool)) << to_string(isa);
  }
}

INSTANTIATE_TEST_SUITE_P(All, PackedEncoder,
                         testing::Combine(testing::ValuesIn(kGoldenModels),
                                          testing::Values(Precision::kF32, Precision::kBf16,
                                                          Precision::kInt8)),
                         [](const auto& test) {
                           std::string name = std::get<0>(test.param);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name + "_" + std::string(to_string(std::get<1>(test.param)));
                         });

TEST(PackedCheckpoint, IsUnpackedForTheBackendWithALayoutOfItsOwn) {
  if (!has_backend(ProductBackend::kOneDnn)) GTEST_SKIP() << "built without it";
  const TemporaryFolder folder;
  ThreadPool pool(2);
  const auto model = golden_folder() / "hubert-layer";
  write_packed_checkpoint(model, folder.path(), {}, pool);
  const LoadOptions options{.backend = ProductBackend::kOneDnn};
  EXPECT_EQ(last_state(*SpeechEncoder::load(folder.path(), options, pool), nullptr),
            last_state(*SpeechEncoder::load(model, options, pool), nullptr));
}

TEST(PackedCheckpoint, OfWhisperHasEitherContext) {
  const TemporaryFolder folder;
  ThreadPool pool(2);
  const auto model = golden_folder() / "whisper-80";
  write_packed_checkpoint(model, folder.path(), {}, pool);
  for (const Context context : {Context::kPadded, Context::kClip}) {
    const LoadOptions options{.context = context};
    EXPECT_EQ(SpeechEncoder::load(folder.path(), options, pool)->fingerprint(),
              SpeechEncoder::load(model, options, pool)->fingerprint());
  }
}

TEST(PackedCheckpoint, ImpliesItsPrecision) {
  const TemporaryFolder folder;
  ThreadPool pool(1);
  write_packed_checkpoint(golden_folder() / "hubert-layer", folder.path(),
                          {.precision = Precision::kInt8}, pool);
  EXPECT_EQ(packing_in(folder.path())->precision, Precision::kInt8);
  EXPECT_FALSE(packing_in(golden_folder() / "hubert-layer"));
  EXPECT_NO_THROW(SpeechEncoder::load(folder.path(), {.precision = Precision::kInt8}, pool));
  EXPECT_UNDERTONE_ERROR(SpeechEncoder::load(folder.path(), {.precision = Precision::kF32}, pool),
                         ErrorCode::kInvalidArgument, "is packed in int8, not in f32");
}

TEST(PackedCheckpoint, WritesNothingWhereItMustNot) {
  const TemporaryFolder folder;
  ThreadPool pool(1);
  const auto model = folder / "model";
  write_random_checkpoint(*preset_config("tiny"), 1, model, false, pool);
  EXPECT_UNDERTONE_ERROR(write_packed_checkpoint(model, model, {.overwrite = true}, pool),
                         ErrorCode::kInvalidArgument, "own folder");
  EXPECT_FALSE(std::filesystem::exists(model / kPackedFile));
  write_packed_checkpoint(model, folder / "packed", {}, pool);
  EXPECT_UNDERTONE_ERROR(write_packed_checkpoint(model, folder / "packed", {}, pool),
                         ErrorCode::kOutputExists, "exists already");
  EXPECT_NO_THROW(write_packed_checkpoint(model, folder / "packed", {.overwrite = true}, pool));
  EXPECT_UNDERTONE_ERROR(write_packed_checkpoint(folder / "packed", folder / "again", {}, pool),
                         ErrorCode::kInvalidArgument, "packed already");
}

TEST(PackedCheckpoint, CarriesTensorsAndFilesThatBelongToIt) {
  const TemporaryFolder folder;
  ThreadPool pool(1);
  const auto model = folder / "model";
  write_random_checkpoint(*preset_config("tiny"), 1, model, false, pool);
  std::filesystem::copy_file(model / "config.json", model / "bundle.safetensors");
  write_packed_checkpoint(
      model, folder / "packed",
      {.carry = [](std::string_view name) { return name == "masked_spec_embed"; }}, pool);
  const tensor::SafetensorsFile source(model / "model.safetensors");
  const tensor::SafetensorsFile packed(folder / "packed" / kPackedFile);
  const TensorInfo* const carried = packed.find("masked_spec_embed");
  ASSERT_NE(carried, nullptr);
  std::vector<float> expected(carried->element_count());
  std::vector<float> found(carried->element_count());
  source.read_floats(*source.find("masked_spec_embed"), expected);
  packed.read_floats(*carried, found);
  EXPECT_EQ(found, expected);
  for (const char* name : {"config.json", "preprocessor_config.json", "bundle.safetensors"}) {
    EXPECT_EQ(test::read_file(folder / "packed" / name), test::read_file(model / name)) << name;
  }
}

TEST(PackedCheckpoint, PanelsStandAtAlignedAddresses) {
  const TemporaryFolder folder;
  ThreadPool pool(1);
  write_packed_checkpoint(golden_folder() / "hubert-odd", folder.path(), {}, pool);
  const tensor::SafetensorsFile file(folder / kPackedFile);
  std::size_t panels = 0;
  for (const TensorInfo& info : file.tensors()) {
    if (!info.name.ends_with(kPanelsEnding)) continue;
    ++panels;
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(file.bytes(info).data()) % 64, 0U) << info.name;
  }
  EXPECT_GT(panels, 10U);
}

// A packed file in which one thing is not as it should be.
class DamagedPackedCheckpoint : public testing::Test {
 protected:
  struct Content {
    std::map<std::string, std::string> metadata;
    std::map<std::string, TensorInfo> infos;
    std::map<std::string, std::vector<std::byte>> bytes;
  };

  void SetUp() override {
    write_random_checkpoint(*preset_config("tiny"), 1, folder_ / "model", false, pool_);
    write_packed_checkpoint(folder_ / "model", folder_ / "packed", {.precision = Precision::kInt8},
                            pool_);
  }

  void damage(const std::function<void(Content&)>& change,
              tensor::FileOrder order = tensor::FileOrder::kAligned) {
    const auto path = folder_ / "packed" / kPackedFile;
    Content content;
    {
      const tensor::SafetensorsFile file(path);
      content.metadata = file.metadata();
      for (const TensorInfo& info : file.tensors()) {
        content.infos[info.name] = info;
        const auto bytes = file.bytes(info);
        content.bytes[info.name] = {bytes.begin(), bytes.end()};
      }
    }
    change(content);
    std::vector<TensorInfo> infos;
    for (const auto& [name, info] : content.infos) infos.push_back(info);
    tensor::SafetensorsStream stream(path, infos, content.metadata, order);
    for (const TensorInfo& info : stream.tensors()) stream.write(content.bytes.at(info.name));
    stream.commit();
  }

  void load() { SpeechEncoder::load(folder_ / "packed", {}, pool_); }

  static constexpr const char* kMatrix = "encoder.layers.1.feed_forward.output_dense";
  TemporaryFolder folder_;
  ThreadPool pool_{1};
};

TEST_F(DamagedPackedCheckpoint, IsReadIfNothingIsWrong) {
  damage([](Content&) {});
  EXPECT_NO_THROW(load());
}

TEST_F(DamagedPackedCheckpoint, OfAnotherLayout) {
  damage([](Content& content) { content.metadata[kLayoutKey] = "2"; });
  EXPECT_UNDERTONE_ERROR(load(), ErrorCode::kModelUnsupported, "packed in the layout '2'");
}

TEST_F(DamagedPackedCheckpoint, WithoutItsIdentity) {
  damage([](Content& content) { content.metadata[kDigestsKey].pop_back(); });
  EXPECT_UNDERTONE_ERROR(load(), ErrorCode::kModelCorrupt, "metadata");
}

TEST_F(DamagedPackedCheckpoint, OfAnUnknownPrecision) {
  damage([](Content& content) { content.metadata[kPrecisionKey] = "f64"; });
  EXPECT_UNDERTONE_ERROR(load(), ErrorCode::kModelCorrupt, "metadata");
}

TEST_F(DamagedPackedCheckpoint, WithPanelsOfLessPrecisionThanItSays) {
  damage([](Content& content) { content.metadata[kPrecisionKey] = "f32"; });
  EXPECT_UNDERTONE_ERROR(load(), ErrorCode::kModelCorrupt, "packed in f32");
}

TEST_F(DamagedPackedCheckpoint, WithoutAMatrix) {
  damage([](Content& content) { content.infos.erase(std::string(kMatrix) + ".panels"); });
  EXPECT_UNDERTONE_ERROR(load(), ErrorCode::kModelCorrupt, "output_dense.panels' is missing");
}

TEST_F(DamagedPackedCheckpoint, WithoutScales) {
  damage([](Content& content) { content.infos.erase(std::string(kMatrix) + ".scales"); });
  EXPECT_UNDERTONE_ERROR(load(), ErrorCode::kModelCorrupt, "output_dense.scales");
}

TEST_F(DamagedPackedCheckpoint, WithTooSmallAMatrix) {
  damage([](Content& content) {
    const std::string name = std::string(kMatrix) + ".panels";
    content.infos[name].shape[1] -= 1;
    content.bytes[name].resize(content.infos[name].element_count());
  });
  EXPECT_UNDERTONE_ERROR(load(), ErrorCode::kModelCorrupt, "output_dense.panels' has the shape");
}

TEST_F(DamagedPackedCheckpoint, WithAMatrixOfAnotherType) {
  damage(
      [](Content& content) { content.infos[std::string(kMatrix) + ".panels"].dtype = DType::kU8; });
  EXPECT_UNDERTONE_ERROR(load(), ErrorCode::kModelCorrupt, "of type U8");
}

TEST_F(DamagedPackedCheckpoint, WithSumsOfAnotherType) {
  damage(
      [](Content& content) { content.infos[std::string(kMatrix) + ".sums"].dtype = DType::kF32; });
  EXPECT_UNDERTONE_ERROR(load(), ErrorCode::kModelCorrupt, "sums of type F32");
}

TEST_F(DamagedPackedCheckpoint, OutOfAlignment) {
  damage(
      [](Content& content) {
        content.infos["a"] = {"a", DType::kF64, {1}};
        content.bytes["a"].resize(8);
      },
      tensor::FileOrder::kReference);
  EXPECT_UNDERTONE_ERROR(load(), ErrorCode::kModelCorrupt, "multiple of 64 bytes");
}

TEST_F(DamagedPackedCheckpoint, WithNumbersThatAreNoneInPanels) {
  const tensor::SafetensorsFile sound(folder_ / "packed" / kPackedFile);
  EXPECT_NO_THROW(require_finite_panels(sound));
  damage([](Content& content) {
    const float odd = std::numeric_limits<float>::quiet_NaN();
    std::memcpy(content.bytes["feature_extractor.conv_layers.0.conv.panels"].data(), &odd,
                sizeof odd);
  });
  const tensor::SafetensorsFile file(folder_ / "packed" / kPackedFile);
  EXPECT_UNDERTONE_ERROR(require_finite_panels(file), ErrorCode::kModelCorrupt, "not a number");
}

}  // namespace
}  // namespace undertone::encoder
