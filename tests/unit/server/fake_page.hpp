// A page of two files.
#pragma once

#include "server/page_assets.hpp"

namespace undertone::server {

inline constexpr unsigned char kPage[] = "<!doctype html>";
inline constexpr unsigned char kScript[] = "run();";
inline const PageAsset kAssets[] = {
    {"/index.html", "text/html; charset=utf-8", kPage, "\"page\""},
    {"/assets/app-1.js", "text/javascript; charset=utf-8", kScript, "\"script\""},
};

}  // namespace undertone::server
