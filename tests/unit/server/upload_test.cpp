#include "server/upload.hpp"

#include <filesystem>
#include <gtest/gtest.h>
#include <random>
#include <set>
#include <string>

#include "audio/reader.hpp"
#include "support/expect_api_error.hpp"
#include "support/expect_error.hpp"
#include "support/paths.hpp"
#include "support/temporary_folder.hpp"

namespace undertone::server {
namespace {

using undertone::test::read_file;

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

std::string text_of(const Upload& upload) {
  return {reinterpret_cast<const char*>(upload.bytes.data()), upload.bytes.size()};
}

std::string field(const std::string& parameters, const std::string& content) {
  return "--b\r\nContent-Disposition: form-data; " + parameters + "\r\n\r\n" + content + "\r\n";
}

constexpr const char* kForm = "multipart/form-data; boundary=b";

TEST(Upload, IsTheOneFileOfAForm) {
  for (const char* name : {"file", "audio"}) {
    const std::string body = field("name=note", "x") +
                             field(std::string("name=") + name + "; filename=\"a.wav\"", "sound") +
                             "--b--";
    const Upload upload = find_upload(kForm, bytes_of(body));
    EXPECT_EQ(text_of(upload), "sound");
    EXPECT_EQ(upload.name, "a.wav");
  }
}

TEST(Upload, IsTheBodyUnderARecordingsType) {
  for (const char* type : {"audio/wav", "Audio/X-Anything; codecs=\"opus\"", "video/webm",
                           "application/ogg", "application/octet-stream"}) {
    const std::string body = "sound";
    const Upload upload = find_upload(type, bytes_of(body));
    EXPECT_EQ(text_of(upload), "sound") << type;
    EXPECT_EQ(upload.name, "upload") << type;
  }
}

TEST(Upload, OfAnotherTypeIsRefused) {
  const std::string body = "sound";
  for (const char* type : {"text/plain", "application/json", "application/x-www-form-urlencoded",
                           "image/png", "multipart/mixed; boundary=b", "audiox/wav"}) {
    EXPECT_API_ERROR(find_upload(type, bytes_of(body)), 415, "unsupported_media_type",
                     std::string(type).substr(0, 8));
  }
  EXPECT_API_ERROR(find_upload("", bytes_of(body)), 415, "unsupported_media_type",
                   "no Content-Type");
  EXPECT_API_ERROR(find_upload("audio", bytes_of(body)), 400, "bad_request", "type/subtype");
}

TEST(Upload, MustBeThereOnceAndNotEmpty) {
  const std::string file = field("name=file; filename=a.wav", "sound");
  EXPECT_API_ERROR(find_upload(kForm, bytes_of("--b--")), 400, "bad_request", "no field");
  EXPECT_API_ERROR(find_upload(kForm, bytes_of(field("name=File", "x") + "--b--")), 400,
                   "bad_request", "no field");
  EXPECT_API_ERROR(find_upload(kForm, bytes_of(file + file + "--b--")), 400, "bad_request",
                   "more than one");
  EXPECT_API_ERROR(find_upload(kForm, bytes_of(file + field("name=audio", "") + "--b--")), 400,
                   "bad_request", "more than one");
  EXPECT_API_ERROR(find_upload(kForm, bytes_of(field("name=file; filename=a.wav", "") + "--b--")),
                   400, "bad_request", "a.wav: is empty");
  EXPECT_API_ERROR(find_upload("audio/wav", {}), 400, "bad_request", "upload: is empty");
}

TEST(UploadName, IsTheLastComponentIfItIsFitForMessages) {
  EXPECT_EQ(upload_name("clip.wav"), "clip.wav");
  EXPECT_EQ(upload_name("C:\\Users\\me\\clip.wav"), "clip.wav");
  EXPECT_EQ(upload_name("../../etc/passwd"), "passwd");
  EXPECT_EQ(upload_name("Grüße 中.wav"), "Grüße 中.wav");
  EXPECT_EQ(upload_name(std::string(100, 'x')), std::string(100, 'x'));
  for (const std::string& name :
       {std::string(), std::string("a/"), std::string(".."), std::string("."),
        std::string(101, 'x'), std::string("a\nb"), std::string("a\0b", 3), std::string("\x1b[31m"),
        std::string("\x7f"), std::string("\xff.wav"), std::string("\xc2\x9b"),
        std::string("\xe2\x80\xae"
                    "vaw.exe"),
        std::string("\xe2\x80\xa8")}) {
    EXPECT_EQ(upload_name(name), "upload");
  }
}

// What the decoder makes of it: nothing if it can be heard.
std::string decoders_answer(const std::string& content) {
  try {
    audio::Reader reader = audio::Reader::open_memory(bytes_of(content), "clip");
    audio::read_all(reader);
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

bool is_refused(const std::string& content) {
  try {
    require_recording({bytes_of(content), "clip"});
    return false;
  } catch (const ApiError& error) {
    EXPECT_EQ(error.status(), 415);
    EXPECT_EQ(error.code(), "unsupported_media_type");
    EXPECT_NE(error.hint(), "");
    return true;
  }
}

// The decoder refuses for the same reason, and only then.
void expect_agreement(const std::string& content, const std::string& what) {
  const std::string answer = decoders_answer(content);
  const bool not_recognised =
      answer.find("not audio that FFmpeg recognises") != std::string::npos ||
      answer.find("which Undertone does not read") != std::string::npos ||
      answer.find("is empty") != std::string::npos;
  EXPECT_EQ(is_refused(content), not_recognised) << what << ": " << answer;
}

TEST(Recognition, AgreesWithTheDecoderOnEverySeed) {
  const std::set<std::string> no_recordings = {"ffconcat", "hls"};
  int seeds = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(UNDERTONE_SOURCE_DIR) +
                                                               "/fuzz/corpus/audio_reader")) {
    const std::string name = entry.path().filename().string();
    const std::string content = read_file(entry.path());
    EXPECT_EQ(is_refused(content), no_recordings.contains(name)) << name;
    expect_agreement(content, name);
    expect_agreement(content.substr(0, content.size() / 2), name + ", cut off");
    ++seeds;
  }
  EXPECT_GT(seeds, 30);
}

TEST(Recognition, RefusesWhatIsNoRecording) {
  const std::string png("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\10\6\0\0\0\x1f\x15\xc4\x89",
                        33);
  const std::string zip =
      std::string("PK\3\4\x14\0\0\0\0\0", 10) + std::string(20, '\0') + "a.txthello";
  EXPECT_TRUE(is_refused(png));
  EXPECT_TRUE(is_refused(zip));
  EXPECT_TRUE(is_refused("<!DOCTYPE html><html><body>404 not found</body></html>\n"));
  EXPECT_TRUE(is_refused("Dear Sir or Madam,\nplease find attached\n"));
  EXPECT_TRUE(is_refused("{\"audio\": \"UklGRg==\"}"));
  EXPECT_TRUE(is_refused("R"));
  EXPECT_TRUE(is_refused(""));
}

TEST(Recognition, AgreesWithTheDecoderOnNoise) {
  std::mt19937 engine(11);
  for (std::size_t size : {1U, 10U, 100U, 1000U, 4096U, 100000U}) {
    std::string noise(size, '\0');
    for (char& byte : noise) byte = static_cast<char>(engine());
    expect_agreement(noise, std::to_string(size) + " random bytes");
  }
}

TEST(Recognition, LeavesDamagedRecordingsToTheDecoder) {
  std::string damaged =
      read_file(std::string(UNDERTONE_SOURCE_DIR) + "/fuzz/corpus/audio_reader/flac");
  damaged.resize(damaged.size() / 2);
  EXPECT_FALSE(is_refused(damaged));
  EXPECT_UNDERTONE_ERROR(
      {
        audio::Reader reader = audio::Reader::open_memory(bytes_of(damaged), "clip");
        audio::read_all(reader);
      },
      ErrorCode::kAudioUnreadable, "clip");
}

TEST(Recognition, LeavesGitLfsPointersToTheDecoder) {
  const std::string pointer =
      "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 100\n";
  EXPECT_FALSE(is_refused(pointer));
  EXPECT_UNDERTONE_ERROR(audio::Reader::open_memory(bytes_of(pointer), "clip"),
                         ErrorCode::kGitLfsPointer, "clip");
}

}  // namespace
}  // namespace undertone::server
