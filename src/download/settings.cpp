#include "download/settings.hpp"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <initializer_list>
#include <string_view>
#include <system_error>

#include <undertone/error.hpp>

#include "download/http_headers.hpp"

namespace undertone::download {
namespace {

namespace fs = std::filesystem;

std::string environment(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const char* const value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return {};
}

// As the hub's own client reads its switches.
bool is_true(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text == "1" || text == "ON" || text == "YES" || text == "TRUE";
}

fs::path token_file() {
  if (const std::string path = environment({"HF_TOKEN_PATH"}); !path.empty()) return path;
  if (const std::string home = environment({"HF_HOME"}); !home.empty()) {
    return fs::path(home) / "token";
  }
  if (const std::string cache = environment({"XDG_CACHE_HOME"}); !cache.empty()) {
    return fs::path(cache) / "huggingface" / "token";
  }
  return fs::path(environment({"HOME"})) / ".cache" / "huggingface" / "token";
}

std::string trimmed(const std::string& text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

std::string find_token() {
  std::string token = trimmed(environment({"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}));
  std::error_code ignored;
  if (token.empty() && fs::is_regular_file(token_file(), ignored)) {
    std::ifstream file(token_file());
    std::string text(4096, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    token = trimmed(text);
  }
  // It becomes a header: nothing in it may end the line.
  const bool visible =
      std::all_of(token.begin(), token.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (!visible || token.size() > 2048) {
    throw Error(ErrorCode::kInvalidArgument, "the access token of the hub is not one word",
                "Check HF_TOKEN and the file " + token_file().string() + ".");
  }
  return token;
}

}  // namespace

Settings settings_from_environment(fs::path cache) {
  Settings settings;
  settings.cache = std::move(cache);
  if (const std::string endpoint = environment({"HF_ENDPOINT"}); !endpoint.empty()) {
    settings.endpoint = endpoint;
    while (settings.endpoint.ends_with('/')) settings.endpoint.pop_back();
  }
  settings.token = find_token();
  settings.offline = is_true(environment({"HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"}));
  settings.ca_file = environment({"CURL_CA_BUNDLE", "SSL_CERT_FILE"});
  settings.ca_folder = environment({"SSL_CERT_DIR"});
  if (const std::string text = environment({"HF_HUB_DOWNLOAD_TIMEOUT"}); !text.empty()) {
    const auto seconds = parse_size(text);
    if (!seconds || *seconds == 0 || *seconds > 3600) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("HF_HUB_DOWNLOAD_TIMEOUT is '{}'", text.substr(0, 100)),
                  "It takes a whole number of seconds, from 1 to 3600.");
    }
    settings.stall = std::chrono::seconds(*seconds);
  }
  return settings;
}

}  // namespace undertone::download
