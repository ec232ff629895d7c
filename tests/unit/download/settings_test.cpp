#include "download/settings.hpp"

#include <array>
#include <cstdlib>
#include <gtest/gtest.h>
#include <map>
#include <string>

#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"

namespace undertone::download {
namespace {

// Empties the variables and puts them back afterwards.
class DownloadSettings : public testing::Test {
 protected:
  static constexpr std::array kNames = {"HF_ENDPOINT",
                                        "HF_TOKEN",
                                        "HUGGING_FACE_HUB_TOKEN",
                                        "HF_TOKEN_PATH",
                                        "HF_HOME",
                                        "HOME",
                                        "XDG_CACHE_HOME",
                                        "HF_HUB_OFFLINE",
                                        "CURL_CA_BUNDLE",
                                        "SSL_CERT_FILE",
                                        "HF_HUB_DOWNLOAD_TIMEOUT",
                                        "SSL_CERT_DIR",
                                        "TRANSFORMERS_OFFLINE"};

  void SetUp() override {
    for (const char* name : kNames) {
      const char* const value = std::getenv(name);
      if (value != nullptr) saved_[name] = value;
      unsetenv(name);
    }
  }
  void TearDown() override {
    for (const char* name : kNames) unsetenv(name);
    for (const auto& [name, value] : saved_) setenv(name.c_str(), value.c_str(), 1);
  }

  std::map<std::string, std::string> saved_;
};

TEST_F(DownloadSettings, AreTheHubsOwnWithoutVariables) {
  const Settings settings = settings_from_environment("/cache");
  EXPECT_EQ(settings.endpoint, "https://huggingface.co");
  EXPECT_EQ(settings.token, "");
  EXPECT_EQ(settings.cache, "/cache");
  EXPECT_FALSE(settings.offline);
}

TEST_F(DownloadSettings, FollowTheVariables) {
  setenv("HF_ENDPOINT", "http://mirror:8080/hub/", 1);
  setenv("HF_HUB_OFFLINE", "Yes", 1);
  setenv("SSL_CERT_FILE", "/ca.pem", 1);
  setenv("HF_HUB_DOWNLOAD_TIMEOUT", "7", 1);
  const Settings settings = settings_from_environment("/cache");
  EXPECT_EQ(settings.endpoint, "http://mirror:8080/hub");
  EXPECT_TRUE(settings.offline);
  EXPECT_EQ(settings.ca_file, "/ca.pem");
  EXPECT_EQ(settings.stall.count(), 7);
  for (const char* text : {"0", "-1", "x", "1e3", "100000"}) {
    setenv("HF_HUB_DOWNLOAD_TIMEOUT", text, 1);
    EXPECT_UNDERTONE_ERROR(settings_from_environment("/cache"), ErrorCode::kInvalidArgument,
                           "HF_HUB_DOWNLOAD_TIMEOUT");
  }
}

TEST_F(DownloadSettings, FindTheTokenWhereTheHubsClientLeavesIt) {
  const test::TemporaryFolder home;
  setenv("HF_HOME", home.path().c_str(), 1);
  test::write_file(home / "token", " hf_from_file\n");
  EXPECT_EQ(settings_from_environment("/cache").token, "hf_from_file");
  setenv("HUGGING_FACE_HUB_TOKEN", "hf_older", 1);
  EXPECT_EQ(settings_from_environment("/cache").token, "hf_older");
  setenv("HF_TOKEN", "hf_newer", 1);
  EXPECT_EQ(settings_from_environment("/cache").token, "hf_newer");
}

TEST_F(DownloadSettings, RefuseATokenThatWouldBreakAHeader) {
  setenv("HF_TOKEN", "hf_x\r\nHost: elsewhere", 1);
  try {
    settings_from_environment("/cache");
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(std::string(error.what()).find("hf_x"), std::string::npos) << "the token is shown";
  }
}

}  // namespace
}  // namespace undertone::download
