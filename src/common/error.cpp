#include <utility>

#include <undertone/error.hpp>

namespace undertone {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::kAudioTooShort:
      return "audio_too_short";
    case ErrorCode::kAudioTooLong:
      return "audio_too_long";
    case ErrorCode::kAudioTooLarge:
      return "audio_too_large";
    case ErrorCode::kAudioUnreadable:
      return "audio_unreadable";
    case ErrorCode::kGitLfsPointer:
      return "git_lfs_pointer";
    case ErrorCode::kFileNotFound:
      return "file_not_found";
    case ErrorCode::kFileUnreadable:
      return "file_unreadable";
    case ErrorCode::kFileUnwritable:
      return "file_unwritable";
    case ErrorCode::kOutputExists:
      return "output_exists";
    case ErrorCode::kModelNotFound:
      return "model_not_found";
    case ErrorCode::kModelCorrupt:
      return "model_corrupt";
    case ErrorCode::kModelUnsupported:
      return "model_unsupported";
    case ErrorCode::kModelMismatch:
      return "model_mismatch";
    case ErrorCode::kDataInvalid:
      return "data_invalid";
    case ErrorCode::kInvalidArgument:
      return "invalid_argument";
    case ErrorCode::kDownloadFailed:
      return "download_failed";
    case ErrorCode::kAccessDenied:
      return "access_denied";
    case ErrorCode::kCancelled:
      return "cancelled";
    case ErrorCode::kInternal:
      return "internal";
  }
  return "internal";
}

Error::Error(ErrorCode code, const std::string& message, std::string hint)
    : std::runtime_error(message), code_(code), hint_(std::move(hint)) {}

}  // namespace undertone
