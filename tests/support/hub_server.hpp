// tests/support/hub_server.py as long as a test lasts.
#pragma once

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "support/paths.hpp"
#include "support/program.hpp"
#include "support/temporary_folder.hpp"

namespace undertone::test {

inline constexpr const char* kHubCommit = "0123456789abcdef0123456789abcdef01234567";

// Serves the models in folder(), one subfolder each; write them there.
class HubServer {
 public:
  HubServer() {
    std::filesystem::create_directories(folder_ / "models/default");
    const std::string script = std::string(UNDERTONE_SOURCE_DIR) + "/tests/support/hub_server.py";
    const std::string models = (folder_ / "models").string();
    const std::string log = log_path().string();
    child_ = fork();
    if (child_ < 0) throw std::runtime_error("fork failed");
    if (child_ == 0) {
      dup2(in_.read_end, STDIN_FILENO);
      dup2(out_.write_end, STDOUT_FILENO);
      execlp(UNDERTONE_PYTHON, "python3", "-B", script.c_str(), models.c_str(), log.c_str(),
             static_cast<char*>(nullptr));
      _exit(127);
    }
    in_.close_read();
    out_.close_write();
    std::string ports;
    while (ports.find('\n') == std::string::npos && detail::drain(out_.read_end, ports)) {
    }
    std::istringstream(ports) >> port_ >> storage_port_;
    if (storage_port_ == 0) throw std::runtime_error("the hub of the tests did not start");
  }
  ~HubServer() {
    in_.close_write();  // the end of its standard input ends it
    waitpid(child_, nullptr, 0);
  }
  HubServer(const HubServer&) = delete;
  HubServer& operator=(const HubServer&) = delete;

  std::filesystem::path folder() const { return folder_ / "models"; }
  std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int port() const { return port_; }
  int storage_port() const { return storage_port_; }  // of the "other host"

  // All requests so far: method, path, port, headers (names in lower case).
  std::vector<nlohmann::json> requests() const {
    std::vector<nlohmann::json> result;
    std::istringstream stream(read_file(log_path()));
    for (std::string line; std::getline(stream, line);) {
      result.push_back(nlohmann::json::parse(line));
    }
    return result;
  }

 private:
  std::filesystem::path log_path() const { return folder_ / "log"; }

  TemporaryFolder folder_;
  detail::Pipe in_;
  detail::Pipe out_;
  pid_t child_ = -1;
  int port_ = 0;
  int storage_port_ = 0;
};

}  // namespace undertone::test
