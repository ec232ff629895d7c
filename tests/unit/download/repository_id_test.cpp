#include "download/repository_id.hpp"

#include <gtest/gtest.h>

#include "support/expect_error.hpp"

namespace undertone::download {
namespace {

TEST(RepositoryId, TakesWhatTheHubAllows) {
  const RepositoryId id = parse_repository_id("facebook/hubert-large-ll60k");
  EXPECT_EQ(id.owner, "facebook");
  EXPECT_EQ(id.name, "hubert-large-ll60k");
  EXPECT_EQ(id.revision, "main");
  EXPECT_EQ(id.repository(), "facebook/hubert-large-ll60k");
  EXPECT_EQ(parse_repository_id("A_b.c/x.y_z@v1.0").revision, "v1.0");
  EXPECT_EQ(parse_repository_id("a/b@refs/pr/1").revision, "refs/pr/1");
}

TEST(RepositoryId, RefusesWhatCouldStepOutOfAFolderOrAUrl) {
  for (const char* text :
       {"",       "/",      "a",     "a/",     "/b",   "a/b/c",  "../b",  "a/..",
        "a/b..c", "a/.b",   "a/b.",  "-a/b",   "a/b-", "a--b/c", "a/b c", "a/b?c",
        "a/b#c",  "a/b%2e", "a/b\n", "a/b\\c", "a/ü",  "a/b:c"}) {
    EXPECT_UNDERTONE_ERROR(parse_repository_id(text), ErrorCode::kInvalidArgument,
                           "is not the name of a model");
  }
  for (const char* text : {"a/b@", "a/b@/x", "a/b@x/", "a/b@x//y", "a/b@..", "a/b@x/../y", "a/b@.x",
                           "a/b@x/.y", "a/b@-x", "a/b@x y", "a/b@x@y", "a/b@x.lock", "a/b@x%2fy"}) {
    EXPECT_UNDERTONE_ERROR(parse_repository_id(text), ErrorCode::kInvalidArgument,
                           "is not a revision");
  }
  EXPECT_UNDERTONE_ERROR(parse_repository_id("a/" + std::string(97, 'b')),
                         ErrorCode::kInvalidArgument, "is not the name of a model");
}

TEST(RepositoryId, KnowsACommit) {
  EXPECT_TRUE(is_commit("0123456789abcdef0123456789abcdef01234567"));
  EXPECT_FALSE(is_commit("0123456789abcdef0123456789abcdef0123456"));
  EXPECT_FALSE(is_commit("0123456789ABCDEF0123456789abcdef01234567"));
  EXPECT_FALSE(is_commit("../3456789abcdef0123456789abcdef01234567"));
}

}  // namespace
}  // namespace undertone::download
