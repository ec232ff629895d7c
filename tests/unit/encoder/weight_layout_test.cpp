// What layers make of a checkpoint's tensors, beside the tensors themselves. Widths are chosen so
// that rows are packed in bands that end in the middle of a tensor.

#include <cmath>
#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "encoder/packed_parts.hpp"
#include "encoder/presets.hpp"
#include "encoder/random_checkpoint.hpp"
#include "encoder/speech_encoder.hpp"
#include "support/temporary_folder.hpp"
#include "tensor/safetensors.hpp"

namespace undertone::encoder {
namespace {

using test::TemporaryFolder;

constexpr std::size_t kHidden = 40;
constexpr std::size_t kHeads = 2;
constexpr std::size_t kGroups = 2;

EncoderConfig odd_config() {
  EncoderConfig config = *preset_config("tiny");
  config.hidden_size = kHidden;
  config.heads = kHeads;
  config.position_groups = kGroups;
  config.feed_forward_size = 72;
  return config;
}

class WeightLayout : public testing::Test {
 protected:
  WeightLayout() : pool_(2) {
    write_random_checkpoint(config_, 5, folder_.path(), false, pool_);
    LoadOptions options;
    options.backend = ProductBackend::kNative;
    options.parts = &parts_;
    encoder_ = SpeechEncoder::load(folder_.path(), options, pool_);
    file_ = std::make_unique<tensor::SafetensorsFile>(folder_ / "model.safetensors");
  }

  // A matrix [outputs, inputs] that a layer multiplies with.
  tensor::Matrix<float> layer(const std::string& name) const {
    for (const PackedParts::Matrix& matrix : parts_.matrices()) {
      if (matrix.name == name) return matrix.panels->unpacked();
    }
    ADD_FAILURE() << "no layer " << name;
    return {};
  }

  std::vector<float> tensor(const std::string& name) const {
    const tensor::TensorInfo* info = file_->find(name);
    if (info == nullptr) throw std::runtime_error("no tensor " + name);
    std::vector<float> values(info->element_count());
    file_->read_floats(*info, values);
    return values;
  }

  EncoderConfig config_ = odd_config();
  TemporaryFolder folder_;
  ThreadPool pool_;
  PackedParts parts_;
  std::unique_ptr<const SpeechEncoder> encoder_;
  std::unique_ptr<tensor::SafetensorsFile> file_;
};

TEST_F(WeightLayout, LinearLayersHaveTheTensorsRows) {
  const std::string name = "encoder.layers.1.feed_forward.intermediate_dense";
  const tensor::Matrix<float> matrix = layer(name);
  ASSERT_EQ(matrix.rows(), config_.feed_forward_size);
  ASSERT_EQ(matrix.cols(), kHidden);
  const std::vector<float> values = tensor(name + ".weight");
  for (std::size_t i = 0; i < values.size(); ++i) ASSERT_EQ(matrix.data()[i], values[i]) << i;
}

TEST_F(WeightLayout, ProjectionsAreStackedAndQueriesScaled) {
  const std::string name = "encoder.layers.0.attention.";
  const tensor::Matrix<float> matrix = layer(name + "qkv_proj");
  ASSERT_EQ(matrix.rows(), 3 * kHidden);
  const float scale = 1.0F / std::sqrt(static_cast<float>(kHidden / kHeads));
  std::size_t row = 0;
  for (const char* part : {"q_proj", "k_proj", "v_proj"}) {
    const std::vector<float> values = tensor(name + part + ".weight");
    const float factor = row == 0 ? scale : 1.0F;
    for (std::size_t r = 0; r < kHidden; ++r, ++row) {
      for (std::size_t c = 0; c < kHidden; ++c) {
        ASSERT_EQ(matrix(row, c), values[r * kHidden + c] * factor) << row << ' ' << c;
      }
    }
  }
}

TEST_F(WeightLayout, ConvolutionsHaveTheOrderOfTheirWindows) {
  const std::string name = "feature_extractor.conv_layers.1.conv";
  const std::size_t in = config_.conv_layers[0].channels;
  const ConvLayer& shape = config_.conv_layers[1];
  const tensor::Matrix<float> matrix = layer(name);
  ASSERT_EQ(matrix.rows(), shape.channels);
  ASSERT_EQ(matrix.cols(), shape.kernel * in);
  const std::vector<float> values = tensor(name + ".weight");
  for (std::size_t o = 0; o < shape.channels; ++o) {
    for (std::size_t i = 0; i < in; ++i) {
      for (std::size_t k = 0; k < shape.kernel; ++k) {
        ASSERT_EQ(matrix(o, k * in + i), values[(o * in + i) * shape.kernel + k]);
      }
    }
  }
}

TEST_F(WeightLayout, PositionsHaveTheirWeightNorm) {
  const std::string name = "encoder.pos_conv_embed.conv";
  const std::size_t width = kHidden / kGroups;
  const std::size_t kernel = config_.position_kernel;
  const std::vector<float> gain = tensor(name + ".weight_g");
  const std::vector<float> direction = tensor(name + ".weight_v");
  for (std::size_t k = 0; k < kernel; ++k) {
    double squares = 0;
    for (std::size_t i = k; i < direction.size(); i += kernel) {
      squares += static_cast<double>(direction[i]) * static_cast<double>(direction[i]);
    }
    const auto factor = static_cast<float>(static_cast<double>(gain[k]) / std::sqrt(squares));
    for (std::size_t group = 0; group < kGroups; ++group) {
      const tensor::Matrix<float> matrix = layer(name + "." + std::to_string(group));
      ASSERT_EQ(matrix.rows(), width);
      for (std::size_t o = 0; o < width; ++o) {
        for (std::size_t i = 0; i < width; ++i) {
          const float value = direction[((group * width + o) * width + i) * kernel + k];
          ASSERT_EQ(matrix(o, k * width + i), value * factor) << group << ' ' << o << ' ' << i;
        }
      }
    }
  }
}

}  // namespace
}  // namespace undertone::encoder
