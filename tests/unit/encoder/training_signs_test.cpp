#include "encoder/training_signs.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "encoder/checkpoint_weights.hpp"
#include "encoder/presets.hpp"
#include "encoder/random_checkpoint.hpp"
#include "encoder/speech_encoder.hpp"
#include "support/paths.hpp"
#include "support/temporary_folder.hpp"
#include "tensor/safetensors.hpp"

namespace undertone::encoder {
namespace {

using undertone::test::TemporaryFolder;

void show(TrainingSigns& signs, std::string_view name, const std::vector<std::size_t>& shape,
          std::span<const float> values) {
  TrainingSigns::Tensor tensor(name, shape);
  tensor.add(values);
  signs.add(tensor);
}

// Matrices of independent draws; `row_scale` multiplies every eighth row.
std::unique_ptr<TrainingSigns> signs_of(auto draw, std::size_t rows, std::size_t columns,
                                        float row_scale = 1) {
  auto signs = std::make_unique<TrainingSigns>();
  for (int layer = 0; layer < 6; ++layer) {
    std::vector<float> values(rows * columns);
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = draw() * (i / columns % 8 == 0 ? row_scale : 1);
    }
    show(*signs, "encoder.layers." + std::to_string(layer) + ".attention.q_proj.weight",
         {rows, columns}, values);
  }
  return signs;
}

TEST(TrainingSigns, SeeDrawsOfAnyShape) {
  std::mt19937_64 random(1);
  std::normal_distribution<float> normal(0, 0.02F);
  std::uniform_real_distribution<float> uniform(-0.1F, 0.1F);
  for (const auto& [rows, columns] :
       {std::pair<std::size_t, std::size_t>{16, 16}, {32, 64}, {768, 768}, {256, 1024}}) {
    const auto of_normal = signs_of([&] { return normal(random); }, rows, columns);
    EXPECT_NEAR(of_normal->row_dispersion(), 1, 0.5);
    EXPECT_NEAR(of_normal->column_dispersion(), 1, 0.5);
    EXPECT_NE(of_normal->doubt(), "");
    EXPECT_NE(signs_of([&] { return uniform(random); }, rows, columns)->doubt(), "");
  }
}

TEST(TrainingSigns, DoNotTakeRowsOfDifferentWeightForDraws) {
  std::mt19937_64 random(2);
  std::normal_distribution<float> normal(0, 0.02F);
  EXPECT_EQ(signs_of([&] { return normal(random); }, 64, 256, 1.5F)->doubt(), "");
}

TEST(TrainingSigns, SeeNormsAndBiasesThatNeverMoved) {
  const std::vector<std::size_t> shape = {8};
  TrainingSigns fresh;
  show(fresh, "encoder.layers.0.layer_norm.weight", shape, std::vector<float>(8, 1.0F));
  show(fresh, "encoder.layers.0.attention.q_proj.bias", shape, std::vector<float>(8, 0.0F));
  EXPECT_NE(fresh.doubt(), "");
  std::vector<float> bias(8, 0.0F);
  bias[5] = 1e-4F;
  show(fresh, "encoder.layers.1.attention.q_proj.bias", shape, bias);
  EXPECT_EQ(fresh.doubt(), "");
}

// The bits, since what is said hangs on them.
TEST(TrainingSigns, DoNotDependOnThePieces) {
  std::mt19937_64 random(4);
  std::normal_distribution<float> normal(0, 0.02F);
  const std::vector<std::size_t> shape = {150, 48};
  std::vector<float> values(shape[0] * shape[1]);
  for (float& value : values) value = normal(random);
  TrainingSigns whole;
  show(whole, "encoder.layers.0.attention.q_proj.weight", shape, values);
  ASSERT_GT(whole.row_dispersion(), 0);
  for (const std::size_t rows : {1U, 7U, 16U, 149U}) {
    TrainingSigns::Tensor tensor("encoder.layers.0.attention.q_proj.weight", shape);
    for (std::size_t first = 0; first < shape[0]; first += rows) {
      const std::size_t count = std::min<std::size_t>(rows, shape[0] - first);
      tensor.add(std::span(values).subspan(first * shape[1], count * shape[1]));
    }
    TrainingSigns signs;
    signs.add(tensor);
    EXPECT_EQ(signs.row_dispersion(), whole.row_dispersion()) << rows;
    EXPECT_EQ(signs.column_dispersion(), whole.column_dispersion()) << rows;
  }
}

TEST(TrainingSigns, SayNothingOfTooLittle) {
  TrainingSigns signs;
  EXPECT_EQ(signs.doubt(), "");
  show(signs, "encoder.layers.0.attention.q_proj.weight", {16, 16}, std::vector<float>(256, 0.0F));
  EXPECT_EQ(signs.doubt(), "");
}

// The shipped encoder was trained, and shows it.
TEST(TrainingSigns, DoNotDoubtATrainedEncoder) {
  ThreadPool pool(1);
  const std::filesystem::path folder =
      std::filesystem::path(UNDERTONE_SOURCE_DIR) / "models/undertone-small";
  EXPECT_EQ(SpeechEncoder::load(folder, {}, pool)->doubt(), "");
  const tensor::SafetensorsFile file(folder / "model.safetensors");
  TrainingSigns signs;
  for (const auto& info : file.tensors()) {
    std::vector<float> values(info.element_count());
    file.read_floats(info, values);
    show(signs, info.name, {info.shape.begin(), info.shape.end()}, values);
  }
  EXPECT_GT(std::max(signs.row_dispersion(), signs.column_dispersion()), 4);
}

TEST(TrainingSigns, DoubtARandomCheckpointWithItsMarkAndWithout) {
  const TemporaryFolder folder;
  ThreadPool pool(2);
  write_random_checkpoint(*preset_config("tiny"), 3, folder.path(), false, pool);
  std::string told;
  LoadOptions options;
  options.warn = [&told](std::string_view text) { told += text; };
  EXPECT_NE(SpeechEncoder::load(folder.path(), options, pool)->doubt().find("drawn at random"),
            std::string::npos);
  EXPECT_NE(told.find("means nothing"), std::string::npos) << told;

  // The same weights in a file that does not say so.
  const auto path = folder / "model.safetensors";
  tensor::SafetensorsWriter writer;
  const tensor::SafetensorsFile file(path);
  for (const auto& info : file.tensors()) {
    writer.add(info.name, info.dtype, info.shape, file.bytes(info));
  }
  writer.write(path);
  EXPECT_NE(SpeechEncoder::load(folder.path(), {}, pool)->doubt().find("looks untrained"),
            std::string::npos);
}

}  // namespace
}  // namespace undertone::encoder
