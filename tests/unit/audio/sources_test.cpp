// The same bytes from a file, from memory and through a pipe.

#include <cstdio>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "recordings.hpp"
#include "support/expect_error.hpp"

namespace undertone::audio {
namespace {

using namespace test;

class Pipe {
 public:
  explicit Pipe(int flags = 0) {
    if (pipe2(ends_, flags | O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
  }
  ~Pipe() {
    close_writing();
    close(ends_[0]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int reading() const { return ends_[0]; }
  int writing() const { return ends_[1]; }
  void close_writing() {
    if (ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  int ends_[2];
};

// A reader that fails closes its end early; the rest then has nowhere to go.
void write_all(int descriptor, std::string_view bytes, std::size_t piece) {
  signal(SIGPIPE, SIG_IGN);
  while (!bytes.empty()) {
    const ssize_t count = write(descriptor, bytes.data(), std::min(piece, bytes.size()));
    if (count <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::vector<float> decode_through_pipe(const std::string& bytes, std::size_t piece = 65536,
                                       const Limits& limits = {}) {
  Pipe pipe;
  std::jthread writer([&] {
    write_all(pipe.writing(), bytes, piece);
    pipe.close_writing();
  });
  // Drains what is left, so that the writer can end whatever the reader does.
  struct Drain {
    int descriptor;
    ~Drain() {
      char buffer[4096];
      while (read(descriptor, buffer, sizeof buffer) > 0) {
      }
    }
  } const drain{pipe.reading()};
  Reader reader = Reader::open_descriptor(pipe.reading(), "pipe", limits);
  return read_all(reader);
}

std::vector<float> decode_file(const std::filesystem::path& path) {
  Reader reader = Reader::open_file(path);
  return read_all(reader);
}

TEST(Sources, GiveTheSameSamples) {
  const std::string file = wav_16(speechlike(2.0, 44100), 44100);
  const std::vector<float> expected = decode(file);
  const TemporaryFolder folder;
  write_file(folder / "clip.wav", file);
  EXPECT_EQ(decode_file(folder / "clip.wav"), expected);
  EXPECT_EQ(decode_through_pipe(file), expected);
  EXPECT_EQ(decode_through_pipe(file, 13), expected) << "written 13 bytes at a time";
}

TEST(Sources, TheNameOfAFileMeansNothing) {
  const std::string file = wav_16(speechlike(0.5, 16000), 16000);
  const TemporaryFolder folder;
  write_file(folder / "clip.mp3", file);
  write_file(folder / "clip.m3u8", file);
  EXPECT_EQ(decode_file(folder / "clip.mp3"), decode(file));
  EXPECT_EQ(decode_file(folder / "clip.m3u8"), decode(file));
}

TEST(Sources, ADescriptorIsReadFromWhereItStandsAndStaysOpen) {
  const std::string file = wav_16(speechlike(0.5, 16000), 16000);
  const TemporaryFolder folder;
  write_file(folder / "clip", "preface" + file);
  const int descriptor = open((folder / "clip").c_str(), O_RDONLY);
  ASSERT_GE(descriptor, 0);
  lseek(descriptor, 7, SEEK_SET);
  {
    Reader reader = Reader::open_descriptor(descriptor, "clip");
    EXPECT_EQ(read_all(reader), decode(file));
  }
  EXPECT_EQ(lseek(descriptor, 0, SEEK_CUR), 7) << "its position does not move";
  EXPECT_EQ(close(descriptor), 0) << "it was still open";
}

TEST(Sources, ANamedPipeIsAStream) {
  const std::string file = wav_16(speechlike(0.5, 22050), 22050);
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "fifo";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const std::jthread writer([&] {
    const int descriptor = open(path.c_str(), O_WRONLY);
    write_all(descriptor, file, 65536);
    close(descriptor);
  });
  EXPECT_EQ(decode_file(path), decode(file));
}

TEST(Sources, WaitForADescriptorThatDoesNotBlock) {
  const std::string file = wav_16(speechlike(0.5, 16000), 16000);
  Pipe pipe(O_NONBLOCK);
  std::jthread writer([&] {
    fcntl(pipe.writing(), F_SETFL, 0);
    for (std::size_t begin = 0; begin < file.size(); begin += 4000) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      write_all(pipe.writing(), std::string_view(file).substr(begin, 4000), 4000);
    }
    pipe.close_writing();
  });
  Reader reader = Reader::open_descriptor(pipe.reading(), "pipe");
  EXPECT_EQ(read_all(reader), decode(file));
}

TEST(Sources, SignalsDoNotInterruptReading) {
  const std::string file = wav_16(speechlike(0.5, 16000), 16000);
  const std::vector<float> expected = decode(file);
  static volatile sig_atomic_t signals = 0;
  struct sigaction action {};
  struct sigaction previous {};
  action.sa_handler = [](int) { signals = signals + 1; };  // without SA_RESTART
  sigaction(SIGALRM, &action, &previous);

  Pipe pipe;
  sigset_t alarm;
  sigemptyset(&alarm);
  sigaddset(&alarm, SIGALRM);
  pthread_sigmask(SIG_BLOCK, &alarm, nullptr);  // inherited by the writer
  std::jthread writer([&] {
    for (std::size_t begin = 0; begin < file.size(); begin += 2000) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      write_all(pipe.writing(), std::string_view(file).substr(begin, 2000), 2000);
    }
    pipe.close_writing();
  });
  pthread_sigmask(SIG_UNBLOCK, &alarm, nullptr);
  const itimerval often{{0, 1000}, {0, 1000}};
  setitimer(ITIMER_REAL, &often, nullptr);
  std::vector<float> samples;
  EXPECT_NO_THROW({
    Reader reader = Reader::open_descriptor(pipe.reading(), "pipe");
    samples = read_all(reader);
  });
  const itimerval never{};
  setitimer(ITIMER_REAL, &never, nullptr);
  sigaction(SIGALRM, &previous, nullptr);
  EXPECT_EQ(samples, expected);
  EXPECT_GT(signals, 0);
}

TEST(Sources, ReportWhatTheSystemSays) {
  const TemporaryFolder folder;
  EXPECT_UNDERTONE_ERROR(Reader::open_file(folder / "gone.wav"), ErrorCode::kFileNotFound,
                         "gone.wav");
  EXPECT_UNDERTONE_ERROR(Reader::open_file(folder.path()), ErrorCode::kFileUnreadable, "folder");
  EXPECT_UNDERTONE_ERROR(Reader::open_file("http://127.0.0.1/clip.wav"), ErrorCode::kFileNotFound,
                         "http://127.0.0.1/clip.wav");
  EXPECT_UNDERTONE_ERROR(Reader::open_descriptor(-1, "descriptor"), ErrorCode::kFileUnreadable,
                         "descriptor");
  const Pipe pipe;
  EXPECT_UNDERTONE_ERROR(Reader::open_descriptor(pipe.writing(), "the wrong end"),
                         ErrorCode::kFileUnreadable, "the wrong end: cannot read");
  const int directory = open(folder.path().c_str(), O_RDONLY);
  EXPECT_UNDERTONE_ERROR(Reader::open_descriptor(directory, "stdin"), ErrorCode::kFileUnreadable,
                         "folder");
  close(directory);
}

TEST(Sources, RefuseMoreBytesThanTheLimit) {
  const std::string file = wav_16(speechlike(2.0, 16000), 16000);
  const TemporaryFolder folder;
  write_file(folder / "clip.wav", file);
  Limits limits;
  limits.max_bytes = file.size();
  EXPECT_EQ(decode(file, limits).size(), 32000U);
  EXPECT_EQ(decode_through_pipe(file, 65536, limits).size(), 32000U);
  limits.max_bytes = file.size() - 1;
  EXPECT_UNDERTONE_ERROR(decode(file, limits), ErrorCode::kAudioTooLarge, "limit");
  EXPECT_UNDERTONE_ERROR(decode_through_pipe(file, 65536, limits), ErrorCode::kAudioTooLarge,
                         "limit");
  EXPECT_UNDERTONE_ERROR(Reader::open_file(folder / "clip.wav", limits), ErrorCode::kAudioTooLarge,
                         "limit");
}

TEST(Sources, RefuseLongerThanTheLimit) {
  Limits limits;
  limits.max_duration_s = 1.0;
  EXPECT_EQ(decode(wav_16(speechlike(1.0, 8000), 8000), limits).size(), 16000U);
  const std::vector<float> signal = speechlike(1.01, 8000);
  EXPECT_UNDERTONE_ERROR(decode(wav_16(signal, 8000), limits), ErrorCode::kAudioTooLong, "1 s");
  // Also where the header does not tell in advance.
  EXPECT_UNDERTONE_ERROR(decode(wav_16(signal, 8000, 1, 0), limits), ErrorCode::kAudioTooLong,
                         "1 s");
}

TEST(Sources, AnEndlessStreamMeetsALimit) {
  const int zeros = open("/dev/zero", O_RDONLY);
  ASSERT_GE(zeros, 0);
  Limits limits;
  limits.max_bytes = 1 << 20;
  EXPECT_UNDERTONE_ERROR(Reader::open_descriptor(zeros, "zeros", limits), ErrorCode::kAudioTooLarge,
                         "limit");
  close(zeros);
}

TEST(Sources, FormatsWithAnIndexAtTheirEndComeThroughAPipe) {
  UNDERTONE_NEEDS_FFMPEG();
  const std::string original = wav_16(speechlike(2.0, 44100), 44100);
  for (const auto& [name, options] : {std::pair{"a.m4a", "-c:a aac"},
                                      {"a.mp3", "-c:a libmp3lame"},
                                      {"a.wv", "-c:a wavpack"},
                                      {"a.caf", "-c:a alac"},
                                      {"a.aiff", ""},
                                      {"a.flac", ""},
                                      {"a.ogg", "-c:a libvorbis"},
                                      {"a.opus", "-c:a libopus"},
                                      {"a.webm", "-c:a libopus"},
                                      {"a.aac", "-c:a aac"},
                                      {"a.wma", "-c:a wmav2"},
                                      {"a.au", ""},
                                      {"a.w64", ""}}) {
    const std::string file = encode(original, name, options);
    if (file.empty()) continue;  // this ffmpeg cannot write it
    const TemporaryFolder folder;
    write_file(folder / name, file);
    const std::vector<float> expected = decode(file);
    EXPECT_EQ(decode_through_pipe(file), expected) << name;
    EXPECT_EQ(decode_file(folder / name), expected) << name;
  }
}

}  // namespace
}  // namespace undertone::audio
