// Bodies of several parts: multipart/form-data (RFC 7578, within the framing of RFC 2046).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/media_type.hpp"

namespace undertone::server {

// A form of one recording needs little; more is a mistake or an attack.
inline constexpr std::size_t kMostParts = 32;
inline constexpr std::size_t kMostPartHeaderBytes = 8 * 1024;  // of one part, line ends included
inline constexpr std::size_t kMostPartHeaderLines = 16;        // of one part
inline constexpr std::size_t kMostBoundaryBytes = 70;

// One field of the form. `content_type` and `content` point into the body.
struct FormPart {
  std::string name;                     // of the field; any bytes
  std::optional<std::string> filename;  // as the client wrote it; any bytes, paths included
  std::string_view content_type;        // empty if the part has none
  std::span<const std::byte> content;
};

// The boundary of a multipart/form-data body. Throws ApiError(400, "bad_request") unless there is
// exactly one, of 1 to 70 of the characters that RFC 2046 allows.
std::string multipart_boundary(const MediaType& type);

// The parts of a complete body, in its order; `body` must outlive them. Nothing is copied but
// names. Takes time linear in the body's size, whatever it holds. Text before the first delimiter
// and after the last is skipped; a part may be empty; there may be no parts. As RFC 2046 has it, a
// line is a delimiter if it begins like one: two hyphens and the boundary followed by anything else
// are refused, not taken for content. REQUIRES a boundary as multipart_boundary() gives. Throws
// ApiError(400, "bad_request") that says in which part and at which byte of the body.
std::vector<FormPart> parse_multipart(std::span<const std::byte> body, std::string_view boundary);

}  // namespace undertone::server
