#include "server/upload.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

#include "audio/recognition.hpp"
#include "common/file_checks.hpp"
#include "server/api_error.hpp"
#include "server/media_type.hpp"
#include "server/multipart.hpp"
#include "tensor/unicode.hpp"

namespace undertone::server {
namespace {

constexpr std::string_view kFallbackName = "upload";
constexpr std::size_t kLongestName = 100;

constexpr const char* kHowToSend =
    "Send a form with the recording in its field 'file' (curl -F file=@clip.wav), or the recording "
    "itself as audio/*, video/*, application/ogg or application/octet-stream.";

bool is_recordings_type(std::string_view type) {
  return type.starts_with("audio/") || type.starts_with("video/") || type == "application/ogg" ||
         type == "application/octet-stream";
}

bool is_printable(char32_t code) {
  const bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
  const bool separator = code == 0x2028 || code == 0x2029;
  const bool directs_text = code == 0x061c || code == 0x200e || code == 0x200f ||
                            (code >= 0x202a && code <= 0x202e) ||
                            (code >= 0x2066 && code <= 0x2069);
  return !control && !separator && !directs_text;
}

Upload from_form(const MediaType& type, std::span<const std::byte> body) {
  std::optional<Upload> found;
  for (const FormPart& part : parse_multipart(body, multipart_boundary(type))) {
    if (part.name != "file" && part.name != "audio") continue;
    if (found) {
      throw ApiError(400, "bad_request", "the form holds more than one recording",
                     "Send one request for each recording, with one field 'file' or 'audio'.");
    }
    found = Upload{part.content, upload_name(part.filename.value_or(""))};
  }
  if (!found) {
    throw ApiError(400, "bad_request", "the form has no field 'file' or 'audio'", kHowToSend);
  }
  return std::move(*found);
}

bool is_form(const MediaType& type) { return type.name == "multipart/form-data"; }

MediaType upload_type(std::string_view content_type) {
  if (content_type.empty()) {
    throw ApiError(415, "unsupported_media_type", "the request has no Content-Type", kHowToSend);
  }
  MediaType type = parse_media_type(content_type);
  if (is_form(type) || is_recordings_type(type.name)) return type;
  throw ApiError(415, "unsupported_media_type",
                 fmt::format("Content-Type is {:.100}, which no recording has", type.name),
                 kHowToSend);
}

}  // namespace

void require_upload_type(std::string_view content_type) { upload_type(content_type); }

Upload find_upload(std::string_view content_type, std::span<const std::byte> body) {
  const MediaType type = upload_type(content_type);
  Upload upload = is_form(type) ? from_form(type, body) : Upload{body, std::string(kFallbackName)};
  if (upload.bytes.empty()) {
    throw ApiError(400, "bad_request", fmt::format("{}: is empty", upload.name), kHowToSend);
  }
  return upload;
}

void require_recording(const Upload& upload) {
  if (is_git_lfs_pointer(upload.bytes) || audio::recognised(upload.bytes)) return;
  throw ApiError(415, "unsupported_media_type",
                 fmt::format("{}: is not audio of a format that Undertone reads", upload.name),
                 "Send WAV, FLAC, MP3, Ogg (Opus, Vorbis), WebM, M4A/MP4, AAC, AIFF, AU, CAF, AMR, "
                 "WMA, WavPack or NIST SPHERE.");
}

std::string upload_name(std::string_view filename) {
  const std::size_t separator = filename.find_last_of("/\\");
  const std::string_view name =
      separator == std::string_view::npos ? filename : filename.substr(separator + 1);
  if (name.empty() || name == "." || name == ".." || name.size() > kLongestName) {
    return std::string(kFallbackName);
  }
  const auto text = tensor::utf32_from_utf8(name);
  if (!text || !std::all_of(text->begin(), text->end(), is_printable)) {
    return std::string(kFallbackName);
  }
  return std::string(name);
}

}  // namespace undertone::server
