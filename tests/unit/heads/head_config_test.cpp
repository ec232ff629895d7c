#include "heads/head_config.hpp"

#include <gtest/gtest.h>
#include <string>

#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"

namespace undertone::heads {
namespace {

using Labels = std::vector<std::string>;

constexpr auto kCorrupt = ErrorCode::kModelCorrupt;
constexpr auto kUnsupported = ErrorCode::kModelUnsupported;

std::optional<HeadConfig> parse(const std::string& json) {
  return parse_head_config(json, "config.json");
}

// A configuration of a usual head with further keys.
std::optional<HeadConfig> parse_with(const std::string& keys) {
  return parse(R"({"architectures": ["HubertForSequenceClassification"], )" + keys + "}");
}

TEST(HeadConfig, ReadsTheHeadsOfTheTransformersLibrary) {
  for (const std::string architecture :
       {"HubertForSequenceClassification", "Wav2Vec2ForSequenceClassification",
        "WavLMForSequenceClassification"}) {
    const auto config = parse(R"({"architectures": [")" + architecture + R"("],
        "id2label": {"2": "ang", "0": "neu", "1": "hap", "3": "sad"},
        "use_weighted_layer_sum": true, "problem_type": null})");
    ASSERT_TRUE(config) << architecture;
    EXPECT_EQ(config->architecture, architecture);
    EXPECT_EQ(config->form, HeadForm::kProjector);
    EXPECT_EQ(config->problem, Problem::kSingleLabel);
    EXPECT_TRUE(config->weighted_layers);
    EXPECT_EQ(config->labels, (Labels{"neu", "hap", "ang", "sad"}));
  }
}

TEST(HeadConfig, ReadsDimensionalHeads) {
  for (const std::string architecture :
       {"Wav2Vec2ForSpeechClassification", "HubertForSpeechClassification", "EmotionModel"}) {
    const auto config = parse(R"({"architectures": [")" + architecture + R"("],
        "id2label": {"0": "arousal", "1": "dominance", "2": "valence"},
        "pooling_mode": "mean", "problem_type": "regression", "use_weighted_layer_sum": false})");
    ASSERT_TRUE(config) << architecture;
    EXPECT_EQ(config->form, HeadForm::kDense);
    EXPECT_EQ(config->problem, Problem::kRegression);
    EXPECT_FALSE(config->weighted_layers);
    EXPECT_EQ(config->labels, (Labels{"arousal", "dominance", "valence"}));
  }
}

TEST(HeadConfig, EncodersHaveNone) {
  for (const std::string architecture :
       {"HubertModel", "Wav2Vec2Model", "WavLMModel", "HubertForCTC", "Wav2Vec2ForPreTraining",
        "Wav2Vec2ForMaskedLM", "WhisperForConditionalGeneration"}) {
    EXPECT_FALSE(parse(R"({"architectures": [")" + architecture + R"("]})")) << architecture;
  }
  EXPECT_FALSE(parse("{}"));
  EXPECT_FALSE(parse(R"({"architectures": null})"));
  EXPECT_FALSE(parse(R"({"architectures": []})"));
}

TEST(HeadConfig, AbsentKeysAreThoseOfTheTransformersLibrary) {
  EXPECT_EQ(parse_with(R"("x": 1)")->labels, (Labels{"LABEL_0", "LABEL_1"}));
  EXPECT_EQ(parse_with(R"("num_labels": 3)")->labels, (Labels{"LABEL_0", "LABEL_1", "LABEL_2"}));
  EXPECT_EQ(parse_with(R"("x": 1)")->problem, Problem::kSingleLabel);
  EXPECT_FALSE(parse_with(R"("x": 1)")->weighted_layers);
  EXPECT_EQ(parse_with(R"("id2label": {"0": "arousal"})")->problem, Problem::kRegression);
}

TEST(HeadConfig, ProblemTypes) {
  EXPECT_EQ(parse_with(R"("problem_type": "single_label_classification")")->problem,
            Problem::kSingleLabel);
  EXPECT_EQ(parse_with(R"("problem_type": "multi_label_classification")")->problem,
            Problem::kMultiLabel);
  EXPECT_EQ(parse_with(R"("problem_type": "regression")")->problem, Problem::kRegression);
  EXPECT_UNDERTONE_ERROR(parse_with(R"("problem_type": "ordinal")"), kUnsupported, "'ordinal'");
  EXPECT_UNDERTONE_ERROR(parse_with(R"("problem_type": 1)"), kCorrupt, "'problem_type'");
  EXPECT_UNDERTONE_ERROR(
      parse_with(R"("problem_type": "single_label_classification", "num_labels": 1)"), kUnsupported,
      "one label");
}

TEST(HeadConfig, RefusesOtherHeadsByName) {
  for (const std::string architecture :
       {"Wav2Vec2ForXVector", "Wav2Vec2ForAudioFrameClassification", "HubertForSomething",
        "WhisperForAudioClassification", "BertForSequenceClassification", "MyModel", ""}) {
    EXPECT_UNDERTONE_ERROR(parse(R"({"architectures": [")" + architecture + R"("]})"), kUnsupported,
                           "'" + architecture + "'");
  }
  try {
    parse(R"({"architectures": ["MyModel"]})");
  } catch (const Error& error) {
    EXPECT_THAT(error.hint(), ::testing::HasSubstr("WavLMForSequenceClassification"));
  }
  EXPECT_UNDERTONE_ERROR(parse(R"({"architectures": ["HubertModel", "EmotionModel"]})"),
                         kUnsupported, "more than one");
}

TEST(HeadConfig, RefusesOtherWaysOfPooling) {
  const std::string dense = R"({"architectures": ["EmotionModel"], )";
  EXPECT_UNDERTONE_ERROR(parse(dense + R"("pooling_mode": "max"})"), kUnsupported, "'max'");
  EXPECT_UNDERTONE_ERROR(parse(dense + R"("use_weighted_layer_sum": true})"), kUnsupported,
                         "use_weighted_layer_sum");
}

TEST(HeadConfig, RefusesWhatContradictsItself) {
  for (const auto& [keys, message] : std::vector<std::pair<std::string, std::string>>{
           {R"("num_labels": 3, "id2label": {"0": "a", "1": "b"})",
            "'num_labels' is 3, but 'id2label' names 2"},
           {R"("_num_labels": 3, "num_labels": 2)", "differ"},
           {R"("num_labels": 0)", "from 1 to 1000"},
           {R"("num_labels": 1001)", "from 1 to 1000"},
           {R"("num_labels": -2)", "from 1 to 1000"},
           {R"("num_labels": "2")", "from 1 to 1000"},
           {R"("id2label": {})", "1 to 1000 labels"},
           {R"("id2label": ["a", "b"])", "1 to 1000 labels"},
           {R"("id2label": {"0": "a", "2": "b"})", "the key '2'"},
           {R"("id2label": {"0": "a", "01": "b"})", "the key '01'"},
           {R"("id2label": {"0": "a", "": "b"})", "the key ''"},
           {R"("id2label": {"0": "a", "1x": "b"})", "the key '1x'"},
           {R"("id2label": {"0": "a", "99999999999999999999": "b"})", "the key '9999"},
           {R"("id2label": {"0": "a", "1": 7})", "7, not a text"},
           {R"("id2label": {"0": "a", "1": "a"})", "'a' twice"},
           {R"("id2label": {"0": "a", "1": ""})", "1 to 200 bytes"},
           {R"("id2label": {"0": "a", "1": "x\u001b[31m"})", "control"},
           {R"("id2label": {"0": "a", "1": "x\u0085y"})", "control"},
           {R"("id2label": {"0": "a", "1": ")" + std::string(201, 'x') + "\"}", "1 to 200 bytes"},
           {R"("use_weighted_layer_sum": 1)", "true or false"}}) {
    EXPECT_UNDERTONE_ERROR(parse_with(keys), kCorrupt, message);
  }
  EXPECT_UNDERTONE_ERROR(parse(R"({"architectures": "HubertModel"})"), kCorrupt, "a list");
  EXPECT_UNDERTONE_ERROR(parse(R"({"architectures": [7]})"), kCorrupt, "a list");
  EXPECT_UNDERTONE_ERROR(parse("[]"), kCorrupt, "object");
  EXPECT_UNDERTONE_ERROR(parse("{"), kCorrupt, "not valid JSON");
  EXPECT_UNDERTONE_ERROR(parse(std::string(1 << 21, ' ') + "{}"), kCorrupt, "larger");
  EXPECT_UNDERTONE_ERROR(parse(std::string(100, '[')), kCorrupt, "nested too deeply");
}

TEST(HeadConfig, IsReadFromTheFolder) {
  const test::TemporaryFolder folder;
  EXPECT_UNDERTONE_ERROR(read_head_config(folder.path()), ErrorCode::kFileNotFound, "config.json");
  test::write_file(folder / "config.json", R"({"architectures": ["EmotionModel"]})");
  EXPECT_EQ(read_head_config(folder.path())->architecture, "EmotionModel");
  test::write_file(folder / "config.json", "{");
  EXPECT_UNDERTONE_ERROR(read_head_config(folder.path()), kCorrupt,
                         (folder / "config.json").string());
}

}  // namespace
}  // namespace undertone::heads
