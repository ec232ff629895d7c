// What a pull leaves behind when all goes well, and what it tells whom.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <unistd.h>

#include "hub_test.hpp"
#include "support/expect_error.hpp"

namespace undertone::download {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PullTest : public HubTest {};

TEST_F(PullTest, LaysTheCacheOutAsTheHubsOwnClientDoes) {
  std::uint64_t total = 0;
  std::uint64_t last = 0;
  events_.started = [&](std::uint64_t all, std::uint64_t) { total = all; };
  events_.progress = [&](std::uint64_t present) { last = present; };
  const PulledModel model = pull("good");
  expect_whole("good");
  EXPECT_EQ(model.commit, test::kHubCommit);
  EXPECT_EQ(model.folder, repository("good") / "snapshots" / test::kHubCommit);
  EXPECT_THAT(model.licences, ElementsAre("apache-2.0"));
  EXPECT_EQ(model.bytes, model.received);
  EXPECT_EQ(total, weights_.size());
  EXPECT_EQ(last, total);
  const auto link = std::filesystem::read_symlink(model.folder / "README.md");
  EXPECT_EQ(link.parent_path(), "../../blobs");
  EXPECT_EQ(link.filename().string().size(), 40u);
  EXPECT_EQ(
      std::filesystem::read_symlink(model.folder / "model.safetensors").filename().string().size(),
      64u);
  EXPECT_FALSE(std::filesystem::exists(model.folder / "run.py"));
}

TEST_F(PullTest, FetchesNothingTwice) {
  pull("good");
  EXPECT_EQ(pull("good").received, 0u);
  EXPECT_EQ(sent("range").size(), 2u);  // the redirect and the storage, once
}

TEST_F(PullTest, MendsWhatIsDamagedInTheCache) {
  const PulledModel model = pull("good");
  std::string damaged = weights_;
  damaged[1000] = static_cast<char>(damaged[1000] ^ 1);
  test::write_file(model.folder / "model.safetensors", damaged);
  EXPECT_EQ(pull("good").received, weights_.size());
  EXPECT_TRUE(noted("damaged"));
  expect_whole("good");
}

TEST_F(PullTest, KnowsBranchesTagsAndCommits) {
  pull("good@v1");
  EXPECT_EQ(test::read_file(repository("good") / "refs/v1"), test::kHubCommit);
  pull("good@refs/pr/1");
  EXPECT_EQ(test::read_file(repository("good") / "refs/refs/pr/1"), test::kHubCommit);
  pull(std::string("other@") + test::kHubCommit);
  EXPECT_FALSE(std::filesystem::exists(repository("other") / "refs"));
  EXPECT_TRUE(std::filesystem::exists(repository("other") / "snapshots" / test::kHubCommit));
  EXPECT_UNDERTONE_ERROR(pull("good@v2"), ErrorCode::kModelNotFound, "has no revision 'v2'");
}

TEST_F(PullTest, FollowsRelativeRedirects) {
  pull("relative");
  expect_whole("relative");
}

TEST_F(PullTest, ShowsTheTokenToTheHubAlone) {
  pull("good");
  pull("elsewhere");
  int at_the_hub = 0;
  int elsewhere = 0;
  for (const auto& request : hub_.requests()) {
    const bool has_token = request["headers"].contains("authorization");
    if (request["port"] == hub_.port()) {
      EXPECT_EQ(request["headers"].value("authorization", ""), "Bearer hf_secret");
      ++at_the_hub;
    } else {
      EXPECT_FALSE(has_token) << request;
      ++elsewhere;
    }
  }
  EXPECT_GT(at_the_hub, 6);
  EXPECT_GE(elsewhere, 3);
}

TEST_F(PullTest, FetchesTheShardsThatAnIndexNames) {
  const auto folder = hub_.folder() / "sharded";
  write_model("sharded");
  std::filesystem::remove(folder / "model.safetensors");
  test::write_file(folder / "model-1.safetensors", "one");
  test::write_file(folder / "model-2.safetensors", "two");
  test::write_file(folder / "model-3.safetensors", "not named");
  test::write_file(folder / "model.safetensors.index.json",
                   R"({"weight_map": {"a": "model-2.safetensors", "b": "model-1.safetensors"}})");
  const PulledModel model = pull("sharded");
  EXPECT_EQ(test::read_file(model.folder / "model-1.safetensors"), "one");
  EXPECT_EQ(test::read_file(model.folder / "model-2.safetensors"), "two");
  EXPECT_FALSE(std::filesystem::exists(model.folder / "model-3.safetensors"));
}

TEST_F(PullTest, RefusesAnIndexThatLeadsElsewhere) {
  write_model("hostile-index");
  const auto folder = hub_.folder() / "hostile-index";
  std::filesystem::remove(folder / "model.safetensors");
  for (const char* name : {"../../../evil", "model-9.safetensors", "config.json"}) {
    test::write_file(folder / "model.safetensors.index.json",
                     std::string(R"({"weight_map": {"a": ")") + name + "\"}}");
    EXPECT_UNDERTONE_ERROR(pull("hostile-index"), ErrorCode::kModelCorrupt,
                           "model.safetensors.index.json: names");
  }
  expect_nothing_usable("hostile-index");
}

TEST_F(PullTest, TakesNoNamesFromTheServer) {
  pull("hostile");
  expect_whole("hostile");
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(cache_.path())) {
    EXPECT_EQ(entry.path().string().find("evil"), std::string::npos);
    if (entry.is_symlink()) ++files;
  }
  EXPECT_EQ(files, 3u);  // config.json, README.md, model.safetensors
}

TEST_F(PullTest, AsksWhoeverMustRunTheModelBeforeItsWeights) {
  events_.configured = [](const std::filesystem::path& config) {
    EXPECT_THAT(test::read_file(config), HasSubstr("hubert"));
    throw Error(ErrorCode::kModelUnsupported, "not this one");
  };
  EXPECT_UNDERTONE_ERROR(pull("good"), ErrorCode::kModelUnsupported, "not this one");
  EXPECT_TRUE(sent("range").empty());
  expect_nothing_usable("good");
}

TEST_F(PullTest, ObeysOfflineMode) {
  settings_.offline = true;
  EXPECT_UNDERTONE_ERROR(pull("good"), ErrorCode::kDownloadFailed, "HF_HUB_OFFLINE");
  EXPECT_TRUE(hub_.requests().empty());
}

TEST_F(PullTest, ResumesWithIfRangeAtTheHubItself) {
  pull("own-storage");
  const auto blob = std::filesystem::canonical(repository("own-storage") / "snapshots" /
                                               test::kHubCommit / "model.safetensors");
  std::filesystem::rename(blob, blob.string() + ".incomplete");
  std::filesystem::resize_file(blob.string() + ".incomplete", 1000);
  EXPECT_EQ(pull("own-storage").received, weights_.size() - 1000);
  EXPECT_THAT(sent("range"), ElementsAre("", "bytes=1000-"));
  EXPECT_THAT(sent("if-range"), ElementsAre("", '"' + blob.filename().string() + '"'));
  expect_whole("own-storage");
}

TEST_F(PullTest, StopsOnRequestAndGoesOnLater) {
  std::stop_source stop;
  events_.progress = [&](std::uint64_t present) {
    if (present > 100000) stop.request_stop();
  };
  EXPECT_UNDERTONE_ERROR(pull("slow", stop.get_token()), ErrorCode::kCancelled, "stopped");
  expect_nothing_usable("slow");
  ASSERT_EQ(leftovers("slow").size(), 1u);
  const auto kept = std::filesystem::file_size(leftovers("slow").front());
  EXPECT_GT(kept, 100000u);
  EXPECT_LT(kept, weights_.size());
  events_.progress = nullptr;
  pull("slow");
  EXPECT_EQ(sent("range").back(), "bytes=" + std::to_string(kept) + "-");
  expect_whole("slow");
}

TEST_F(PullTest, WaitsForAnotherThatFetchesTheSameFile) {
  pull("good");
  std::filesystem::remove_all(repository("good"));
  std::filesystem::path lock;
  for (const auto& entry :
       std::filesystem::directory_iterator(cache_ / ".locks/models--owner--good")) {
    if (entry.path().stem().string().size() == 64) lock = entry.path();
  }
  const int held = open(lock.c_str(), O_RDWR);
  ASSERT_EQ(flock(held, LOCK_EX | LOCK_NB), 0);
  std::stop_source stop;
  events_.note = [&](const std::string& text) {
    notes_.push_back(text);
    if (text.find("another process") != std::string::npos) close(held);
  };
  pull("good", stop.get_token());
  EXPECT_TRUE(noted("model.safetensors: another process is fetching it"));
  expect_whole("good");
}

}  // namespace
}  // namespace undertone::download
