// What the tests of downloads share: a hub on this machine and a cache of their own.
#pragma once

#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <vector>

#include "download/pull.hpp"
#include "support/hub_server.hpp"
#include "support/temporary_folder.hpp"

namespace undertone::download {

inline std::string random_bytes(std::size_t count) {
  std::mt19937 random(1);
  std::string bytes(count, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

class HubTest : public testing::Test {
 protected:
  void SetUp() override {
    // Whatever proxy the environment names, the hub is on this machine.
    setenv("no_proxy", "*", 1);
    write_model("default");
    settings_.endpoint = hub_.endpoint();
    settings_.token = "hf_secret";
    settings_.cache = cache_.path();
    settings_.first_delay = std::chrono::milliseconds(1);
    settings_.stall = std::chrono::seconds(1);
    events_.note = [this](const std::string& text) { notes_.push_back(text); };
  }

  void write_model(const std::string& name) {
    const std::filesystem::path folder = hub_.folder() / name;
    std::filesystem::create_directories(folder);
    test::write_file(folder / "config.json", R"({"model_type": "hubert"})");
    test::write_file(folder / "README.md", "A model\n");
    test::write_file(folder / "run.py", "never to be fetched");
    test::write_file(folder / "model.safetensors", weights_);
  }

  PulledModel pull(const std::string& name, const std::stop_token& stop = {}) {
    return pull_model(parse_repository_id("owner/" + name), settings_, events_, stop);
  }

  std::filesystem::path repository(const std::string& name) const {
    return cache_ / ("models--owner--" + name);
  }

  // All is there, as the hub's own client lays it out.
  void expect_whole(const std::string& name) const {
    const std::filesystem::path snapshot = repository(name) / "snapshots" / test::kHubCommit;
    EXPECT_EQ(test::read_file(snapshot / "model.safetensors"), weights_);
    EXPECT_EQ(test::read_file(snapshot / "config.json"), R"({"model_type": "hubert"})");
    EXPECT_EQ(test::read_file(repository(name) / "refs/main"), test::kHubCommit);
    EXPECT_TRUE(leftovers(name).empty());
  }
  void expect_nothing_usable(const std::string& name) const {
    EXPECT_FALSE(std::filesystem::exists(repository(name) / "snapshots"));
    EXPECT_FALSE(std::filesystem::exists(repository(name) / "refs"));
  }

  std::vector<std::filesystem::path> leftovers(const std::string& name) const {
    std::vector<std::filesystem::path> result;
    for (const auto& entry : std::filesystem::directory_iterator(repository(name) / "blobs")) {
      if (entry.path().extension() == ".incomplete") result.push_back(entry.path());
    }
    return result;
  }

  // The values of a header in the requests for weights, "" where it was not sent.
  std::vector<std::string> sent(const std::string& header) const {
    std::vector<std::string> result;
    for (const auto& request : hub_.requests()) {
      if (request["method"] == "GET" &&
          request["path"].get<std::string>().ends_with("model.safetensors")) {
        result.push_back(request["headers"].value(header, ""));
      }
    }
    return result;
  }

  bool noted(const std::string& part) const {
    return std::any_of(notes_.begin(), notes_.end(), [&](const std::string& note) {
      return note.find(part) != std::string::npos;
    });
  }

  const std::string weights_ = random_bytes(3 << 20);
  test::HubServer hub_;
  test::TemporaryFolder cache_;
  Settings settings_;
  PullEvents events_;
  std::vector<std::string> notes_;
};

}  // namespace undertone::download
