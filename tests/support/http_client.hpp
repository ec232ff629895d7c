// A plain HTTP/1.1 client on loopback that can also behave badly.
#pragma once

#include <algorithm>
#include <arpa/inet.h>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace undertone::test {

struct HttpAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case; the last of equal ones
  std::string body;
};

// One connection. Every wait ends after 20 s with an exception.
class HttpClient {
 public:
  explicit HttpClient(std::uint16_t port)
      : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      close(socket_);
      throw std::runtime_error("cannot connect");
    }
  }
  ~HttpClient() {
    if (socket_ >= 0) close(socket_);
  }
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // False once the server has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  void request(const std::string& method, const std::string& target, const std::string& body = {},
               const std::string& headers = {}) {
    std::string text = method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers;
    if (!body.empty() || method == "POST") {
      text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    }
    send(text + "\r\n" + body);
  }

  // REQUIRES that the answer has a Content-Length, or none and no body.
  HttpAnswer answer(bool to_head = false) {
    std::size_t end = 0;
    while ((end = unread_.find("\r\n\r\n")) == std::string::npos) receive();
    HttpAnswer answer;
    std::string_view head(unread_.data(), end + 2);
    answer.status = std::atoi(std::string(head.substr(9, 3)).c_str());
    head.remove_prefix(head.find("\r\n") + 2);
    while (!head.empty()) {
      const std::string_view line = head.substr(0, head.find("\r\n"));
      std::string name(line.substr(0, line.find(':')));
      std::transform(name.begin(), name.end(), name.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      std::string_view value = line.substr(line.find(':') + 1);
      while (value.starts_with(' ')) value.remove_prefix(1);
      answer.headers[name] = std::string(value);
      head.remove_prefix(line.size() + 2);
    }
    unread_.erase(0, end + 4);
    const auto length = answer.headers.find("content-length");
    const bool has_body = !to_head && length != answer.headers.end() && answer.status != 304;
    const std::size_t size =
        has_body ? static_cast<std::size_t>(std::atoll(length->second.c_str())) : 0;
    while (unread_.size() < size) receive();
    answer.body = unread_.substr(0, size);
    unread_.erase(0, size);
    return answer;
  }

  // Whether the server closes, after whatever it still sends.
  bool closed() {
    try {
      for (;;) receive();
    } catch (const std::runtime_error& error) {
      return std::string(error.what()) == "closed";
    }
  }

  // Whether nothing comes for so long.
  bool silent_for(std::chrono::milliseconds time) const {
    pollfd waiting{socket_, POLLIN, 0};
    return unread_.empty() && poll(&waiting, 1, static_cast<int>(time.count())) == 0;
  }

  // Closes with a reset, as a program that is killed does.
  void reset() {
    const linger at_once{1, 0};
    setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(std::exchange(socket_, -1));
  }

 private:
  void receive() {
    pollfd waiting{socket_, POLLIN, 0};
    if (poll(&waiting, 1, 20'000) <= 0) throw std::runtime_error("no answer within 20 s");
    char bytes[16384];
    const ssize_t count = recv(socket_, bytes, sizeof bytes, 0);
    if (count <= 0) throw std::runtime_error("closed");
    unread_.append(bytes, static_cast<std::size_t>(count));
  }

  int socket_;
  std::string unread_;
};

inline HttpAnswer http(std::uint16_t port, const std::string& method, const std::string& target,
                       const std::string& body = {}, const std::string& headers = {}) {
  HttpClient client(port);
  client.request(method, target, body, headers);
  return client.answer(method == "HEAD");
}

}  // namespace undertone::test
