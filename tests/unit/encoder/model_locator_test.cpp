#include "encoder/model_locator.hpp"

#include <cstdlib>
#include <gtest/gtest.h>
#include <map>

#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"

namespace undertone::encoder {
namespace {

using test::TemporaryFolder;
using test::write_file;

// Points the environment at folders of the test's own and puts it back afterwards.
class ModelLocator : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"UNDERTONE_MODELS", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME",
                             "XDG_CACHE_HOME", "HOME"}) {
      const char* value = std::getenv(name);
      if (value != nullptr) saved_[name] = value;
      unsetenv(name);
    }
    setenv("HOME", home_.path().c_str(), 1);
  }
  void TearDown() override {
    for (const char* name : {"UNDERTONE_MODELS", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME",
                             "XDG_CACHE_HOME", "HOME"}) {
      unsetenv(name);
    }
    for (const auto& [name, value] : saved_) setenv(name.c_str(), value.c_str(), 1);
  }

  static void make_model(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    write_file(folder / "config.json", "{}");
  }

  TemporaryFolder home_;
  std::map<std::string, std::string> saved_;
};

TEST_F(ModelLocator, FindsAFolder) {
  make_model(home_ / "mine");
  const LocatedModel model = locate_encoder((home_ / "mine/").string());
  EXPECT_EQ(model.name, "mine");
  EXPECT_TRUE(std::filesystem::equivalent(model.folder, home_ / "mine"));
  std::filesystem::create_directory(home_ / "empty");
  EXPECT_UNDERTONE_ERROR(locate_encoder((home_ / "empty").string()), ErrorCode::kModelNotFound,
                         "no config.json");
}

TEST_F(ModelLocator, FindsAShippedModelByName) {
  make_model(home_ / "models/some-model");
  setenv("UNDERTONE_MODELS", (home_ / "models").c_str(), 1);
  EXPECT_EQ(locate_encoder("some-model").folder, home_ / "models/some-model");
  EXPECT_EQ(installed_encoders().front().name, "some-model");
  EXPECT_UNDERTONE_ERROR(locate_encoder("other-model"), ErrorCode::kModelNotFound,
                         (home_ / "models/other-model").string());
}

TEST_F(ModelLocator, FindsASnapshotInTheHubCache) {
  const auto repository = home_ / ".cache/huggingface/hub/models--facebook--hubert-large-ll60k";
  make_model(repository / "snapshots/aaaa");
  EXPECT_EQ(locate_encoder("facebook/hubert-large-ll60k").folder, repository / "snapshots/aaaa");
  make_model(repository / "snapshots/bbbb");
  EXPECT_UNDERTONE_ERROR(locate_encoder("facebook/hubert-large-ll60k"), ErrorCode::kModelNotFound,
                         repository.string());
  std::filesystem::create_directories(repository / "refs");
  write_file(repository / "refs/main", "bbbb\n");
  EXPECT_EQ(locate_encoder("facebook/hubert-large-ll60k").folder, repository / "snapshots/bbbb");
  EXPECT_EQ(locate_encoder("facebook/hubert-large-ll60k@aaaa").folder,
            repository / "snapshots/aaaa");
  EXPECT_UNDERTONE_ERROR(locate_encoder("facebook/hubert-large-ll60k@cccc"),
                         ErrorCode::kModelNotFound, "cccc");
  const auto models = installed_encoders();
  ASSERT_FALSE(models.empty());
  EXPECT_EQ(models.back().name, "facebook/hubert-large-ll60k");
}

TEST_F(ModelLocator, KnowsShortNames) {
  EXPECT_UNDERTONE_ERROR(locate_encoder("hubert-large"), ErrorCode::kModelNotFound,
                         "models--facebook--hubert-large-ll60k");
  const auto snapshot =
      home_ / ".cache/huggingface/hub/models--facebook--hubert-large-ll60k/snapshots/aaaa";
  make_model(snapshot);
  EXPECT_EQ(locate_encoder("hubert-large").folder, snapshot);
  EXPECT_EQ(locate_encoder("hubert-large").name, "facebook/hubert-large-ll60k");
  EXPECT_EQ(locate_encoder("hubert-large@aaaa").folder, snapshot);
}

TEST_F(ModelLocator, HonoursTheHubsVariables) {
  EXPECT_EQ(hub_cache_folder(), home_ / ".cache/huggingface/hub");
  setenv("XDG_CACHE_HOME", "/x", 1);
  EXPECT_EQ(hub_cache_folder(), "/x/huggingface/hub");
  setenv("HF_HOME", "/y", 1);
  EXPECT_EQ(hub_cache_folder(), "/y/hub");
  setenv("HF_HUB_CACHE", "/z", 1);
  EXPECT_EQ(hub_cache_folder(), "/z");
}

TEST_F(ModelLocator, NamesCannotStepOutOfTheCache) {
  make_model(home_ / ".cache/huggingface/hub/snapshots/x");
  for (const char* name : {"../snapshots", "a/../b", "a/b/c", "/", "a/", "", "a/b@../../x"}) {
    EXPECT_UNDERTONE_ERROR(locate_encoder(name), ErrorCode::kModelNotFound, "");
  }
}

}  // namespace
}  // namespace undertone::encoder
