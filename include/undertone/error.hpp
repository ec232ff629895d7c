// Errors that Undertone reports to its users.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace undertone {

// What went wrong. The text of each code (see to_string) is stable: programs may test for it.
enum class ErrorCode {
  kAudioTooShort,    // audio_too_short: less speech than a prediction needs
  kAudioTooLong,     // audio_too_long: longer than the limit on duration
  kAudioTooLarge,    // audio_too_large: more bytes than the limit
  kAudioUnreadable,  // audio_unreadable: not audio, truncated, unknown codec, no audio stream
  kGitLfsPointer,    // git_lfs_pointer: a text pointer stands where the real file should be
  kFileNotFound,     // file_not_found
  kFileUnreadable,   // file_unreadable: it exists but cannot be opened or read
  kFileUnwritable,   // file_unwritable: cannot be created, written or renamed into place
  kOutputExists,     // output_exists: would overwrite a file that was not ours to overwrite
  kModelNotFound,    // model_not_found
  kModelCorrupt,     // model_corrupt: a checkpoint, configuration or bundle that contradicts itself
  kModelUnsupported,  // model_unsupported: well formed, but of a kind this version does not run
  kModelMismatch,     // model_mismatch: a bundle made for another encoder, layer or pooling
  kDataInvalid,       // data_invalid: metadata or embeddings that cannot be used as asked
  kInvalidArgument,   // invalid_argument: an option or parameter outside its range
  kDownloadFailed,    // download_failed: no network, a server that fails, a wrong checksum
  kAccessDenied,      // access_denied: the server wants a token, or a licence to be accepted
  kCancelled,         // cancelled: stopped on request
  kInternal,          // internal: a defect of Undertone itself
};

// The stable name of a code, e.g. "audio_too_short".
std::string_view to_string(ErrorCode code);

// The root of every exception that Undertone throws on purpose. `what()` is one sentence that says
// what happened and where; `hint()` says what to do about it and may be empty.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message, std::string hint = {});

  ErrorCode code() const noexcept { return code_; }
  const std::string& hint() const noexcept { return hint_; }

 private:
  ErrorCode code_;
  std::string hint_;
};

}  // namespace undertone
