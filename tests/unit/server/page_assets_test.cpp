// The embedded page is whole, and names what a server must know of it.
#include "server/page_assets.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <regex>
#include <set>
#include <string>

#include "common/sha256.hpp"

namespace undertone::server {
namespace {

const PageAsset* find(std::string_view path) {
  const auto assets = page_assets();
  const auto found = std::ranges::find(assets, path, &PageAsset::path);
  return found == assets.end() ? nullptr : &*found;
}

TEST(PageAssets, AreSortedAndEachIsThereOnce) {
  const auto assets = page_assets();
  EXPECT_TRUE(std::ranges::is_sorted(assets, {}, &PageAsset::path));
  std::set<std::string_view> paths;
  for (const PageAsset& asset : assets) EXPECT_TRUE(paths.insert(asset.path).second) << asset.path;
}

TEST(PageAssets, HaveTheBytesThatTheirEtagIsTheChecksumOf) {
  for (const PageAsset& asset : page_assets()) {
    Sha256 checksum;
    checksum.update(std::as_bytes(asset.bytes));
    EXPECT_EQ(asset.etag, '"' + checksum.hex_digest() + '"') << asset.path;
    EXPECT_FALSE(asset.bytes.empty()) << asset.path;
    EXPECT_FALSE(asset.content_type.empty()) << asset.path;
  }
}

TEST(PageAssets, LieUnderAssetsByNamesWithAHash) {
  const std::regex hashed(R"(/assets/[a-z]+-[0-9a-f]{12}\.[a-z0-9]+)");
  for (const PageAsset& asset : page_assets()) {
    if (asset.path == "/index.html") continue;
    EXPECT_TRUE(std::regex_match(std::string(asset.path), hashed)) << asset.path;
  }
}

TEST(PageAssets, HaveEverythingThatThePageNames) {
  const PageAsset* page = find("/index.html");
  ASSERT_NE(page, nullptr);
  EXPECT_EQ(page->content_type, "text/html; charset=utf-8");
  const std::string html(page->bytes.begin(), page->bytes.end());
  EXPECT_TRUE(html.starts_with("<!doctype html>"));
  const std::regex named(R"(/assets/[\w.-]+)");
  for (std::sregex_iterator at(html.begin(), html.end(), named), end; at != end; ++at) {
    EXPECT_NE(find(at->str()), nullptr) << at->str();
  }
}

}  // namespace
}  // namespace undertone::server
