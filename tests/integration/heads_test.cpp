// `undertone predict` and `undertone models` with checkpoints that bring a head.
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

#include "cli_environment.hpp"
#include "support/paths.hpp"

namespace undertone::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

std::string golden(const std::string& name) {
  return std::string(UNDERTONE_GOLDEN_DIR) + "/heads/" + name;
}

ProgramResult predict(const std::string& checkpoint, std::vector<std::string> options,
                      std::vector<std::string> inputs = {clip(0)}) {
  std::vector<std::string> arguments = {"predict", "--encoder", checkpoint};
  arguments.insert(arguments.end(), options.begin(), options.end());
  arguments.insert(arguments.end(), inputs.begin(), inputs.end());
  return undertone(arguments, {.environment = {{"LC_ALL", "C"}}});
}

// What standard error says but that a golden's encoder, which is a random one, looks untrained.
std::vector<std::string> said_otherwise(const ProgramResult& result) {
  std::vector<std::string> said = lines(result.err);
  std::erase_if(said, [](const std::string& line) {
    return line.starts_with("note: the encoder ") &&
           line.find(" looks untrained: ") != std::string::npos;
  });
  return said;
}

// A copy of a golden whose config.json reads otherwise.
class Altered {
 public:
  Altered(const std::string& name, const std::string& from, const std::string& to) {
    std::filesystem::copy(golden(name), folder_ / "altered");
    std::string text = read_file(folder_ / "altered/config.json");
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    if (at != std::string::npos) text.replace(at, from.size(), to);
    write_file(folder_ / "altered/config.json", text);
  }
  std::string path() const { return (folder_ / "altered").string(); }

 private:
  TemporaryFolder folder_;
};

TEST(Heads, ArePackedWithTheirEncoder) {
  const TemporaryFolder folder;
  const std::string packed = (folder / "packed").string();
  const std::string source = golden("hubert-weighted");
  ASSERT_EQ(undertone({"models", "pack", source, "-o", packed}).exit_code, 0);
  const ProgramResult found = predict(packed, {"--json"});
  ASSERT_EQ(found.exit_code, 0) << found.err;
  const Json expected = Json::parse(predict(source, {"--json"}).out);
  EXPECT_EQ(Json::parse(found.out)["probabilities"], expected["probabilities"]);
}

TEST(Heads, JsonNamesTheHead) {
  const ProgramResult result = predict(golden("hubert-weighted"), {"--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(said_otherwise(result), IsEmpty());
  const Json object = Json::parse(result.out);
  double sum = 0;
  std::vector<std::string> labels;
  for (const auto& [label, value] : object["probabilities"].items()) {
    labels.push_back(label);
    sum += value.get<double>();
    EXPECT_LE(value.get<double>(), object["confidence"].get<double>());
  }
  EXPECT_EQ(labels, (std::vector<std::string>{"neu", "hap", "sad", "ang"}));
  EXPECT_NEAR(sum, 1.0, 1e-12);
  EXPECT_EQ(object["probabilities"][object["label"].get<std::string>()], object["confidence"]);
  EXPECT_EQ(object["model"]["head"], "HubertForSequenceClassification");
  EXPECT_EQ(object["model"]["layer"], 2);
  EXPECT_EQ(object["model"]["first_layer"], 0);
  for (const auto* key : {"multi_label", "dimensions", "dimensions_estimate"}) {
    EXPECT_FALSE(object.contains(key)) << key;
  }
  EXPECT_FALSE(object["model"].contains("bundle"));
}

TEST(Heads, SigmoidsAreMarkedInEveryFormat) {
  const std::string checkpoint = golden("wav2vec2-sigmoid");
  const Json object = Json::parse(predict(checkpoint, {"--jsonl"}).out);
  EXPECT_EQ(object["multi_label"], true);
  EXPECT_EQ(object["probabilities"][object["label"].get<std::string>()], object["confidence"]);
  EXPECT_THAT(predict(checkpoint, {}).out, HasSubstr("do not add up to 100 %"));
  const auto rows = lines(predict(checkpoint, {"--csv"}).out);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0],
            "file,label,confidence,multi_label,joy,calm,interest,duration_s,warnings,error");
  EXPECT_THAT(rows[1], HasSubstr(object["confidence"].dump() + ",true,"));
}

TEST(Heads, RegressionsHaveDimensionsInEveryFormat) {
  const std::string checkpoint = golden("wav2vec2-dimensions");
  const Json object = Json::parse(predict(checkpoint, {"--json"}).out);
  for (const auto* key : {"label", "probabilities", "confidence", "dimensions_estimate"}) {
    EXPECT_FALSE(object.contains(key)) << key;
  }
  ASSERT_EQ(object["dimensions"].size(), 3U);
  const Json& dimensions = object["dimensions"];
  EXPECT_EQ(predict(checkpoint, {"--jsonl"}).out, object.dump() + "\n");

  const auto rows = lines(predict(checkpoint, {"--csv"}, {clip(0), "missing.wav"}).out);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0], "file,arousal,dominance,valence,duration_s,warnings,error");
  EXPECT_THAT(rows[1], StartsWith(clip(0) + "," + dimensions["arousal"].dump() + "," +
                                  dimensions["dominance"].dump() + "," +
                                  dimensions["valence"].dump() + ",1,"));
  EXPECT_EQ(rows[2], "missing.wav,,,,,,file_not_found");

  const std::string card = predict(checkpoint, {}).out;
  EXPECT_THAT(card, HasSubstr(": arousal "));
  EXPECT_THAT(card, HasSubstr("\n  valence "));
  EXPECT_THAT(card, Not(HasSubstr("%")));
  const auto table = lines(predict(checkpoint, {}, {clip(0), clip(1)}).out);
  ASSERT_EQ(table.size(), 3U);
  EXPECT_THAT(table[0], HasSubstr("  AROUSAL  DOMINANCE  VALENCE"));
  EXPECT_THAT(table[0], Not(HasSubstr("EMOTION")));
  EXPECT_EQ(table[0].find("SECONDS") + 7, table[1].find("1.00") + 4);
}

TEST(Heads, EstimatesAreNamedSoInEveryFormat) {
  const std::string checkpoint = golden("hubert-last");
  const Json object = Json::parse(predict(checkpoint, {"--json", "--dimensions"}).out);
  EXPECT_FALSE(object.contains("dimensions"));
  ASSERT_EQ(object["dimensions_estimate"].size(), 3U);
  for (const auto& [name, value] : object["dimensions_estimate"].items()) {
    EXPECT_GE(value.get<double>(), 0.0);
    EXPECT_LE(value.get<double>(), 1.0);
  }
  const auto rows = lines(predict(checkpoint, {"--csv", "--dimensions"}).out);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0],
            "file,label,confidence,neutral,happy,sad,angry,fear,disgust,arousal_estimate,"
            "dominance_estimate,valence_estimate,duration_s,warnings,error");
  EXPECT_THAT(predict(checkpoint, {"--dimensions"}).out,
              HasSubstr("\n  estimated from these: arousal "));
  const auto table = lines(predict(checkpoint, {"--dimensions"}, {clip(0), clip(1)}).out);
  ASSERT_EQ(table.size(), 3U);
  EXPECT_THAT(table[0], HasSubstr("~AROUSAL  ~DOMINANCE  ~VALENCE"));
}

TEST(Heads, BundlesAreEstimatedTooAndGoBeforeHeads) {
  const ProgramResult result = undertone({"predict", clip(1), "--json", "--dimensions"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json object = Json::parse(result.out);
  EXPECT_EQ(object["model"]["bundle"], "bundle.safetensors");
  EXPECT_FALSE(object["model"].contains("head"));
  const double happy = object["probabilities"]["Happy"].get<double>();
  EXPECT_NEAR(object["dimensions_estimate"]["valence"].get<double>(),
              (1 + 0.81 * happy - 0.63 * (1 - happy)) / 2, 1e-9);
  // A bundle that is named is taken, and refused if it is another encoder's, head or no head.
  const ProgramResult named =
      predict(golden("hubert-last"),
              {"--model", (playground() / "undertone-small/bundle.safetensors").string()});
  EXPECT_EQ(named.exit_code, 3);
  EXPECT_THAT(named.err, HasSubstr("error [model_mismatch]"));
}

TEST(Heads, DimensionsThatCannotBeEstimatedAreAUsageError) {
  const ProgramResult result = predict(golden("wav2vec2-sigmoid"), {"--dimensions"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("error [invalid_argument]"));
  EXPECT_THAT(result.out, IsEmpty());
}

TEST(Heads, RefusalsSayWhatAndAreExitCode3) {
  const auto expect_refused = [](const Altered& checkpoint, const std::string& code,
                                 const std::string& message) {
    const ProgramResult result = predict(checkpoint.path(), {});
    EXPECT_EQ(result.exit_code, 3) << result.out;
    EXPECT_THAT(result.err, HasSubstr("error [" + code + "]"));
    EXPECT_THAT(result.err, HasSubstr(message));
    EXPECT_EQ(said_otherwise(result).size(), 1U) << result.err;
  };
  expect_refused({"hubert-last", "HubertForSequenceClassification", "HubertForWonders"},
                 "model_unsupported", "the architecture is 'HubertForWonders'");
  expect_refused({"hubert-last", "HubertForSequenceClassification", "EmotionModel"},
                 "model_corrupt", "found classifier.bias, classifier.weight");
  expect_refused({"hubert-last", "single_label_classification", "ordinal"}, "model_unsupported",
                 "'problem_type' is 'ordinal'");
  expect_refused({"hubert-weighted", "\"model_type\"", "\"num_labels\": 3, \"model_type\""},
                 "model_corrupt", "'num_labels' is 3, but 'id2label' names 4");
  expect_refused({"hubert-last", "HubertForSequenceClassification", "HubertModel"},
                 "model_not_found", "its checkpoint has no head");
  expect_refused({"wav2vec2-dense", "\"mean\"", "\"max\""}, "model_unsupported", "'max'");
  // Of the encoder, by the same ways.
  expect_refused({"hubert-last", "\"model_type\": \"hubert\"", "\"model_type\": \"sew\""},
                 "model_unsupported", "model_type is 'sew'. Supported are hubert");
  expect_refused({"hubert-last", "\"hidden_act\": \"gelu\"", "\"hidden_act\": \"relu\""},
                 "model_unsupported", "'hidden_act' is 'relu'. Only the exact 'gelu'");
  expect_refused({"wav2vec2-dense", "\"add_adapter\": false", "\"add_adapter\": true"},
                 "model_unsupported", "'add_adapter' is true");
  expect_refused({"hubert-last", "{", R"({"quantization_config": {"bits": 8},)"},
                 "model_unsupported", "quantised weights");
}

TEST(Heads, LabelsCannotSteerATerminal) {
  const Altered checkpoint("hubert-weighted", "\"neu\"", "\"\\u009b31m\"");
  const ProgramResult result = predict(checkpoint.path(), {});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("control"));
  EXPECT_THAT(result.err, Not(HasSubstr("\xC2\x9B")));
}

TEST(Heads, InspectShowsTheHead) {
  const auto inspect = [](const std::string& folder) {
    const ProgramResult result = undertone({"models", "inspect", folder});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  };
  const std::string weighted = inspect(golden("hubert-weighted"));
  EXPECT_THAT(weighted, HasSubstr("HubertForSequenceClassification\n"));
  EXPECT_THAT(weighted, HasSubstr("projection to 9, mean of the frames, linear to 4"));
  EXPECT_THAT(weighted, HasSubstr("0 to 2, weighted 0."));
  EXPECT_THAT(weighted, HasSubstr("single_label_classification"));
  EXPECT_THAT(weighted, HasSubstr("neu, hap, ang, sad"));
  const std::string dimensions = inspect(golden("wav2vec2-dimensions"));
  EXPECT_THAT(dimensions, HasSubstr("mean of the frames, dense to 16, tanh, linear to 3"));
  EXPECT_THAT(dimensions, HasSubstr("head dimensions  arousal, dominance, valence"));
  EXPECT_THAT(dimensions, HasSubstr("2, the last"));
  EXPECT_THAT(inspect("undertone-small"), HasSubstr("head             none"));
  const Altered other("hubert-last", "HubertForSequenceClassification", "HubertForWonders");
  EXPECT_THAT(inspect(other.path()), HasSubstr("of no use [model_unsupported]: "));
}

TEST(Heads, ListSaysWhatPredictWouldUse) {
  const TemporaryFolder models;
  std::filesystem::copy(golden("hubert-last"), models / "with-head");
  std::filesystem::copy(playground() / "undertone-small", models / "with-bundle");
  std::filesystem::copy(playground() / "undertone-small", models / "bare");
  std::filesystem::remove(models / "bare/bundle.safetensors");
  const ProgramResult result = undertone(
      {"models", "list"}, {.environment = {{"UNDERTONE_MODELS", models.path().string()}}});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  std::map<std::string, std::string> found;
  for (const std::string& line : lines(result.out)) {
    const std::string name = line.substr(0, line.find(' '));
    const std::size_t value = line.find_first_not_of(' ', name.size());
    found[name] = line.substr(value, line.find(' ', value) - value);
  }
  EXPECT_EQ(found["with-head"], "head");
  EXPECT_EQ(found["with-bundle"], "yes");
  EXPECT_EQ(found["bare"], "no");
}

}  // namespace
}  // namespace undertone::test
