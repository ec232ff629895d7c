// Which models the server takes, and what it then says of them.
#include "server/hearing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>

#include "server/model_card.hpp"
#include "server/openapi.hpp"
#include "support/expect_error.hpp"
#include "support/json_schema.hpp"
#include "support/paths.hpp"
#include "support/wav.hpp"

namespace undertone::server {
namespace {

using Json = nlohmann::json;
using ::testing::IsEmpty;

std::shared_ptr<const Hearing> hearing_with_head(const std::string& name) {
  return hearing_of(Recognizer::load(
      {.encoder = std::string(UNDERTONE_GOLDEN_DIR) + "/heads/" + name, .threads = 1}));
}

// What the description says is wrong with it.
std::vector<std::string> violations(const std::string& schema, const Json& value) {
  const test::JsonSchema document(Json::parse(openapi_document()));
  return document.violations(document.named("#/components/schemas/" + schema), value);
}

TEST(Hearing, AHeadThatChoosesOneLabelAnswers) {
  const auto hearing = hearing_with_head("wavlm-weighted");
  EXPECT_EQ(hearing->labels(), (std::vector<std::string>{"neu", "hap", "sad", "ang"}));
  const std::string bytes = test::wav(test::buzz(4.0, 150));
  const Prediction prediction =
      hearing->predict_memory(std::as_bytes(std::span(bytes)), "x.wav", {.window_s = 2.0});
  const Json answer = Json::parse(to_json(prediction));
  EXPECT_THAT(violations("Prediction", answer), IsEmpty()) << answer;
  EXPECT_EQ(answer["model"]["head"], "WavLMForSequenceClassification");
  EXPECT_EQ(answer["model"]["first_layer"], 0);
  EXPECT_FALSE(answer["model"].contains("bundle"));
  EXPECT_EQ(answer["windows"].size(), 2U);
}

TEST(Hearing, TheCardNamesTheHead) {
  const auto card = [](const std::string& name) {
    return Json::parse(model_card(*hearing_with_head(name), {}));
  };
  const Json weighted = card("wavlm-weighted");
  EXPECT_THAT(violations("ModelCard", weighted), IsEmpty()) << weighted;
  EXPECT_EQ(weighted["classifier"], (Json{{"head", "WavLMForSequenceClassification"},
                                          {"corpora", Json::array()},
                                          {"split", ""},
                                          {"scores", Json::object()},
                                          {"created_by", ""}}));
  EXPECT_EQ(weighted["encoder"]["layer"], 2);
  EXPECT_EQ(weighted["encoder"]["first_layer"], 0);
  EXPECT_EQ(weighted["encoder"]["dimension"], 48);
  EXPECT_EQ(weighted["labels"], (Json{"neu", "hap", "sad", "ang"}));
  const Json last = card("hubert-last");
  EXPECT_THAT(violations("ModelCard", last), IsEmpty()) << last;
  EXPECT_FALSE(last["encoder"].contains("first_layer"));
}

TEST(Hearing, HeadsWithoutOneLabelAreRefused) {
  EXPECT_UNDERTONE_ERROR(hearing_with_head("wav2vec2-dimensions"), ErrorCode::kModelUnsupported,
                         "measures dimensions and knows no labels");
  EXPECT_UNDERTONE_ERROR(hearing_with_head("wav2vec2-sigmoid"), ErrorCode::kModelUnsupported,
                         "gives each label a probability of its own");
}

}  // namespace
}  // namespace undertone::server
