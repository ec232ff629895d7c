// `undertone models pull`, against a hub on this machine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli_environment.hpp"
#include "support/hub_server.hpp"

namespace undertone::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ModelsPull : public testing::Test {
 protected:
  // Serves the playground's small model, with or without its classifier.
  void serve(const std::string& name, bool with_bundle = true) {
    const auto folder = hub_.folder() / name;
    std::filesystem::create_directories(folder);
    for (const char* file :
         {"config.json", "preprocessor_config.json", "model.safetensors", "bundle.safetensors"}) {
      if (!with_bundle && std::string_view(file) == "bundle.safetensors") continue;
      std::filesystem::copy_file(playground() / "undertone-small" / file, folder / file);
    }
  }

  ProgramResult run(std::vector<std::string> arguments, ProgramInput input = {}) const {
    input.environment.emplace("HF_ENDPOINT", hub_.endpoint());
    input.environment.emplace("HF_HOME", home_.path().string());
    input.environment.emplace("HF_HUB_CACHE", (home_ / "hub").string());
    input.environment.emplace("HF_HUB_OFFLINE", "0");
    input.environment.emplace("no_proxy", "*");
    return undertone(arguments, std::move(input));
  }
  ProgramResult pull(const std::string& name) const { return run({"models", "pull", name}); }

  HubServer hub_;
  TemporaryFolder home_;
};

TEST_F(ModelsPull, FetchesWhatPredictThenUses) {
  serve("small");
  EXPECT_EQ(run({"predict", clip(0), "--encoder", "owner/small"}).exit_code, 3);
  const ProgramResult pulled = pull("owner/small");
  ASSERT_EQ(pulled.exit_code, 0) << pulled.err;
  EXPECT_THAT(pulled.out, HasSubstr((home_ / "hub/models--owner--small/snapshots").string()));
  EXPECT_THAT(pulled.out, HasSubstr("Licence: apache-2.0"));
  EXPECT_THAT(pulled.out, HasSubstr("undertone predict recording.wav --encoder owner/small"));
  const ProgramResult here = run({"predict", clip(0), "--json", "--encoder", "owner/small"});
  ASSERT_EQ(here.exit_code, 0) << here.err;
  const Json fetched = Json::parse(here.out);
  const Json original = Json::parse(run({"predict", clip(0), "--json"}).out);
  EXPECT_EQ(fetched["probabilities"], original["probabilities"]);
  EXPECT_EQ(fetched["model"]["encoder"], "owner/small");
  EXPECT_THAT(run({"models", "list"}).out, HasSubstr("owner/small"));
  const ProgramResult again = pull("owner/small");
  EXPECT_THAT(again.out, HasSubstr("all of it here before and verified"));
}

TEST_F(ModelsPull, KnowsShortNames) {
  serve("hubert-large-ll60k", false);
  EXPECT_THAT(run({"models", "list", "--known"}).out,
              HasSubstr("hubert-large      no    facebook/hubert-large-ll60k"));
  const ProgramResult missing = run({"models", "inspect", "hubert-large"});
  EXPECT_THAT(missing.err, HasSubstr("undertone models pull hubert-large"));
  const ProgramResult pulled = pull("hubert-large");
  ASSERT_EQ(pulled.exit_code, 0) << pulled.err;
  EXPECT_THAT(pulled.out, HasSubstr("undertone train"));
  EXPECT_THAT(pulled.out, Not(HasSubstr("undertone predict")));
  EXPECT_EQ(run({"models", "inspect", "hubert-large"}).exit_code, 0);
  EXPECT_THAT(run({"models", "list", "--known"}).out,
              HasSubstr("hubert-large      yes   facebook/hubert-large-ll60k"));
  const ProgramResult quiet = run({"models", "pull", "hubert-large", "-q"});
  EXPECT_EQ(quiet.err, "");
  EXPECT_TRUE(
      std::filesystem::exists(std::filesystem::path(lines(quiet.out).at(0)) / "config.json"));
}

TEST_F(ModelsPull, GuessesWhatWasMeant) {
  const ProgramResult misspelt = pull("hubert-lage");
  EXPECT_EQ(misspelt.exit_code, 2);
  EXPECT_THAT(misspelt.err, HasSubstr("Did you mean hubert-large?"));
  EXPECT_EQ(pull("../x/y").exit_code, 2);
  const ProgramResult unknown = pull("facebok/status-404");
  EXPECT_EQ(unknown.exit_code, 3);
  EXPECT_THAT(unknown.err, HasSubstr("error [model_not_found]: facebok/status-404: no such model"));
}

TEST_F(ModelsPull, RefusesWhatItCannotRunBeforeTheWeights) {
  serve("parrot", false);
  write_file(hub_.folder() / "parrot/config.json", R"({"model_type": "parrot"})");
  const ProgramResult result = pull("owner/parrot");
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("error [model_unsupported]: owner/parrot: config.json"));
  for (const auto& request : hub_.requests()) {
    EXPECT_THAT(request["path"].get<std::string>(), Not(HasSubstr("model.safetensors")));
  }
}

TEST_F(ModelsPull, FailuresHaveTheirCodes) {
  serve("default", false);
  EXPECT_EQ(pull("owner/gated").exit_code, 3);
  const ProgramResult wrong = pull("owner/wrong-byte");
  EXPECT_EQ(wrong.exit_code, 1);
  EXPECT_THAT(wrong.err, HasSubstr("error [download_failed]: model.safetensors: its checksum"));
  const ProgramResult offline =
      run({"models", "pull", "owner/small"}, {.environment = {{"HF_HUB_OFFLINE", "1"}}});
  EXPECT_EQ(offline.exit_code, 1);
  EXPECT_THAT(offline.err, HasSubstr("HF_HUB_OFFLINE"));
  const ProgramResult nowhere = run({"models", "pull", "owner/small"},
                                    {.environment = {{"HF_ENDPOINT", "http://127.0.0.1:1"}}});
  EXPECT_EQ(nowhere.exit_code, 1);
  EXPECT_THAT(nowhere.err, HasSubstr("cannot be reached"));
  EXPECT_THAT(nowhere.err, HasSubstr("copy the model's folder"));
}

}  // namespace
}  // namespace undertone::test
