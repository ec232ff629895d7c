// What the environment says about downloads.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

namespace undertone::download {

struct Settings {
  std::string endpoint = "https://huggingface.co";  // without a slash at the end
  std::string token;                                // empty: none
  std::filesystem::path cache;                      // the hub's cache: holds models--OWNER--NAME
  std::string ca_file;    // certificates to trust in place of the system's; empty: those
  std::string ca_folder;  // the same as a folder
  bool offline = false;

  int attempts = 6;  // at one request or one stretch of a file without getting further
  std::chrono::milliseconds first_delay{1000};  // before the second attempt; doubled each time
  std::chrono::seconds longest_delay{60};       // also of what a server may ask for (Retry-After)
  std::chrono::seconds stall{30};               // without progress, then the connection is given up
};

// Of $HF_ENDPOINT; $HF_TOKEN, $HUGGING_FACE_HUB_TOKEN, or the file $HF_TOKEN_PATH or
// $HF_HOME/token; $HF_HUB_OFFLINE; $HF_HUB_DOWNLOAD_TIMEOUT; $CURL_CA_BUNDLE, $SSL_CERT_FILE,
// $SSL_CERT_DIR. The first that is set and not empty counts. Throws Error(kInvalidArgument) for
// values that cannot be used.
Settings settings_from_environment(std::filesystem::path cache);

}  // namespace undertone::download
