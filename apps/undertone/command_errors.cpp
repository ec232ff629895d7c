#include "undertone/command_errors.hpp"

#include <exception>
#include <fmt/format.h>
#include <new>
#include <string_view>

#include "undertone/console.hpp"

namespace undertone::cli {
namespace {

std::string with_full_stop(std::string text) {
  if (!text.empty() && text.back() != '.' && text.back() != '!' && text.back() != '?') text += '.';
  return text;
}

int exit_code(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kOutputExists:
      return kUsage;
    case ErrorCode::kModelNotFound:
    case ErrorCode::kModelCorrupt:
    case ErrorCode::kModelUnsupported:
    case ErrorCode::kModelMismatch:
    case ErrorCode::kAccessDenied:
      return kModelUnusable;
    case ErrorCode::kCancelled:
      return kInterrupted;
    default:
      return kSomeFailed;
  }
}

}  // namespace

std::string error_text(const std::string& name, const Error& error) {
  std::string message = error.what();
  const std::string prefix = name + ": ";
  if (message.starts_with(prefix)) message.erase(0, prefix.size());
  std::string text = name.empty() ? std::string() : prefix;
  text += fmt::format("error [{}]: {}", to_string(error.code()), with_full_stop(message));
  if (!error.hint().empty()) text += ' ' + with_full_stop(error.hint());
  return printable(text);
}

int run_reporting_errors(const std::function<int()>& action) {
  try {
    return action();
  } catch (const OutputClosed&) {
    return kSomeFailed;  // whoever read our output has gone and needs no explanation
  } catch (const ModelError& error) {
    print_to_stderr(error_text("", error) + '\n');
    return kModelUnusable;
  } catch (const Error& error) {
    print_to_stderr(error_text("", error) + '\n');
    return exit_code(error);
  } catch (const std::bad_alloc&) {
    print_to_stderr("error [internal]: out of memory.\n");
  } catch (const std::exception& error) {
    print_to_stderr(fmt::format("error [internal]: {}\n", printable(error.what())));
  } catch (...) {
    print_to_stderr("error [internal]: an unknown exception.\n");
  }
  return kSomeFailed;
}

}  // namespace undertone::cli
