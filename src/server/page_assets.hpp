// The files of the page, embedded when the program is built. cmake/UndertoneWeb.cmake makes the
// definition.
#pragma once

#include <span>
#include <string_view>

namespace undertone::server {

// Everything has static storage duration.
struct PageAsset {
  std::string_view path;  // "/index.html", "/assets/page-0123456789ab.js"
  std::string_view content_type;
  std::span<const unsigned char> bytes;
  std::string_view etag;  // with its quotes, as the header has it; the bytes' SHA-256
};

// Sorted by path. Only "/index.html" may change while its path stays the same: the names of all
// others hold a hash of what is in them. Thread-safe.
std::span<const PageAsset> page_assets();

}  // namespace undertone::server
