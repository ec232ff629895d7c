// A form: parts lie in the body, in order and apart; a splitter that knows nothing but delimiters
// finds the same contents; written again, the parts are read again.
#include "server/multipart.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/api_error.hpp"
#include "server/upload.hpp"

namespace {

using undertone::server::FormPart;

void require(bool holds) {
  if (!holds) std::abort();
}

std::string_view text_of(const FormPart& part) {
  return {reinterpret_cast<const char*>(part.content.data()), part.content.size()};
}

// What stands between delimiters, without each part's headers.
std::vector<std::string> split(std::string_view body, const std::string& boundary) {
  const std::string delimiter = "\r\n--" + boundary;
  const std::string with_line = "\r\n" + std::string(body);
  std::vector<std::string> contents;
  std::size_t at = with_line.find(delimiter);
  for (;;) {
    const std::size_t begin = at + delimiter.size();
    if (with_line.compare(begin, 2, "--") == 0) return contents;
    const std::size_t blank = with_line.find("\r\n\r\n", begin);
    at = with_line.find(delimiter, blank + 2);
    const std::size_t content = blank + 4;
    contents.push_back(at <= content ? "" : with_line.substr(content, at - content));
  }
}

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '"') {
      result += "%22";
    } else if (c == '\r') {
      result += "%0D";
    } else if (c == '\n') {
      result += "%0A";
    } else if (c == '\\') {
      result += "\\\\";
    } else {
      result += c;
    }
  }
  return result;
}

// Text that looks like a browser's escape cannot be written so that it is read as it stands.
bool survives_escaping(const FormPart& part) {
  const auto holds_escape = [](std::string_view text) {
    for (const char* escape : {"%22", "%0D", "%0A", "%0d", "%0a"}) {
      if (text.find(escape) != std::string_view::npos) return true;
    }
    return false;
  };
  return !holds_escape(part.name) && !holds_escape(part.filename.value_or(""));
}

std::string written(const std::vector<FormPart>& parts, const std::string& boundary) {
  std::string body;
  for (const FormPart& part : parts) {
    body += "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + escaped(part.name);
    body += "\"";
    if (part.filename) body += "; filename=\"" + escaped(*part.filename) + "\"";
    if (!part.content_type.empty()) body += "\r\nContent-Type: " + std::string(part.content_type);
    body += "\r\n\r\n" + std::string(text_of(part)) + "\r\n";
  }
  return body + "--" + boundary + "--\r\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace undertone::server;
  // The first line is the Content-Type, the rest the body.
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view content_type = input.substr(0, input.find('\n'));
  const std::string_view text = input.substr(std::min(content_type.size() + 1, size));
  const auto body = std::as_bytes(std::span(text));
  try {
    const Upload upload = find_upload(content_type, body);
    require(!upload.bytes.empty() && !upload.name.empty() && upload.name.size() <= 100);
  } catch (const ApiError& error) {
    require(error.status() == 400 || error.status() == 415);
  }

  std::string boundary;
  std::vector<FormPart> parts;
  try {
    boundary = multipart_boundary(parse_media_type(content_type));
    parts = parse_multipart(body, boundary);
  } catch (const ApiError& error) {
    require(error.status() == 400);
    return 0;
  }
  require(parts.size() <= kMostParts);
  const std::byte* end = body.data();
  for (const FormPart& part : parts) {
    require(part.content.data() >= end);
    end = part.content.data() + part.content.size();
    require(end <= body.data() + body.size());
  }
  const std::vector<std::string> contents = split(text, boundary);
  require(contents.size() == parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) require(contents[i] == text_of(parts[i]));

  if (!std::all_of(parts.begin(), parts.end(), survives_escaping)) return 0;
  const std::string again = written(parts, boundary);
  std::vector<FormPart> reread;
  try {
    reread = parse_multipart(std::as_bytes(std::span(again)), boundary);
  } catch (const ApiError&) {
    // Escapes can make the headers too long; nothing else may go wrong.
    require(std::any_of(parts.begin(), parts.end(), [](const FormPart& part) {
      return 3 * (part.name.size() + part.filename.value_or("").size()) >
             kMostPartHeaderBytes - 200 - part.content_type.size();
    }));
    return 0;
  }
  require(reread.size() == parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    require(reread[i].name == parts[i].name && reread[i].filename == parts[i].filename);
    require(reread[i].content_type == parts[i].content_type);
    require(text_of(reread[i]) == text_of(parts[i]));
  }
  return 0;
}
