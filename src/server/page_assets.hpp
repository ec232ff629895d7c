// The page's files, as they were built into the program.
#pragma once

#include <span>
#include <string_view>

namespace undertone::server {

struct PageAsset {
  std::string_view path;  // "/index.html", "/assets/app-abc123.js"
  std::string_view content_type;
  std::span<const unsigned char> bytes;
  std::string_view etag;  // in quotes, as HTTP has it
};

std::span<const PageAsset> page_assets();

}  // namespace undertone::server
