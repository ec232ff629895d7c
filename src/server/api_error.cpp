#include "server/api_error.hpp"

#include <nlohmann/json.hpp>

namespace undertone::server {
namespace {

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kAudioTooShort:
    case ErrorCode::kAudioTooLong:
    case ErrorCode::kAudioUnreadable:
    case ErrorCode::kGitLfsPointer:
      return 422;
    case ErrorCode::kInvalidArgument:
      return 400;
    default:
      return 500;
  }
}

}  // namespace

ApiError::ApiError(int status, std::string code, const std::string& message, std::string hint)
    : std::runtime_error(message),
      status_(status),
      code_(std::move(code)),
      hint_(std::move(hint)) {}

ApiError ApiError::of(const Error& error) {
  if (error.code() == ErrorCode::kAudioTooLarge) {
    return {413, "body_too_large", error.what(), error.hint()};
  }
  // Whoever cancels a request expects no answer, unless it is the server that stops.
  if (error.code() == ErrorCode::kCancelled) {
    return {503, "shutting_down", "this server is being stopped", "Try again later."};
  }
  const int status = status_of(error.code());
  // What went wrong inside the server is for its log, paths of its files above all.
  if (status == 500) return {500, "internal", "the server failed to handle this request"};
  return {status, std::string(to_string(error.code())), error.what(), error.hint()};
}

ApiError ApiError::of(std::exception_ptr exception) {
  try {
    std::rethrow_exception(std::move(exception));
  } catch (const ApiError& error) {
    return error;
  } catch (const Error& error) {
    return of(error);
  } catch (...) {
    return {500, "internal", "the server failed to handle this request"};
  }
}

ApiError ApiError::with_header(std::string name, std::string value) && {
  headers_.emplace_back(std::move(name), std::move(value));
  return std::move(*this);
}

std::string ApiError::json() const {
  using Json = nlohmann::ordered_json;
  Json error = {{"code", code_}, {"message", what()}};
  if (!hint_.empty()) error["hint"] = hint_;
  return Json{{"error", std::move(error)}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace undertone::server
