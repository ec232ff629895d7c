// What went wrong with a request, as clients are told.
#pragma once

#include <exception>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <undertone/error.hpp>

namespace undertone::server {

// An HTTP status and the error object that goes with it; docs/api.md lists them all. What is thrown
// on purpose in this module is one of these or an undertone::Error.
class ApiError : public std::runtime_error {
 public:
  ApiError(int status, std::string code, const std::string& message, std::string hint = {});

  // The answer to what the pipeline threw.
  static ApiError of(const Error& error);
  // The answer to any exception; what is not ours says no more than "internal".
  static ApiError of(std::exception_ptr exception);

  int status() const noexcept { return status_; }
  const std::string& code() const noexcept { return code_; }
  const std::string& hint() const noexcept { return hint_; }

  // Headers that belong to the answer (Allow, Retry-After).
  const std::vector<std::pair<std::string, std::string>>& headers() const noexcept {
    return headers_;
  }
  ApiError with_header(std::string name, std::string value) &&;

  // {"error": {"code", "message", "hint"}}; bytes that are not UTF-8 become U+FFFD.
  std::string json() const;

 private:
  int status_;
  std::string code_;
  std::string hint_;
  std::vector<std::pair<std::string, std::string>> headers_;
};

}  // namespace undertone::server
