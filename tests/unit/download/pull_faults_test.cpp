// Servers that break off, lie, refuse, stall and mislead.
#include <gmock/gmock.h>

#include "hub_test.hpp"
#include "support/expect_error.hpp"

namespace undertone::download {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

class PullFaults : public HubTest {
 protected:
  // Leaves the first bytes of the weights as an earlier, interrupted pull would.
  void leave_partial(const std::string& name, std::string_view content) {
    pull("good");
    const auto blob = std::filesystem::canonical(repository("good") / "snapshots" /
                                                 test::kHubCommit / "model.safetensors");
    std::filesystem::create_directories(repository(name) / "blobs");
    test::write_file(repository(name) / "blobs" / (blob.filename().string() + ".incomplete"),
                     content);
  }
};

TEST_F(PullFaults, ABrokenConnectionIsResumed) {
  pull("breaking-off");
  expect_whole("breaking-off");
  EXPECT_THAT(sent("range"), Contains("bytes=" + std::to_string(weights_.size() / 3) + "-"));
  EXPECT_TRUE(noted("trying again"));
}

TEST_F(PullFaults, ResumptionNeedsNoServerThatKnowsIt) {
  pull("without-ranges");
  expect_whole("without-ranges");
}

TEST_F(PullFaults, AnotherRangeThanAskedForIsNotJoined) {
  leave_partial("other-range", weights_.substr(0, 5000));
  pull("other-range");
  expect_whole("other-range");
  EXPECT_TRUE(noted("another part"));
}

TEST_F(PullFaults, AnUnsatisfiableRangeStartsAfresh) {
  leave_partial("unsatisfiable", weights_.substr(0, 5000));
  pull("unsatisfiable");
  expect_whole("unsatisfiable");
}

TEST_F(PullFaults, APartialFileLongerThanTheWholeStartsAfresh) {
  leave_partial("good2", weights_ + "surplus");
  pull("good2");
  expect_whole("good2");
}

TEST_F(PullFaults, APartialFileOfSomethingElseIsFoundOut) {
  leave_partial("good3", std::string(5000, 'x'));
  EXPECT_UNDERTONE_ERROR(pull("good3"), ErrorCode::kDownloadFailed, "checksum");
  EXPECT_TRUE(leftovers("good3").empty());
  pull("good3");
  expect_whole("good3");
}

TEST_F(PullFaults, AConnectionThatBreaksForEverEndsThePull) {
  EXPECT_UNDERTONE_ERROR(pull("breaking-off-always"), ErrorCode::kDownloadFailed, "broke");
  EXPECT_EQ(notes_.size(), static_cast<std::size_t>(settings_.attempts - 1));
  expect_nothing_usable("breaking-off-always");
  EXPECT_EQ(leftovers("breaking-off-always").size(), 1u);
}

TEST_F(PullFaults, WrongLengthsAreFoundOut) {
  EXPECT_UNDERTONE_ERROR(pull("announcing-more"), ErrorCode::kDownloadFailed, "were declared");
  EXPECT_UNDERTONE_ERROR(pull("sending-more"), ErrorCode::kDownloadFailed, "sends more");
  EXPECT_UNDERTONE_ERROR(pull("announcing-less"), ErrorCode::kDownloadFailed, "were declared");
  for (const char* name : {"announcing-more", "sending-more", "announcing-less"}) {
    EXPECT_TRUE(leftovers(name).empty()) << name;
    expect_nothing_usable(name);
  }
  pull("sending-less");
  expect_whole("sending-less");
}

TEST_F(PullFaults, DeclaredLengthsAreNotBelieved) {
  // 256 GiB: more than this disk has room for, or else more than the server then sends.
  if (std::filesystem::space(cache_.path()).available < std::uintmax_t{1} << 38) {
    EXPECT_UNDERTONE_ERROR(pull("declares-much"), ErrorCode::kFileUnwritable, "the disk has");
  } else {
    EXPECT_UNDERTONE_ERROR(pull("declares-much"), ErrorCode::kDownloadFailed, "were declared");
  }
  expect_nothing_usable("declares-much");
}

TEST_F(PullFaults, AWrongByteIsFoundOutAndNothingIsKept) {
  EXPECT_UNDERTONE_ERROR(pull("wrong-byte"), ErrorCode::kDownloadFailed,
                         "model.safetensors: its checksum is wrong");
  EXPECT_TRUE(leftovers("wrong-byte").empty());
  expect_nothing_usable("wrong-byte");
}

TEST_F(PullFaults, AFileWithoutAChecksumIsRefused) {
  EXPECT_UNDERTONE_ERROR(pull("no-checksum"), ErrorCode::kDownloadFailed, "names no checksum");
  EXPECT_UNDERTONE_ERROR(pull("odd-etag"), ErrorCode::kDownloadFailed, "names no checksum");
  EXPECT_UNDERTONE_ERROR(pull("other-commit"), ErrorCode::kDownloadFailed, "another commit");
}

TEST_F(PullFaults, RefusalsSayWhatToDo) {
  EXPECT_UNDERTONE_ERROR(pull("status-401"), ErrorCode::kAccessDenied, "token is not accepted");
  EXPECT_UNDERTONE_ERROR(pull("status-403"), ErrorCode::kAccessDenied, "forbids");
  EXPECT_UNDERTONE_ERROR(pull("status-404"), ErrorCode::kModelNotFound,
                         "owner/status-404: no such");
  EXPECT_UNDERTONE_ERROR(pull("gated"), ErrorCode::kAccessDenied, "licence must be accepted");
  settings_.token.clear();
  EXPECT_UNDERTONE_ERROR(pull("status-401"), ErrorCode::kAccessDenied, "no such model, or one");
  EXPECT_UNDERTONE_ERROR(pull("status-404"), ErrorCode::kModelNotFound, "HF_TOKEN is not set");
  try {
    pull("gated");
  } catch (const Error& error) {
    EXPECT_THAT(error.hint(), HasSubstr(hub_.endpoint() + "/owner/gated"));
    EXPECT_THAT(error.hint(), HasSubstr("HF_TOKEN"));
  }
  EXPECT_TRUE(notes_.empty()) << "a refusal is not asked again: " << notes_.front();
}

TEST_F(PullFaults, ABusyServerIsWaitedFor) {
  pull("busy");
  expect_whole("busy");
  EXPECT_TRUE(noted("(429); trying again in 1 s")) << notes_.front();
  EXPECT_UNDERTONE_ERROR(pull("busy-for-long"), ErrorCode::kDownloadFailed, "asks to wait");
}

TEST_F(PullFaults, AFailingServerIsAskedAgainButNotForEver) {
  pull("failing-twice");
  expect_whole("failing-twice");
  notes_.clear();
  EXPECT_UNDERTONE_ERROR(pull("failing"), ErrorCode::kDownloadFailed, "status 503");
  EXPECT_EQ(notes_.size(), static_cast<std::size_t>(settings_.attempts - 1));
}

TEST_F(PullFaults, RedirectsAreLimited) {
  EXPECT_UNDERTONE_ERROR(pull("loop"), ErrorCode::kDownloadFailed, "redirects more than 8 times");
  EXPECT_UNDERTONE_ERROR(pull("to-a-file"), ErrorCode::kDownloadFailed,
                         "something else than http or https");
}

TEST_F(PullFaults, HeadersAndTextsAreLimited) {
  EXPECT_UNDERTONE_ERROR(pull("huge-headers"), ErrorCode::kDownloadFailed, "bytes of headers");
  EXPECT_UNDERTONE_ERROR(pull("huge-json"), ErrorCode::kDownloadFailed, "is over 10485760 bytes");
  EXPECT_UNDERTONE_ERROR(pull("no-json"), ErrorCode::kDownloadFailed, "is not JSON");
  EXPECT_FALSE(std::filesystem::exists(repository("no-json")));
}

TEST_F(PullFaults, SmallFilesMustBeSmall) {
  write_model("long-readme");
  test::write_file(hub_.folder() / "long-readme/README.md", std::string((1 << 20) + 1, 'x'));
  EXPECT_UNDERTONE_ERROR(pull("long-readme"), ErrorCode::kDownloadFailed,
                         "README.md: 1048577 bytes");
}

TEST_F(PullFaults, AServerThatDripsIsGivenUp) {
  settings_.attempts = 2;
  EXPECT_UNDERTONE_ERROR(pull("dripping"), ErrorCode::kDownloadFailed, "too slow");
}

TEST_F(PullFaults, WithoutANetworkTheSentenceHelps) {
  settings_.endpoint = "http://127.0.0.1:1";
  EXPECT_UNDERTONE_ERROR(pull("good"), ErrorCode::kDownloadFailed, "127.0.0.1 cannot be reached");
  EXPECT_TRUE(notes_.empty());
  for (const char* endpoint : {"", "huggingface.co:", "ftp://x", "file:///etc", "http://u:p@x"}) {
    settings_.endpoint = endpoint;
    EXPECT_UNDERTONE_ERROR(pull("good"), ErrorCode::kInvalidArgument, "is no http or https URL");
  }
}

TEST_F(PullFaults, ACacheThatCannotBeWrittenSaysSo) {
  test::write_file(cache_ / "file", "");
  settings_.cache = cache_ / "file";
  EXPECT_UNDERTONE_ERROR(pull("good"), ErrorCode::kFileUnwritable, "cannot create the folder");
}

}  // namespace
}  // namespace undertone::download
