#include "server/multipart.hpp"

#include <gtest/gtest.h>
#include <string>

#include "support/expect_api_error.hpp"

namespace undertone::server {
namespace {

using ::testing::ElementsAre;

std::vector<FormPart> parse(const std::string& body, std::string_view boundary = "b") {
  return parse_multipart(std::as_bytes(std::span(body)), boundary);
}

std::string text(const FormPart& part) {
  return {reinterpret_cast<const char*>(part.content.data()), part.content.size()};
}

// The only part of a form with one part of these headers.
FormPart with_headers(const std::string& headers) {
  static std::string body;  // parts point into it
  body = "--b\r\n" + headers + "\r\n\r\ncontent\r\n--b--\r\n";
  const auto parts = parse(body);
  EXPECT_EQ(parts.size(), 1U);
  EXPECT_EQ(text(parts.front()), "content");
  return parts.front();
}

FormPart with_disposition(const std::string& parameters) {
  return with_headers("Content-Disposition: form-data" + parameters);
}

constexpr char kFormOfTwo[] =
    "--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n"
    "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"clip.wav\"\r\n"
    "Content-Type: audio/wav\r\n\r\nRIFF\r\n\r\n\0...\r\n--b--\r\n";

TEST(Multipart, FindsThePartsInTheBody) {
  const std::string body(kFormOfTwo, sizeof kFormOfTwo - 1);
  const auto parts = parse(body);
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].name, "note");
  EXPECT_EQ(parts[0].filename, std::nullopt);
  EXPECT_EQ(parts[0].content_type, "");
  EXPECT_EQ(text(parts[0]), "hello");
  EXPECT_EQ(parts[1].name, "file");
  EXPECT_EQ(parts[1].filename, "clip.wav");
  EXPECT_EQ(parts[1].content_type, "audio/wav");
  EXPECT_EQ(text(parts[1]), std::string("RIFF\r\n\r\n\0...", 12));
  const auto* begin = reinterpret_cast<const std::byte*>(body.data());
  EXPECT_EQ(parts[1].content.data(), begin + body.find("RIFF")) << "nothing is copied";
}

TEST(Multipart, SkipsPreambleAndEpilogue) {
  const std::string body =
      "This is a form.\r\n--b  \r\nContent-Disposition: form-data; "
      "name=a\r\n\r\n1\r\n--b--\r\nBye.\r\n--b\r\n";
  const auto parts = parse(body);
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(text(parts[0]), "1");
}

TEST(Multipart, TakesPartsWithoutContentAndFormsWithoutParts) {
  const std::string headers = "Content-Disposition: form-data; name=a\r\n\r\n";
  EXPECT_EQ(text(parse("--b\r\n" + headers + "\r\n--b--").at(0)), "");
  EXPECT_EQ(text(parse("--b\r\n" + headers + "--b--").at(0)), "");
  EXPECT_TRUE(parse("--b--").empty());
}

TEST(Multipart, TakesNearDelimitersForContent) {
  const std::string content = "\r\n-b\r\n--\r\r\n--a\n--b\r--b --b\r\n";
  EXPECT_EQ(
      text(parse("--b\r\nContent-Disposition: form-data; name=a\r\n\r\n" + content + "\r\n--b--")
               .at(0)),
      content);
}

TEST(Multipart, ReadsNamesAsBrowsersAndToolsWriteThem) {
  EXPECT_EQ(with_disposition("; name=\"a b\"; filename=\"x\"").name, "a b");
  EXPECT_EQ(with_disposition(";name=a;filename=x.wav").filename, "x.wav");
  EXPECT_EQ(with_disposition("; NAME=\"a\"; FileName=\"\"").filename, "");
  EXPECT_EQ(with_disposition("; name=\"a\"; filename=\"%22%0d%0A%41 100%\"").filename,
            "\"\r\n%41 100%");
  EXPECT_EQ(with_disposition("; name=\"a\"; filename=\"say \\\"hi\\\" \\\\ C:\\x;y=z\"").filename,
            "say \"hi\" \\ C:\\x;y=z");
  EXPECT_EQ(with_disposition("; name=\"\xc3\xa4\"").name, "\xc3\xa4");
  const FormPart extended = with_disposition("; name=a; filename*=UTF-8''evil; filename=good");
  EXPECT_EQ(extended.filename, "good");
  EXPECT_EQ(with_headers("content-DISPOSITION:form-data;name=a\r\nX-Other: 1").name, "a");
  EXPECT_EQ(with_headers("Content-Transfer-Encoding: BINARY\r\nContent-Disposition: form-data; "
                         "name=a")
                .name,
            "a");
}

TEST(Multipart, RefusesMalformedHeaders) {
  const auto expect = [](const std::string& headers, const std::string& what) {
    EXPECT_API_ERROR(with_headers(headers), 400, "bad_request", what);
  };
  const std::string named = "Content-Disposition: form-data; name=a";
  expect("X: 1", "no Content-Disposition");
  expect("Content-Disposition: attachment; name=a", "not form-data");
  expect("Content-Disposition: form-data", "does not name");
  expect(named + "; name=b", "two names");
  expect(named + "; filename=b; filename=c", "two filenames");
  expect(named + "\r\n" + named, "twice");
  expect(named + "\r\nContent-Type: a/b\r\nContent-Type: a/b", "twice");
  expect(named + "\r\nContent-Transfer-Encoding: base64", "encoded");
  expect(named + "\r\n folded", "several lines");
  expect(named + "\r\nno colon", "without a name");
  expect(named + "\r\n: x", "without a name");
  expect(named + "\r\nX y: x", "without a name");
  expect(named + "\r\nX: a\rb", "control");
  expect(named + "\r\nX: a\nContent-Type: b", "control");
  expect(named + "\r\nX: " + std::string(1, '\0'), "control");
  expect(named + "; filename=\"x", "do not end");
  expect(named + "; filename=", "has no value");
  expect(named + "; filename", "has no value");
  expect(named + "; =x", "no proper name");
  expect(named + " filename=x", "';' is missing");
  expect(named + "\r\n--b", "ends within its headers");
}

TEST(Multipart, SaysWhereItIsMalformed) {
  const std::string body =
      "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b\r\nX: 1\r\n\r\n";
  const std::string end_of_headers = std::to_string(body.size() - 2);
  EXPECT_API_ERROR(parse(body), 400, "bad_request", "part 2 (byte " + end_of_headers + ")");
}

TEST(Multipart, RefusesBrokenFraming) {
  EXPECT_API_ERROR(parse(""), 400, "bad_request", "does not occur");
  EXPECT_API_ERROR(parse("--c\r\n"), 400, "bad_request", "does not occur");
  EXPECT_API_ERROR(parse("x--b\r\n"), 400, "bad_request", "does not occur");
  EXPECT_API_ERROR(parse("--b"), 400, "bad_request", "ends after a delimiter");
  EXPECT_API_ERROR(parse("--b-"), 400, "bad_request", "followed by something else");
  EXPECT_API_ERROR(parse("--bb\r\n"), 400, "bad_request", "followed by something else");
  EXPECT_API_ERROR(parse("--b\n"), 400, "bad_request", "followed by something else");
  EXPECT_API_ERROR(parse("--b\r\n"), 400, "bad_request", "within its headers");
  EXPECT_API_ERROR(parse("--b\r\nContent-Disposition: form-data; name=a\r\n"), 400, "bad_request",
                   "within its headers");
  EXPECT_API_ERROR(parse("--b\r\nContent-Disposition: form-data; name=a\r\n\r\n12\r\n--"), 400,
                   "bad_request", "before the part does");
}

TEST(Multipart, HasLimits) {
  const std::string part = "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n";
  std::string most;
  for (std::size_t i = 0; i < kMostParts; ++i) most += part;
  EXPECT_EQ(parse(most + "--b--").size(), kMostParts);
  EXPECT_API_ERROR(parse(most + part + "--b--"), 400, "bad_request", "more than 32 parts");

  std::string lines = "Content-Disposition: form-data; name=a";
  for (std::size_t i = 1; i < kMostPartHeaderLines; ++i) lines += "\r\nX: y";
  EXPECT_EQ(with_headers(lines).name, "a");
  EXPECT_API_ERROR(with_headers(lines + "\r\nX: y"), 400, "bad_request", "more than 16 lines");

  const std::string named = "Content-Disposition: form-data; name=a\r\nX: ";
  const std::string filler(kMostPartHeaderBytes - named.size() - 4, 'x');
  EXPECT_EQ(with_headers(named + filler).name, "a");
  EXPECT_API_ERROR(with_headers(named + filler + "x"), 400, "bad_request", "more than 8192 bytes");
  EXPECT_API_ERROR(with_headers(std::string(100000, 'x')), 400, "bad_request",
                   "more than 8192 bytes");
}

TEST(MultipartBoundary, IsWhatContentTypeSays) {
  const auto boundary = [](std::string_view header) {
    return multipart_boundary(parse_media_type(header));
  };
  EXPECT_EQ(boundary("multipart/form-data; boundary=----WebKitFormBoundary7MA4"),
            "----WebKitFormBoundary7MA4");
  EXPECT_EQ(boundary("multipart/form-data;charset=utf-8; Boundary=\"a b:c\""), "a b:c");
  EXPECT_EQ(boundary("multipart/form-data; boundary=a/b=c?d"), "a/b=c?d");
  EXPECT_EQ(boundary("multipart/form-data; boundary=" + std::string(70, 'x')).size(), 70U);
  EXPECT_API_ERROR(boundary("multipart/form-data"), 400, "bad_request", "without a boundary");
  EXPECT_API_ERROR(boundary("multipart/form-data; boundary=\"\""), 400, "bad_request", "of 0");
  EXPECT_API_ERROR(boundary("multipart/form-data; boundary=" + std::string(71, 'x')), 400,
                   "bad_request", "of 71");
  EXPECT_API_ERROR(boundary("multipart/form-data; boundary=\"a \""), 400, "bad_request", "2046");
  EXPECT_API_ERROR(boundary("multipart/form-data; boundary=\"a@b\""), 400, "bad_request", "2046");
  EXPECT_API_ERROR(boundary("multipart/form-data; boundary=a; boundary=b"), 400, "bad_request",
                   "more than one");
}

}  // namespace
}  // namespace undertone::server
