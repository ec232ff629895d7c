#include "heads/emotion_head.hpp"

#include <cmath>
#include <cstdint>
#include <gtest/gtest.h>
#include <limits>
#include <map>
#include <string>

#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"
#include "tensor/safetensors.hpp"

namespace undertone::heads {
namespace {

using tensor::DType;

struct Values {
  std::vector<std::uint64_t> shape;
  std::vector<float> values;
};

using Tensors = std::map<std::string, Values>;

constexpr std::size_t kHidden = 2;
constexpr std::size_t kStates = 3;

HeadConfig config_of(HeadForm form, Problem problem, std::size_t labels) {
  HeadConfig config;
  config.architecture = "TestHead";
  config.form = form;
  config.problem = problem;
  for (std::size_t i = 0; i < labels; ++i) config.labels.push_back("l" + std::to_string(i));
  return config;
}

Tensors projector_tensors() {
  return {{"projector.weight", {{3, 2}, {1, 0, 0, 1, 1, 1}}},
          {"projector.bias", {{3}, {0, 1, 0}}},
          {"classifier.weight", {{2, 3}, {1, 0, 0, 0, 1, -1}}},
          {"classifier.bias", {{2}, {0.5, 0}}},
          {"layer_weights", {{3}, {0, 0, 0}}}};
}

Tensors dense_tensors() {
  return {{"classifier.dense.weight", {{2, 2}, {1, 0, 0, 1}}},
          {"classifier.dense.bias", {{2}, {0, 0}}},
          {"classifier.out_proj.weight", {{1, 2}, {1, 2}}},
          {"classifier.out_proj.bias", {{1}, {0.25}}}};
}

EmotionHead load(HeadConfig config, const Tensors& tensors) {
  const test::TemporaryFolder folder;
  tensor::SafetensorsWriter writer;
  for (const auto& [name, t] : tensors) {
    writer.add(name, DType::kF32, t.shape, std::as_bytes(std::span(t.values)));
  }
  writer.write(folder / "model.safetensors");
  const auto archive = tensor::open_archive(folder / "model.safetensors");
  return {std::move(config), *archive, kHidden, kStates};
}

const HeadConfig kChoice = config_of(HeadForm::kProjector, Problem::kSingleLabel, 2);

TEST(EmotionHead, ProjectsThenClassifies) {
  const EmotionHead head = load(kChoice, projector_tensors());
  EXPECT_EQ(head.first_state(), 2U);
  EXPECT_EQ(head.last_state(), 2U);
  EXPECT_EQ(head.hidden_width(), 3U);
  const HeadValues values = head.apply(std::vector<float>{2, 3});
  EXPECT_EQ(values.hidden, (std::vector<double>{2, 4, 5}));
  EXPECT_EQ(values.logits, (std::vector<double>{2.5, -1}));
  EXPECT_NEAR(values.scores[0], 1 / (1 + std::exp(-3.5)), 1e-15);
  EXPECT_NEAR(values.scores[0] + values.scores[1], 1.0, 1e-15);
}

TEST(EmotionHead, SigmoidsStandAlone) {
  const EmotionHead head =
      load(config_of(HeadForm::kProjector, Problem::kMultiLabel, 2), projector_tensors());
  const HeadValues values = head.apply(std::vector<float>{2, 3});
  EXPECT_NEAR(values.scores[0], 1 / (1 + std::exp(-2.5)), 1e-15);
  EXPECT_NEAR(values.scores[1], 1 / (1 + std::exp(1.0)), 1e-15);
}

TEST(EmotionHead, DenseHeadsPassTanh) {
  const EmotionHead head =
      load(config_of(HeadForm::kDense, Problem::kRegression, 1), dense_tensors());
  const HeadValues values = head.apply(std::vector<float>{1, -2});
  EXPECT_NEAR(values.hidden[0], std::tanh(1.0), 1e-15);
  EXPECT_NEAR(values.scores[0], std::tanh(1.0) + 2 * std::tanh(-2.0) + 0.25, 1e-15);
  EXPECT_EQ(values.scores, values.logits);
}

TEST(EmotionHead, WeighsTheHiddenStates) {
  HeadConfig config = kChoice;
  config.weighted_layers = true;
  Tensors tensors = projector_tensors();
  tensors["layer_weights"].values = {std::log(1.0F), std::log(2.0F), std::log(5.0F)};
  const EmotionHead head = load(config, tensors);
  EXPECT_EQ(head.first_state(), 0U);
  EXPECT_EQ(head.last_state(), 2U);
  ASSERT_EQ(head.state_weights().size(), 3U);
  EXPECT_NEAR(head.state_weights()[1], 0.25, 1e-7);
  const HeadValues values = head.apply(std::vector<float>{8, 0, 0, 8, 8, 8});
  EXPECT_NEAR(values.hidden[0], 1 + 5, 1e-5);
  EXPECT_NEAR(values.hidden[1], 2 + 5 + 1, 1e-5);
  EXPECT_UNDERTONE_ERROR(head.apply(std::vector<float>{1, 2}), ErrorCode::kInvalidArgument,
                         "3 means of 2");
}

TEST(EmotionHead, ExtremeLogitsStayProbabilities) {
  Tensors tensors = projector_tensors();
  tensors["classifier.weight"].values = {1e30F, 0, 0, 0, -1e30F, 0};
  const std::vector<float> pooled{1e8F, 1e8F};
  EXPECT_EQ(load(kChoice, tensors).apply(pooled).scores, (std::vector<double>{1, 0}));
  const HeadConfig sigmoid = config_of(HeadForm::kProjector, Problem::kMultiLabel, 2);
  EXPECT_EQ(load(sigmoid, tensors).apply(pooled).scores, (std::vector<double>{1, 0}));
}

TEST(EmotionHead, NoScoreIsEverNaN) {
  const EmotionHead head = load(kChoice, projector_tensors());
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    EXPECT_UNDERTONE_ERROR(head.apply(std::vector<float>{bad, 1}), ErrorCode::kModelCorrupt,
                           "not finite");
  }
}

TEST(EmotionHead, NamesWhatIsMissing) {
  for (const auto* name :
       {"projector.weight", "projector.bias", "classifier.weight", "classifier.bias"}) {
    Tensors tensors = projector_tensors();
    tensors.erase(name);
    EXPECT_UNDERTONE_ERROR(load(kChoice, tensors), ErrorCode::kModelCorrupt,
                           std::string("no tensor '") + name + "'");
  }
  HeadConfig weighted = kChoice;
  weighted.weighted_layers = true;
  Tensors tensors = projector_tensors();
  tensors.erase("layer_weights");
  EXPECT_UNDERTONE_ERROR(load(weighted, tensors), ErrorCode::kModelCorrupt, "'layer_weights'");
  // A head of another kind than config.json names: other libraries go on with random numbers.
  EXPECT_UNDERTONE_ERROR(load(kChoice, dense_tensors()), ErrorCode::kModelCorrupt,
                         "found classifier.dense.bias, classifier.dense.weight");
  EXPECT_UNDERTONE_ERROR(load(kChoice, {{"x", {{1}, {1}}}}), ErrorCode::kModelCorrupt,
                         "found no tensor of a head");
}

TEST(EmotionHead, NamesShapesThatDisagree) {
  const auto with = [](const char* name, Values values) {
    Tensors tensors = projector_tensors();
    tensors[name] = std::move(values);
    return tensors;
  };
  const auto refused = [](const Tensors& tensors, const std::string& message) {
    HeadConfig weighted = kChoice;
    weighted.weighted_layers = true;
    EXPECT_UNDERTONE_ERROR(load(weighted, tensors), ErrorCode::kModelCorrupt, message);
  };
  const std::vector<float> six(6);
  refused(with("projector.weight", {{2, 3}, six}), "asks for [2, 2]");
  refused(with("projector.weight", {{6}, six}), "no matrix");
  refused(with("projector.weight", {{0, 2}, {}}), "no matrix");
  refused(with("projector.bias", {{2}, {0, 0}}), "'projector.bias' has the shape [2]");
  refused(with("classifier.weight", {{3, 2}, six}), "gives 3 values, but config.json names 2");
  refused(with("classifier.weight", {{2, 2}, {0, 0, 0, 0}}), "asks for [2, 3]");
  refused(with("classifier.bias", {{1}, {0}}), "'classifier.bias'");
  refused(with("layer_weights", {{2}, {0, 0}}), "'layer_weights' has the shape [2]");
  refused(with("layer_weights", {{3}, {0, 0, std::numeric_limits<float>::quiet_NaN()}}),
          "not a number");
  refused(with("classifier.bias", {{2}, {0, std::numeric_limits<float>::infinity()}}),
          "not a number");
}

TEST(EmotionHead, RefusesQuantisedWeights) {
  const test::TemporaryFolder folder;
  const auto tensors = projector_tensors();  // the writer reads them when it writes
  const std::vector<std::int8_t> codes(6);
  tensor::SafetensorsWriter writer;
  for (const auto& [name, t] : tensors) {
    if (name == "classifier.weight") {
      writer.add(name, DType::kI8, t.shape, std::as_bytes(std::span(codes)));
    } else {
      writer.add(name, DType::kF32, t.shape, std::as_bytes(std::span(t.values)));
    }
  }
  writer.write(folder / "model.safetensors");
  const auto archive = tensor::open_archive(folder / "model.safetensors");
  EXPECT_UNDERTONE_ERROR(EmotionHead(kChoice, *archive, kHidden, kStates),
                         ErrorCode::kModelUnsupported, "is of type I8: quantised weights");
}

}  // namespace
}  // namespace undertone::heads
