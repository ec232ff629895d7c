// `undertone compare`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli_environment.hpp"
#include "support/paths.hpp"

namespace undertone::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string metadata() { return (playground() / "metadata.csv").string(); }

// A second encoder, of other random weights.
std::string second_encoder(const TemporaryFolder& folder) {
  const std::string path = (folder / "second").string();
  const ProgramResult made = undertone({"models", "random", "tiny", "-o", path, "--seed", "2"});
  EXPECT_EQ(made.exit_code, 0) << made.err;
  return path;
}

Json compared(const std::filesystem::path& folder) {
  return Json::parse(read_file(folder / "compare.json"));
}

TEST(Compare, EncodersLayersAndClassifiersOnTheSameFolds) {
  const TemporaryFolder folder;
  const std::string out = (folder / "out").string();
  const std::string best = (folder / "best.safetensors").string();
  const std::vector<std::string> command = {"compare",
                                            metadata(),
                                            "--encoder",
                                            "undertone-small:all",
                                            "--encoder",
                                            second_encoder(folder),
                                            "--folds",
                                            "2",
                                            "-o",
                                            out,
                                            "--save-best",
                                            best,
                                            "--classifiers",
                                            "svm,logistic,forest,ensemble"};
  const ProgramResult result = undertone(command);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("Speaker-independent"));
  EXPECT_THAT(result.out, HasSubstr("is optimistic"));
  EXPECT_THAT(result.out, HasSubstr("WARNING: The encoder undertone-small is untrained"));
  EXPECT_THAT(result.out, HasSubstr("WARNING: The encoder second is untrained"));
  const Json json = compared(out);
  EXPECT_EQ(json["warnings"].size(), 2U);
  const std::size_t layers = (json["contenders"].size() / 4) - 1;
  EXPECT_GE(layers, 2U);
  for (const Json& contender : json["contenders"]) {
    EXPECT_TRUE(contender["untrained"]);
    EXPECT_GT(contender["encode_ms_per_second"], 0);
    EXPECT_GT(contender["cost_ms_per_second"], 0);
    EXPECT_EQ(contender["folds"].size(), 2U);
  }
  // What is computed later cannot have taken less time.
  EXPECT_LE(json["contenders"][0]["encode_ms_per_second"],
            json["contenders"][4 * (layers - 1)]["encode_ms_per_second"]);
  EXPECT_THAT(read_file(std::filesystem::path(out) / "compare.html"),
              HasSubstr("A comparison of untrained encoders"));
  EXPECT_THAT(undertone({"models", "inspect", best}).out, HasSubstr("selection, not a test"));
  EXPECT_THAT(undertone({"models", "inspect", best}).out, HasSubstr("no finding"));
  EXPECT_THAT(undertone({"models", "inspect", best}).out, HasSubstr("corrected_uar"));

  // The next time nothing is encoded, and all figures but the times are the same.
  EXPECT_EQ(undertone(command).exit_code, 2);
  auto again = command;
  again.push_back("--force");
  again.push_back("--threads");
  again.push_back("1");
  const ProgramResult second = undertone(again);
  ASSERT_EQ(second.exit_code, 0) << second.err;
  EXPECT_THAT(second.err, Not(HasSubstr("Encoding")));
  const Json repeated = compared(out);
  for (std::size_t c = 0; c < json["contenders"].size(); ++c) {
    const Json& a = json["contenders"][c];
    const Json& b = repeated["contenders"][c];
    for (const char* key :
         {"uar", "accuracy", "macro_f1", "intervals", "to_best", "folds", "encode_ms_per_second"}) {
      EXPECT_EQ(a[key], b[key]) << key;
    }
  }
}

TEST(Compare, TakesEmbeddingsThatAreThere) {
  const TemporaryFolder folder;
  const std::string other = (folder / "other.npz").string();
  ASSERT_EQ(undertone({"extract", metadata(), "-o", other, "--encoder", second_encoder(folder),
                       "--layer", "all"})
                .exit_code,
            0);
  const std::string out = (folder / "out").string();
  const ProgramResult result =
      undertone({"compare", (playground() / "emb.npz").string(), other, "--folds", "2",
                 "--classifiers", "logistic,forest", "-o", out});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json comparison = compared(out);
  for (const Json& contender : comparison["contenders"]) {
    EXPECT_TRUE(contender["cost_ms_per_second"].is_null());
    EXPECT_TRUE(contender["untrained"]);  // the files say so
  }
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::path(out) / "cache"));
}

TEST(Compare, EvaluateAndTrainSayThatAnEncoderIsUntrained) {
  const TemporaryFolder folder;
  const std::string input = (playground() / "emb.npz").string();
  EXPECT_THAT(undertone({"evaluate", input, "--folds", "2"}).out, HasSubstr("no finding"));
  EXPECT_THAT(undertone({"train", input, "-o", (folder / "m").string()}).err,
              HasSubstr("is untrained"));
}

TEST(Compare, EncodesAgainWhatHasChanged) {
  const TemporaryFolder folder;
  const std::string csv = (folder / "metadata.csv").string();
  std::string text = "filepath,emotion,speaker_id\n";
  for (int i = 0; i < 16; ++i) {
    text += clip(i) + (i % 2 == 1 ? ",hap,s" : ",sad,s") + std::to_string(i / 4) + "\n";
  }
  write_file(csv, text);
  const std::vector<std::string> command = {
      "compare",       csv,        "--encoder", "undertone-small",         "--folds", "2",
      "--classifiers", "logistic", "-o",        (folder / "out").string(), "--force"};
  ASSERT_EQ(undertone(command).exit_code, 0);
  const auto files = [&] {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "out/cache")) {
      count += entry.path().extension() == ".npz" ? 1 : 0;
    }
    return count;
  };
  EXPECT_EQ(files(), 1U);
  write_file(csv, text.substr(0, text.rfind(",s3")) + ",s2\n");
  ASSERT_EQ(undertone(command).exit_code, 0);
  EXPECT_EQ(files(), 2U);
  // A damaged note of the costs costs nothing but the costs.
  for (const auto& entry : std::filesystem::directory_iterator(folder / "out/cache")) {
    if (entry.path().extension() == ".cost")
      write_file(entry.path(), "undertone-encoding-cost 1\nnan");
  }
  ASSERT_EQ(undertone(command).exit_code, 0);
  EXPECT_TRUE(compared(folder / "out")["contenders"][0]["cost_ms_per_second"].is_null());
}

// Interrupted at any moment it loses nothing and writes nothing by halves. The verdict does not
// depend on when the interruptions come.
TEST(Compare, GoesOnAfterInterruptions) {
  const TemporaryFolder folder;
  const auto command = [&](const char* output) {
    return std::vector<std::string>{"compare",       metadata(), "--encoder", "undertone-small:all",
                                    "--folds",       "2",        "-o",        folder / output,
                                    "--classifiers", "logistic"};
  };
  ASSERT_EQ(undertone(command("whole")).exit_code, 0);
  const std::filesystem::path page = folder / "out/compare.html";
  for (int delay_ms = 10; !std::filesystem::exists(page); delay_ms += 15) {
    std::vector<std::string> arguments = {"--foreground", "--preserve-status", "--signal=INT",
                                          std::to_string(delay_ms / 1000.0), UNDERTONE_PROGRAM};
    const auto words = command("out");
    arguments.insert(arguments.end(), words.begin(), words.end());
    const ProgramResult result =
        run_program("/usr/bin/timeout", arguments,
                    {.environment = {{"UNDERTONE_MODELS", playground().string()}}});
    EXPECT_TRUE(result.exit_code == 130 || result.exit_code == 0) << result.err;
    ASSERT_LT(delay_ms, 60'000) << result.err;
  }
  const Json whole = compared(folder / "whole");
  const Json resumed = compared(folder / "out");
  ASSERT_EQ(whole["contenders"].size(), resumed["contenders"].size());
  for (std::size_t c = 0; c < whole["contenders"].size(); ++c) {
    for (const char* key : {"encoder", "layer", "uar", "folds"}) {
      EXPECT_EQ(whole["contenders"][c][key], resumed["contenders"][c][key]) << key;
    }
    EXPECT_GT(resumed["contenders"][c]["encode_ms_per_second"], 0);
  }
}

TEST(Compare, SavesAnEnsembleThatPredicts) {
  const TemporaryFolder folder;
  const std::string best = folder / "best.safetensors";
  const ProgramResult result =
      undertone({"compare", metadata(), "--encoder", "undertone-small", "--folds", "2",
                 "--classifiers", "ensemble", "-o", folder / "out", "--save-best", best});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const ProgramResult predicted = undertone({"predict", clip(1), "--json", "--model", best});
  ASSERT_EQ(predicted.exit_code, 0) << predicted.err;
  EXPECT_EQ(Json::parse(predicted.out)["label"], "Happy");
}

TEST(Compare, RefusesWhatCannotBeCompared) {
  const TemporaryFolder folder;
  const std::string embeddings = (playground() / "emb.npz").string();
  const std::string out = (folder / "out").string();
  const auto fails = [&](std::vector<std::string> arguments, int code, const char* part) {
    arguments.insert(arguments.begin(), "compare");
    arguments.insert(arguments.end(), {"-o", out});
    const ProgramResult result = undertone(arguments);
    EXPECT_EQ(result.exit_code, code) << result.err;
    EXPECT_THAT(result.err, HasSubstr(part));
    EXPECT_FALSE(std::filesystem::exists(std::filesystem::path(out) / "compare.html"));
  };
  fails({metadata()}, 2, "no encoder is named");
  fails({embeddings, "--encoder", "undertone-small"}, 2, "needs metadata");
  fails({embeddings, "--classifiers", "svm,tree"}, 2, "no classifier 'tree'");
  fails({embeddings, "--split", "halves"}, 2, "no split 'halves'");
  fails({metadata(), "--encoder", ":all"}, 2, "names no encoder");
  fails({metadata(), "--encoder", "undertone-small:99"}, 2, "not 99");
  fails({metadata(), "--encoder", "nowhere"}, 3, "nowhere");
  // Another label for the same recording.
  const std::string csv = (folder / "metadata.csv").string();
  std::string text = read_file(playground() / "metadata.csv");
  text.replace(text.find(",sad,"), 5, ",hap,");
  write_file(csv, text);
  std::filesystem::create_directory_symlink(playground() / "clips", folder / "clips");
  const std::string other = (folder / "other.npz").string();
  ASSERT_EQ(undertone({"extract", csv, "-o", other}).exit_code, 0);
  fails({embeddings, other, "--folds", "2"}, 1, "that it is");
}

}  // namespace
}  // namespace undertone::test
