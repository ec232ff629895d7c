#include "server/multipart.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <stdexcept>
#include <utility>

#include "server/api_error.hpp"
#include "server/header_parameters.hpp"
#include "server/http_syntax.hpp"

namespace undertone::server {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::size_t kNone = std::string_view::npos;

bool is_boundary_character(char c) {
  return is_digit(c) || is_letter(c) || std::string_view("'()+_,-./:=? ").find(c) != kNone;
}

class MultipartParser {
 public:
  MultipartParser(std::span<const std::byte> body, std::string_view boundary)
      : body_(reinterpret_cast<const char*>(body.data()), body.size()),
        bytes_(body),
        delimiter_(fmt::format("\r\n--{}", boundary)) {}

  std::vector<FormPart> parse() {
    std::vector<FormPart> parts;
    skip_preamble();
    while (!at_close()) {
      if (parts.size() == kMostParts) fail(fmt::format("more than {} parts", kMostParts));
      ++part_;
      end_delimiter_line();
      FormPart part = headers();
      part.content = content();
      parts.push_back(std::move(part));
    }
    return parts;
  }

 private:
  // A delimiter without the line end before it.
  std::string_view dashed_boundary() const {
    return std::string_view(delimiter_).substr(kLineEnd.size());
  }

  // Where the next delimiter begins. A delimiter has one carriage return, its first byte: after a
  // mismatch no byte that matched can begin another match, so the search is linear.
  std::size_t find_delimiter(std::size_t from) const { return body_.find(delimiter_, from); }

  void skip_preamble() {
    if (body_.starts_with(dashed_boundary())) {
      position_ = dashed_boundary().size();
      return;
    }
    const std::size_t first = find_delimiter(0);
    if (first == kNone) {
      fail("the boundary that Content-Type names does not occur in the body");
    }
    position_ = first + delimiter_.size();
  }

  // What follows the last delimiter is text for humans.
  bool at_close() const { return body_.substr(position_).starts_with("--"); }

  void end_delimiter_line() {
    while (position_ < body_.size() && (body_[position_] == ' ' || body_[position_] == '\t')) {
      ++position_;
    }
    if (!body_.substr(position_).starts_with(kLineEnd)) {
      fail(position_ == body_.size() ? "the body ends after a delimiter"
                                     : "a delimiter is followed by something else");
    }
    position_ += kLineEnd.size();
  }

  FormPart headers() {
    FormPart part;
    bool disposed = false;
    bool typed = false;
    const std::size_t begin = position_;
    for (std::size_t lines = 0;; ++lines) {
      const std::string_view line = header_line(begin);
      if (line.empty()) break;
      if (lines == kMostPartHeaderLines) {
        fail(fmt::format("more than {} lines of headers", kMostPartHeaderLines));
      }
      const auto [name, value] = split(line);
      if (equal_ignoring_case(name, "Content-Disposition")) {
        if (std::exchange(disposed, true)) fail("Content-Disposition occurs twice");
        read_disposition(value, part);
      } else if (equal_ignoring_case(name, "Content-Type")) {
        if (std::exchange(typed, true)) fail("Content-Type occurs twice");
        part.content_type = value;
      } else if (equal_ignoring_case(name, "Content-Transfer-Encoding")) {
        require_plain(value);
      }
      position_ += line.size() + kLineEnd.size();
    }
    if (!disposed) fail("it has no Content-Disposition");
    position_ += kLineEnd.size();
    return part;
  }

  // The line at the position, without its end.
  std::string_view header_line(std::size_t headers_begin) const {
    const std::size_t allowed = kMostPartHeaderBytes - (position_ - headers_begin);
    const std::string_view window = body_.substr(position_, allowed);
    const std::size_t length = window.find(kLineEnd);
    if (length == kNone) {
      fail(window.size() < allowed
               ? "the body ends within its headers"
               : fmt::format("more than {} bytes of headers", kMostPartHeaderBytes));
    }
    return window.substr(0, length);
  }

  std::pair<std::string_view, std::string_view> split(std::string_view line) const {
    if (line.starts_with(dashed_boundary())) fail("it ends within its headers");
    if (line.front() == ' ' || line.front() == '\t') fail("a header runs over several lines");
    if (std::any_of(line.begin(), line.end(),
                    [](char c) { return is_control_character(c) && c != '\t'; })) {
      fail("control characters in a header");
    }
    const std::size_t colon = line.find(':');
    if (colon == kNone || !is_token(line.substr(0, colon))) fail("a header without a name");
    return {line.substr(0, colon), trimmed(line.substr(colon + 1))};
  }

  void read_disposition(std::string_view value, FormPart& part) const {
    const std::size_t semicolon = std::min(value.find(';'), value.size());
    if (!equal_ignoring_case(trimmed(value.substr(0, semicolon)), "form-data")) {
      fail("its Content-Disposition is not form-data");
    }
    std::vector<std::pair<std::string, std::string>> parameters;
    try {
      parameters = parse_header_parameters(value.substr(semicolon), Quoting::kForm);
    } catch (const std::invalid_argument& error) {
      fail(fmt::format("Content-Disposition: {}", error.what()));
    }
    // RFC 7578, 4.2 forbids filename*; what sends it sends filename too.
    bool named = false;
    for (auto& [parameter, text] : parameters) {
      if (parameter == "name") {
        if (std::exchange(named, true)) fail("Content-Disposition has two names");
        part.name = std::move(text);
      } else if (parameter == "filename") {
        if (part.filename) fail("Content-Disposition has two filenames");
        part.filename = std::move(text);
      }
    }
    if (!named) fail("Content-Disposition does not name the field");
  }

  void require_plain(std::string_view encoding) const {
    for (const std::string_view plain : {"binary", "8bit", "7bit"}) {
      if (equal_ignoring_case(encoding, plain)) return;
    }
    fail("its content is encoded; only Content-Transfer-Encoding: binary is read");
  }

  // Leaves the position behind the delimiter that ends it.
  std::span<const std::byte> content() {
    const std::size_t begin = position_;
    // Where a part has no content, the line end before the delimiter may be that of the headers.
    const std::size_t delimiter = find_delimiter(begin - kLineEnd.size());
    if (delimiter == kNone) fail("the body ends before the part does");
    position_ = delimiter + delimiter_.size();
    return bytes_.subspan(begin, std::max(delimiter, begin) - begin);
  }

  [[noreturn]] void fail(const std::string& what) const {
    const std::string where =
        part_ == 0 ? "multipart body" : fmt::format("multipart body, part {}", part_);
    throw ApiError(400, "bad_request", fmt::format("{} (byte {}): {}", where, position_, what),
                   "Let an HTTP library or a browser's FormData write the form, complete and with "
                   "the boundary that Content-Type names.");
  }

  std::string_view body_;
  std::span<const std::byte> bytes_;
  std::string delimiter_;
  std::size_t position_ = 0;
  std::size_t part_ = 0;  // counted from 1
};

}  // namespace

std::string multipart_boundary(const MediaType& type) {
  const auto fail = [](const std::string& what) {
    throw ApiError(
        400, "bad_request", "Content-Type: " + what,
        "Let your HTTP library write the Content-Type of a form: it knows the boundary.");
  };
  const std::string* boundary = type.parameter("boundary");
  if (boundary == nullptr) fail("multipart/form-data without a boundary");
  if (boundary->empty() || boundary->size() > kMostBoundaryBytes) {
    fail(fmt::format("a boundary of {} characters; 1 to {} are allowed", boundary->size(),
                     kMostBoundaryBytes));
  }
  if (!std::all_of(boundary->begin(), boundary->end(), is_boundary_character) ||
      boundary->back() == ' ') {
    fail("a boundary with characters that RFC 2046 does not allow");
  }
  return *boundary;
}

std::vector<FormPart> parse_multipart(std::span<const std::byte> body, std::string_view boundary) {
  return MultipartParser(body, boundary).parse();
}

}  // namespace undertone::server
