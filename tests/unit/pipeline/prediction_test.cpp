#include <limits>
#include <nlohmann/json.hpp>

#include <undertone/prediction.hpp>

#include "support/expect_error.hpp"

namespace undertone {
namespace {

using Json = nlohmann::ordered_json;

Prediction example() {
  Prediction prediction;
  prediction.label = "Happy";
  prediction.probabilities = {{"Neutral", 0.125}, {"Happy", 0.875}};
  prediction.confidence = 0.875;
  prediction.duration_s = 0.75;
  prediction.warnings = {{"short_audio", "only 0.75 s"}};
  prediction.model = {"undertone-small", "abc", 4, "mean", "bundle.safetensors", "CC BY-NC-SA 4.0"};
  prediction.timing = {1.5, 2.5, 0.5};
  return prediction;
}

TEST(PredictionJson, HasTheShape) {
  EXPECT_EQ(to_json(example(), {.file = "a \"b\".wav", .timing = true}),
            R"({"file":"a \"b\".wav","label":"Happy",)"
            R"("probabilities":{"Neutral":0.125,"Happy":0.875},"confidence":0.875,)"
            R"("duration_s":0.75,"warnings":[{"code":"short_audio","message":"only 0.75 s"}],)"
            R"("model":{"encoder":"undertone-small","encoder_fingerprint":"abc","layer":4,)"
            R"("pooling":"mean","precision":"f32","bundle":"bundle.safetensors",)"
            R"("licence":"CC BY-NC-SA 4.0"},)"
            R"("timing_ms":{"decode":1.5,"encode":2.5,"classify":0.5}})");
}

TEST(PredictionJson, SaysThatAHeadWasUsed) {
  Prediction prediction = example();
  prediction.model.bundle.clear();
  prediction.model.licence.clear();
  prediction.model.head = "WavLMForSequenceClassification";
  prediction.model.first_layer = 0;
  prediction.multi_label = true;
  prediction.warnings.clear();
  EXPECT_EQ(to_json(prediction),
            R"({"label":"Happy","probabilities":{"Neutral":0.125,"Happy":0.875},)"
            R"("confidence":0.875,"multi_label":true,"duration_s":0.75,"warnings":[],)"
            R"("model":{"encoder":"undertone-small","encoder_fingerprint":"abc","layer":4,)"
            R"("first_layer":0,"pooling":"mean","precision":"f32",)"
            R"("head":"WavLMForSequenceClassification"}})");
}

TEST(PredictionJson, DimensionsStandInPlaceOfALabel) {
  Prediction prediction;
  prediction.dimensions = {{"arousal", 0.5}, {"dominance", -0.25}, {"valence", 1.5}};
  prediction.model = {"e", "abc", 12, "mean", "", "", "EmotionModel"};
  EXPECT_EQ(to_json(prediction),
            R"({"dimensions":{"arousal":0.5,"dominance":-0.25,"valence":1.5},"duration_s":0.0,)"
            R"("warnings":[],"model":{"encoder":"e","encoder_fingerprint":"abc","layer":12,)"
            R"("pooling":"mean","precision":"f32","head":"EmotionModel"}})");
  prediction.dimensions[1].second = std::numeric_limits<double>::infinity();
  EXPECT_UNDERTONE_ERROR(to_json(prediction), ErrorCode::kInternal, "not finite");
}

TEST(PredictionJson, AnEstimateIsNamedOne) {
  Prediction prediction = example();
  prediction.dimensions_estimate = Dimensions{.arousal = 0.75, .dominance = 0.5, .valence = 0.25};
  const Json object = Json::parse(to_json(prediction));
  EXPECT_FALSE(object.contains("dimensions"));
  EXPECT_EQ(object["dimensions_estimate"].dump(),
            R"({"arousal":0.75,"dominance":0.5,"valence":0.25})");
  prediction.dimensions_estimate->valence = std::numeric_limits<double>::quiet_NaN();
  EXPECT_UNDERTONE_ERROR(to_json(prediction), ErrorCode::kInternal, "not finite");
}

TEST(PredictionJson, LeavesOutWhatIsNotAskedFor) {
  Prediction prediction = example();
  prediction.model.licence.clear();
  const Json object = Json::parse(to_json(prediction));
  EXPECT_FALSE(object.contains("file"));
  EXPECT_FALSE(object.contains("timing_ms"));
  EXPECT_FALSE(object["model"].contains("licence"));
}

TEST(PredictionJson, WindowsThatAreSilentHaveNoLabel) {
  Prediction prediction = example();
  prediction.windows.push_back({0.0, 5.0, false, "Happy", 0.75, {{"Happy", 0.75}, {"Sad", 0.25}}});
  prediction.windows.push_back({5.0, 7.5, true, "", 0, {}});
  const auto json = nlohmann::json::parse(to_json(prediction));
  EXPECT_EQ(json.at("windows").dump(),
            R"([{"confidence":0.75,"end_s":5.0,"label":"Happy","probabilities":{"Happy":0.75,)"
            R"("Sad":0.25},"silent":false,"start_s":0.0},{"confidence":null,"end_s":7.5,)"
            R"("label":null,"probabilities":null,"silent":true,"start_s":5.0}])");
}

TEST(PredictionJson, WindowsOfARegressionHaveDimensionsInPlaceOfALabel) {
  Prediction prediction;
  prediction.dimensions = {{"arousal", 0.5}, {"valence", 0.25}};
  prediction.windows.resize(2);
  prediction.windows[0].end_s = 5.0;
  prediction.windows[0].dimensions = {{"arousal", 0.75}, {"valence", -0.5}};
  prediction.windows[1].start_s = 5.0;
  prediction.windows[1].end_s = 7.5;
  prediction.windows[1].silent = true;
  EXPECT_EQ(Json::parse(to_json(prediction))["windows"].dump(),
            R"([{"start_s":0.0,"end_s":5.0,"silent":false,"dimensions":{"arousal":0.75,)"
            R"("valence":-0.5}},{"start_s":5.0,"end_s":7.5,"silent":true,"dimensions":null}])");
  prediction.windows[0].dimensions[0].second = std::numeric_limits<double>::quiet_NaN();
  EXPECT_UNDERTONE_ERROR(to_json(prediction), ErrorCode::kInternal, "not finite");
}

TEST(PredictionJson, NumbersReadBackToTheBit) {
  Prediction prediction = example();
  prediction.confidence = 0.1 + 0.2;
  EXPECT_EQ(Json::parse(to_json(prediction))["confidence"].get<double>(), 0.1 + 0.2);
}

TEST(PredictionJson, PrettyIsTheSameInLines) {
  const std::string pretty = to_json(example(), {.pretty = true});
  EXPECT_NE(pretty.find('\n'), std::string::npos);
  EXPECT_EQ(Json::parse(pretty), Json::parse(to_json(example())));
}

TEST(PredictionJson, NamesThatAreNotUtf8StayReadable) {
  const Json object = Json::parse(to_json(example(), {.file = "a\xFF.wav"}));
  EXPECT_EQ(object["file"], "a\xEF\xBF\xBD.wav");
}

TEST(PredictionJson, NothingButFiniteNumbers) {
  for (const double bad :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    Prediction prediction = example();
    prediction.probabilities[0].second = bad;
    EXPECT_UNDERTONE_ERROR(to_json(prediction), ErrorCode::kInternal, "not finite");
    prediction = example();
    prediction.confidence = bad;
    EXPECT_UNDERTONE_ERROR(to_json(prediction), ErrorCode::kInternal, "not finite");
  }
}

TEST(ErrorJson, HasTheShape) {
  const Error error(ErrorCode::kAudioTooShort, "too short", "Longer.");
  EXPECT_EQ(to_json(error, {.file = "a.wav"}),
            R"({"file":"a.wav","error":{"code":"audio_too_short","message":"too short",)"
            R"("hint":"Longer."}})");
  EXPECT_EQ(to_json(Error(ErrorCode::kInternal, "x")),
            R"({"error":{"code":"internal","message":"x"}})");
}

}  // namespace
}  // namespace undertone
