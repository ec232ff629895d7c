// From errors to exit codes and to text on standard error.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include <undertone/error.hpp>

namespace undertone::cli {

enum ExitCode : int {
  kDone = 0,
  kSomeFailed = 1,     // inputs or the output
  kUsage = 2,          // called wrongly
  kModelUnusable = 3,  // model or configuration
  kInterrupted = 130,  // as shells report a death by Ctrl-C
};

// The command was called in a way that cannot mean anything.
class UsageError : public Error {
 public:
  explicit UsageError(const std::string& message, std::string hint = {})
      : Error(ErrorCode::kInvalidArgument, message, std::move(hint)) {}
};

// Wraps what went wrong while a model was loaded: whatever its code, no input can be done.
class ModelError : public Error {
 public:
  explicit ModelError(const Error& error) : Error(error.code(), error.what(), error.hint()) {}
};

// Calls load(); an Error becomes a ModelError, but for an option outside its range.
template <class Load>
auto load_model(Load load) {
  try {
    return load();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kInvalidArgument) throw;
    throw ModelError(error);
  }
}

// "name: error [code]: message. hint"; without a name "error [code]: ...". Control characters,
// which file names may hold, are made visible.
std::string error_text(const std::string& name, const Error& error);

// Runs the action; whatever it throws is written to standard error and becomes an exit code.
int run_reporting_errors(const std::function<int()>& action);

}  // namespace undertone::cli
