// `undertone predict`: inputs, outputs, exit codes.
#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

#include "cli_environment.hpp"
#include "support/paths.hpp"
#include "support/wav.hpp"

namespace undertone::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

void expect_prediction(const Json& object) {
  ASSERT_TRUE(object.contains("label")) << object.dump();
  const Json& probabilities = object["probabilities"];
  double sum = 0;
  double best = -std::numeric_limits<double>::infinity();
  std::string arg_max;
  for (const auto& [label, value] : probabilities.items()) {
    const double probability = value.get<double>();  // null (a NaN) would throw
    EXPECT_GE(probability, 0.0);
    sum += probability;
    if (probability > best) {
      best = probability;
      arg_max = label;
    }
  }
  EXPECT_NEAR(sum, 1.0, 1e-9);
  EXPECT_EQ(object["label"], arg_max);
  EXPECT_EQ(object["confidence"], best);
}

TEST(Predict, OneFileAsJsonIsTheObject) {
  const ProgramResult result = undertone({"predict", clip(0), "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  ASSERT_EQ(lines(result.err).size(), 1U) << result.err;
  EXPECT_THAT(result.err, HasSubstr("is untrained: its weights were drawn at random"));
  const Json object = Json::parse(result.out);
  expect_prediction(object);
  EXPECT_EQ(object["file"], clip(0));
  EXPECT_EQ(object["label"], "Sad");
  EXPECT_EQ(object["warnings"], Json::array());
  EXPECT_EQ(object["model"]["encoder"], "undertone-small");
  EXPECT_EQ(object["model"]["licence"], "test licence");
  EXPECT_FALSE(object.contains("timing_ms"));
  EXPECT_EQ(Json::parse(undertone({"predict", clip(1), "--json"}).out)["label"], "Happy");
}

// The classifier belongs to one of Whisper's contexts, and predict must be told which.
TEST(Predict, WhispersContextIsTheClassifiers) {
  const std::string whisper = std::string(UNDERTONE_GOLDEN_DIR) + "/encoder/whisper-80";
  const TemporaryFolder folder;
  const std::string embeddings = (folder / "emb.npz").string();
  const std::string bundle = (folder / "clip.safetensors").string();
  const auto succeed = [](const std::vector<std::string>& arguments) {
    const ProgramResult result = undertone(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  };
  succeed({"extract", (playground() / "metadata.csv").string(), "-o", embeddings, "--encoder",
           whisper, "--context", "clip"});
  succeed({"train", embeddings, "-o", bundle});
  std::vector<std::string> arguments = {"predict", clip(1),   "--json", "--encoder",
                                        whisper,   "--model", bundle};
  const auto with_context = [&arguments](const std::string& context) {
    std::vector<std::string> all = arguments;
    all.insert(all.end(), {"--context", context});
    return all;
  };
  const Json object = Json::parse(succeed(with_context("clip")));
  expect_prediction(object);
  EXPECT_EQ(object["model"]["encoder"], "whisper-80 (clip context)");
  for (const auto& other : {arguments, with_context("padded")}) {
    const ProgramResult refused = undertone(other);
    EXPECT_EQ(refused.exit_code, 3);
    EXPECT_THAT(refused.err, HasSubstr("error [model_mismatch]"));
    EXPECT_THAT(refused.err, HasSubstr("(clip context)"));
    EXPECT_THAT(refused.out, IsEmpty());
  }
  EXPECT_EQ(undertone(with_context("half")).exit_code, 2);
  const ProgramResult no_whisper = undertone({"predict", clip(1), "--context", "clip"});
  EXPECT_EQ(no_whisper.exit_code, 2);
  EXPECT_THAT(no_whisper.err, HasSubstr("error [invalid_argument]"));
}

TEST(Predict, SeveralFilesAsJsonAreAnArray) {
  const ProgramResult result = undertone({"predict", clip(1), clip(0), "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json array = Json::parse(result.out);
  ASSERT_EQ(array.size(), 2U);
  EXPECT_EQ(array[0]["file"], clip(1));
  EXPECT_EQ(array[1]["file"], clip(0));
}

TEST(Predict, AFolderGivesOneLineAFileInSortedOrder) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "b");
  write_file(folder / "b/z.wav", read_file(clip(0)));
  write_file(folder / "a.WAV", read_file(clip(1)));
  write_file(folder / "notes.txt", "no recording");
  const ProgramResult result = undertone({"predict", folder.path().string(), "--jsonl"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto rows = lines(result.out);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(Json::parse(rows[0])["file"], (folder / "a.WAV").string());
  EXPECT_EQ(Json::parse(rows[1])["file"], (folder / "b/z.wav").string());
}

TEST(Predict, AFolderOfOneIsStillAnArray) {
  const TemporaryFolder folder;
  write_file(folder / "a.wav", read_file(clip(1)));
  const Json array = Json::parse(undertone({"predict", folder.path().string(), "--json"}).out);
  ASSERT_TRUE(array.is_array());
  EXPECT_EQ(array.size(), 1U);
}

TEST(Predict, ThreadsChangeNothing) {
  const std::string folder = (playground() / "clips").string();
  const ProgramResult one = undertone({"predict", folder, "--jsonl", "--threads", "1"});
  const ProgramResult two = undertone({"predict", folder, "--jsonl", "--threads", "2"});
  const ProgramResult many = undertone({"predict", folder, "--jsonl", "--threads", "24"});
  ASSERT_EQ(one.exit_code, 0) << one.err;
  EXPECT_EQ(lines(one.out).size(), 16U);
  EXPECT_EQ(one.out, two.out);
  EXPECT_EQ(one.out, many.out);
}

TEST(Predict, OneClipIsTheSameAloneAndAmongOthers) {
  const Json alone = Json::parse(undertone({"predict", clip(5), "--json"}).out);
  const auto rows = lines(undertone({"predict", (playground() / "clips").string(), "--jsonl"}).out);
  ASSERT_EQ(rows.size(), 16U);
  EXPECT_EQ(Json::parse(rows[5]), alone);
}

TEST(Predict, StandardInputIsTheSameAsTheFile) {
  const ProgramResult result =
      undertone({"predict", "-", "--json"}, {.standard_input = read_file(clip(3))});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  Json piped = Json::parse(result.out);
  Json expected = Json::parse(undertone({"predict", clip(3), "--json"}).out);
  EXPECT_EQ(piped["file"], "-");
  piped.erase("file");
  expected.erase("file");
  EXPECT_EQ(piped, expected);
}

TEST(Predict, OneBrokenFileAmongGoodOnes) {
  const TemporaryFolder folder;
  const std::string broken = (folder / "broken.wav").string();
  write_file(broken, "this is no recording, whatever its name says");
  const ProgramResult result = undertone({"predict", clip(0), broken, clip(1), "--jsonl"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr(broken + ": error [audio_unreadable]: "));
  EXPECT_EQ(lines(result.err).size(), 2U) << result.err;  // the other is of the random encoder
  const auto rows = lines(result.out);
  ASSERT_EQ(rows.size(), 3U);
  expect_prediction(Json::parse(rows[0]));
  expect_prediction(Json::parse(rows[2]));
  const Json failure = Json::parse(rows[1]);
  EXPECT_EQ(failure["file"], broken);
  EXPECT_EQ(failure["error"]["code"], "audio_unreadable");
  EXPECT_FALSE(failure.contains("label"));
}

TEST(Predict, TimingOnlyWhenAsked) {
  const Json object = Json::parse(undertone({"predict", clip(0), "--json", "--timing"}).out);
  for (const auto* key : {"decode", "encode", "classify"}) {
    EXPECT_GE(object["timing_ms"][key].get<double>(), 0.0);
  }
}

TEST(Predict, ProfileSaysWhereTheTimeWent) {
  const ProgramResult plain = undertone({"predict", clip(0), "--json"});
  EXPECT_FALSE(Json::parse(plain.out).contains("profile"));
  const ProgramResult result =
      undertone({"predict", clip(0), "--json", "--timing", "--profile", "--window", "1"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json object = Json::parse(result.out);
  double sum = 0;
  std::vector<std::string> parts;
  for (const Json& part : object["profile"]) {
    sum += part["ms"].get<double>();
    EXPECT_GT(part["calls"].get<int>(), 0);
    parts.push_back(part["part"]);
    EXPECT_THAT(result.err, HasSubstr(parts.back()));
  }
  EXPECT_THAT(parts, ::testing::ElementsAre("decoding", "front_end", "projection", "position",
                                            "norms", "attention_input", "attention_scores",
                                            "softmax", "attention_values", "attention_output",
                                            "feed_forward", "pooling", "classifier"));
  const Json& timing = object["timing_ms"];
  EXPECT_LE(sum, timing["decode"].get<double>() + timing["encode"].get<double>() +
                     timing["classify"].get<double>() + 1e-3);
  EXPECT_THAT(result.err, HasSubstr("GFLOP/S"));
  EXPECT_THAT(result.err, HasSubstr("whole"));
  const ProgramResult table = undertone({"predict", clip(0), clip(1), "--profile"});
  EXPECT_THAT(table.err, HasSubstr("feed_forward"));
}

TEST(Predict, CsvHasAHeaderAndARowForEach) {
  const TemporaryFolder folder;
  const std::string odd = (folder / "a, \"b\".wav").string();
  write_file(odd, read_file(clip(1)));
  const ProgramResult result = undertone({"predict", odd, "missing.wav", "--csv"});
  EXPECT_EQ(result.exit_code, 1);
  const auto rows = lines(result.out);
  ASSERT_EQ(rows.size(), 3U) << result.out;
  EXPECT_EQ(rows[0], "file,label,confidence,Happy,Sad,duration_s,warnings,error");
  EXPECT_THAT(rows[1], HasSubstr("a, \"\"b\"\".wav\",Happy,"));
  EXPECT_EQ(rows[2], "missing.wav,,,,,,,file_not_found");
}

TEST(Predict, TheTableHasNoColourOffATerminal) {
  const ProgramResult one = undertone({"predict", clip(0)}, {.environment = {{"LC_ALL", "C"}}});
  ASSERT_EQ(one.exit_code, 0) << one.err;
  EXPECT_THAT(one.out, HasSubstr(": Sad ("));
  EXPECT_THAT(one.out, HasSubstr("  Happy "));
  EXPECT_THAT(one.out, HasSubstr("##"));
  EXPECT_THAT(one.out, Not(HasSubstr("\x1b")));
  const ProgramResult two = undertone({"predict", clip(0), clip(1)});
  const auto rows = lines(two.out);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_THAT(rows[0], HasSubstr("FILE"));
  EXPECT_THAT(rows[1], HasSubstr("Sad"));
  EXPECT_THAT(rows[2], HasSubstr("Happy"));
}

TEST(Predict, NamesCannotSteerTheTerminal) {
  const TemporaryFolder folder;
  const std::string name = (folder / "a\x1b[31m.wav").string();
  write_file(name, "no recording");
  const ProgramResult failed = undertone({"predict", name});
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_THAT(failed.err, Not(HasSubstr("\x1b")));
  write_file(name, read_file(clip(0)));
  EXPECT_THAT(undertone({"predict", name}).out, Not(HasSubstr("\x1b")));
}

TEST(Predict, UsageErrorsAreExitCode2) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{},
                                             {"predict"},
                                             {"nonsense"},
                                             {"predict", "--nonsense", clip(0)},
                                             {"predict", clip(0), "--json", "--csv"},
                                             {"predict", clip(0), "--threads", "0"},
                                             {"predict", "-", "-"},
                                             {"predict", clip(0), "--layer", "many"}}) {
    const ProgramResult result = undertone(arguments);
    EXPECT_EQ(result.exit_code, 2) << ::testing::PrintToString(arguments) << result.err;
    EXPECT_THAT(result.out, IsEmpty());
    EXPECT_THAT(result.err, Not(IsEmpty()));
  }
}

TEST(Predict, HelpAndVersion) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"--help"},
                                             {"predict", "--help"},
                                             {"extract", "--help"},
                                             {"train", "--help"},
                                             {"prepare", "--help"},
                                             {"evaluate", "--help"},
                                             {"compare", "--help"},
                                             {"serve", "--help"},
                                             {"models", "--help"}}) {
    const ProgramResult result = undertone(arguments);
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_THAT(result.out, HasSubstr("Examples:"));
    EXPECT_THAT(result.out,
                HasSubstr("undertone " + (arguments.size() > 1 ? arguments[0] : "predict")));
    // A terminal shows its lines whole, and ranges are told when they are left.
    for (const std::string& line : lines(result.out)) EXPECT_LE(line.size(), 100U) << line;
    EXPECT_THAT(result.out, Not(HasSubstr(" in [")));
  }
  EXPECT_THAT(undertone({"--version"}).out, ::testing::MatchesRegex("undertone [0-9.]+\n"));
}

TEST(Predict, AFullDiskIsAnError) {
  const ProgramResult result = undertone({"predict", clip(0)}, {.standard_output = "/dev/full"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("No space left on device"));
}

TEST(Predict, AClosedOutputIsAnErrorNotACrash) {
  const ProgramResult result = undertone({"predict", clip(0)}, {.standard_output = "-"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("standard output"));
}

TEST(Predict, InterruptedItFinishesWhatRunsAndSaysSo) {
  std::vector<std::string> arguments = {"predict", "--jsonl", "--threads", "1"};
  for (int i = 0; i < 2000; ++i) arguments.push_back(clip(i % 16));
  const ProgramResult result = undertone(arguments, {.signal_at_output = SIGINT});
  EXPECT_EQ(result.exit_code, 130);
  EXPECT_THAT(result.err, HasSubstr("Interrupted: "));
  const auto rows = lines(result.out);
  EXPECT_LT(rows.size(), 2000U);
  ASSERT_FALSE(rows.empty());
  EXPECT_EQ(result.out.back(), '\n');
  for (const std::string& row : rows) expect_prediction(Json::parse(row));
  EXPECT_THAT(result.err, HasSubstr(std::to_string(rows.size()) + " of 2000"));
}

TEST(Predict, AnInterruptedArrayIsStillJson) {
  std::vector<std::string> arguments = {"predict", "--json", "--threads", "1"};
  for (int i = 0; i < 2000; ++i) arguments.push_back(clip(i % 16));
  const ProgramResult result = undertone(arguments, {.signal_at_output = SIGINT});
  EXPECT_EQ(result.exit_code, 130);
  const Json array = Json::parse(result.out);
  EXPECT_LT(array.size(), 2000U);
}

}  // namespace
}  // namespace undertone::test
