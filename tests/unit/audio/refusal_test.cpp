// What is not a recording, and what must not be read although FFmpeg could.

#include <gtest/gtest.h>
#include <random>
#include <string>
#include <sys/stat.h>

#include "recordings.hpp"
#include "support/expect_error.hpp"

namespace undertone::audio {
namespace {

using namespace test;

TEST(Refusal, OfWhatIsNotAudio) {
  EXPECT_UNDERTONE_ERROR(decode(""), ErrorCode::kAudioUnreadable, "is empty");
  EXPECT_UNDERTONE_ERROR(decode("R"), ErrorCode::kAudioUnreadable, "not audio");
  EXPECT_UNDERTONE_ERROR(decode("Dear Sir or Madam,\nplease find attached\n"),
                         ErrorCode::kAudioUnreadable, "not audio");
  EXPECT_UNDERTONE_ERROR(decode("<html><body>404 not found</body></html>\n"),
                         ErrorCode::kAudioUnreadable, "not audio");
  EXPECT_UNDERTONE_ERROR(decode(std::string(100000, '\0')), ErrorCode::kAudioUnreadable, "clip");
  std::mt19937 engine(5);
  std::string noise(100000, '\0');
  for (char& byte : noise) byte = static_cast<char>(engine());
  EXPECT_UNDERTONE_ERROR(decode(noise), ErrorCode::kAudioUnreadable, "clip");
}

TEST(Refusal, SaysWhatCanBeRead) {
  try {
    decode("this is no audio");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.hint(), ::testing::HasSubstr("FLAC"));
  }
}

TEST(Refusal, NamesTheFile) {
  const TemporaryFolder folder;
  write_file(folder / "letter.wav", "Dear Sir or Madam");
  EXPECT_UNDERTONE_ERROR(Reader::open_file(folder / "letter.wav"), ErrorCode::kAudioUnreadable,
                         "letter.wav");
}

TEST(Refusal, OfGitLfsPointers) {
  const std::string pointer =
      "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 100\n";
  const TemporaryFolder folder;
  write_file(folder / "clip.wav", pointer);
  EXPECT_UNDERTONE_ERROR(decode(pointer), ErrorCode::kGitLfsPointer, "clip");
  EXPECT_UNDERTONE_ERROR(Reader::open_file(folder / "clip.wav"), ErrorCode::kGitLfsPointer,
                         "clip.wav");
}

// Playlists and scripts name other files or addresses. What they name here is a recording that
// exists, or a pipe on which opening would hang.
class RefusalOfReferences : public ::testing::Test {
 protected:
  RefusalOfReferences() {
    write_file(folder_ / "secret.wav", wav_16(speechlike(1.0, 16000), 16000));
    mkfifo((folder_ / "fifo").c_str(), 0600);
  }

  void expect_refused(const std::string& text, std::string_view format) {
    EXPECT_UNDERTONE_ERROR(decode(text), ErrorCode::kAudioUnreadable, std::string(format));
    EXPECT_UNDERTONE_ERROR(decode(text), ErrorCode::kAudioUnreadable, "does not read");
    write_file(folder_ / "list.wav", text);
    EXPECT_UNDERTONE_ERROR(Reader::open_file(folder_ / "list.wav"), ErrorCode::kAudioUnreadable,
                           std::string(format));
  }

  // The message, or nothing if it was read after all.
  static std::string decode_error_of(const std::string& bytes) {
    try {
      decode(bytes);
      return {};
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kAudioUnreadable) << error.what();
      return error.what();
    }
  }

  std::vector<std::string> targets() const {
    return {(folder_ / "secret.wav").string(), "file:" + (folder_ / "secret.wav").string(),
            (folder_ / "fifo").string(),       "secret.wav",
            "http://127.0.0.1:9/clip.wav",     "concat:" + (folder_ / "secret.wav").string()};
  }

  TemporaryFolder folder_;
};

TEST_F(RefusalOfReferences, HlsPlaylists) {
  for (const std::string& target : targets()) {
    expect_refused("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10,\n" +
                       target + "\n#EXT-X-ENDLIST\n",
                   "'hls'");
  }
}

TEST_F(RefusalOfReferences, ConcatScripts) {
  for (const std::string& target : targets()) {
    expect_refused("ffconcat version 1.0\nfile '" + target + "'\n", "'concat'");
  }
}

TEST_F(RefusalOfReferences, SessionDescriptions) {
  expect_refused(
      "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n",
      "'sdp'");
}

TEST_F(RefusalOfReferences, DashManifests) {
  const std::string text = decode_error_of(
      "<?xml version=\"1.0\"?>\n<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" "
      "profiles=\"urn:mpeg:dash:profile:isoff-live:2011\" type=\"static\"><Period><AdaptationSet>"
      "<Representation id=\"1\"><BaseURL>" +
      (folder_ / "secret.wav").string() +
      "</BaseURL></Representation></AdaptationSet></Period></MPD>");
  EXPECT_NE(text, "");  // 'dash' where FFmpeg has it, otherwise nothing that is recognised
}

TEST_F(RefusalOfReferences, PlaylistsInsideAnId3Tag) {
  // ID3 in front does not lead to a playlist behind it.
  const std::string tag("ID3\x03\0\0\0\0\0\x0A", 10);
  const std::string text = decode_error_of(tag + std::string(10, '\0') + "#EXTM3U\n#EXTINF:10,\n" +
                                           (folder_ / "secret.wav").string() + "\n");
  EXPECT_NE(text, "");
}

TEST(Refusal, OfStreamsThatCannotBeHeard) {
  UNDERTONE_NEEDS_FFMPEG();
  const std::string sound = wav_16(speechlike(1.0, 48000), 48000);
  const std::string picture =
      encode(sound, "a.mp4", "-f lavfi -i color=size=64x64:duration=1 -map 1");
  ASSERT_FALSE(picture.empty());
  EXPECT_UNDERTONE_ERROR(decode(picture), ErrorCode::kAudioUnreadable,
                         "has no audio stream (its streams: video)");
  const std::string image =
      encode(sound, "a.png", "-f lavfi -i color=size=64x64 -map 1 -frames:v 1");
  ASSERT_FALSE(image.empty());
  EXPECT_UNDERTONE_ERROR(decode(image), ErrorCode::kAudioUnreadable, "png");
  const std::string ac3 = encode(sound, "a.mka", "-c:a ac3");
  ASSERT_FALSE(ac3.empty());
  EXPECT_UNDERTONE_ERROR(decode(ac3), ErrorCode::kAudioUnreadable, "coded as 'ac3'");
}

TEST(Refusal, OfACodecThatNobodyKnows) {
  std::string file = wav_16(speechlike(0.5, 16000), 16000);
  file[20] = '\x77';
  file[21] = '\x77';
  EXPECT_UNDERTONE_ERROR(decode(file), ErrorCode::kAudioUnreadable, "cannot be decoded here");
}

TEST(Refusal, OfTooManyStreams) {
  UNDERTONE_NEEDS_FFMPEG();
  const std::string file =
      encode(wav_16(speechlike(0.5, 16000), 16000), "a.mka", "-map 0 -map 0 -map 0 -c:a pcm_s16le");
  ASSERT_FALSE(file.empty());
  Limits limits;
  limits.max_streams = 3;
  EXPECT_FALSE(decode(file, limits).empty());
  limits.max_streams = 2;
  EXPECT_UNDERTONE_ERROR(decode(file, limits), ErrorCode::kAudioUnreadable, "streams");
}

TEST(Refusal, StaysARefusal) {
  std::string file = wav_16(speechlike(1.0, 16000), 16000);
  file.resize(file.size() / 2);
  Reader reader = Reader::open_memory(as_bytes(file), "clip");
  EXPECT_UNDERTONE_ERROR(read_all(reader), ErrorCode::kAudioUnreadable, "promises");
  std::vector<float> buffer(10);
  EXPECT_UNDERTONE_ERROR(reader.read(buffer), ErrorCode::kAudioUnreadable, "promises");
}

}  // namespace
}  // namespace undertone::audio
