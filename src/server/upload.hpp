// The recording in a request, however it was sent.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace undertone::server {

struct Upload {
  std::span<const std::byte> bytes;  // into the body; never empty
  std::string name;                  // for messages only: see upload_name()
};

// Throws what find_upload() throws for a type that is no recording's: before the body is read.
void require_upload_type(std::string_view content_type);

// Finds the recording in a complete body, which must outlive it: the one field `file` or `audio` of
// a form, or the body itself under a type that recordings have. `content_type` is the header, empty
// if there was none. Throws ApiError: 415 "unsupported_media_type" for any other type, 400
// "bad_request" for a malformed form, none or several recordings in it, or an empty one.
Upload find_upload(std::string_view content_type, std::span<const std::byte> body);

// Throws ApiError(415, "unsupported_media_type") if no demuxer recognises the content. What is
// recognised but cannot be heard, and a Git LFS pointer, are left to the decoder, which says what
// is wrong. Looks at up to 5 MiB: belongs on a thread that may compute.
void require_recording(const Upload& upload);

// A client's filename fit for messages: the last component of the path, or "upload" where that is
// empty, longer than 100 bytes, not UTF-8, or has characters that steer terminals or the direction
// of text.
std::string upload_name(std::string_view filename);

}  // namespace undertone::server
