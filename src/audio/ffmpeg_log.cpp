#include "audio/ffmpeg_log.hpp"

#include <array>
#include <cstdarg>
#include <cstdio>
#include <mutex>

extern "C" {
#include <libavutil/error.h>
#include <libavutil/log.h>
#include <libavutil/mem.h>
}

namespace undertone::audio {
namespace {

// The index of a few hours of sound takes a tenth of this, a crafted one 2 GiB; and one picture of
// an 8K video, should the program around us decode such, still fits.
constexpr std::size_t kLargestAllocation = std::size_t{256} << 20;

struct Capture {
  bool active = false;
  std::array<char, 240> first_error{};
};

thread_local Capture capture;

void log_callback(void* object, int level, const char* format, va_list arguments) {
  if (!capture.active) {
    av_log_default_callback(object, level, format, arguments);
    return;
  }
  if (level > AV_LOG_ERROR || capture.first_error[0] != '\0') return;
  std::vsnprintf(capture.first_error.data(), capture.first_error.size(), format, arguments);
}

std::string one_printable_line(const char* text) {
  std::string line;
  for (; *text != '\0'; ++text) {
    const char c = *text;
    line += c >= ' ' && c <= '~' ? c : ' ';
  }
  while (!line.empty() && (line.back() == ' ' || line.back() == '.')) line.pop_back();
  return line;
}

}  // namespace

FfmpegLogCapture::FfmpegLogCapture() {
  static std::once_flag once;
  std::call_once(once, [] {
    av_log_set_callback(log_callback);
    av_max_alloc(kLargestAllocation);
  });
  capture.active = true;
  clear();
}

FfmpegLogCapture::~FfmpegLogCapture() { capture.active = false; }

void FfmpegLogCapture::clear() { capture.first_error[0] = '\0'; }

std::string FfmpegLogCapture::reason(int error_code) {
  std::string logged = one_printable_line(capture.first_error.data());
  if (!logged.empty()) return logged;
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(error_code, text.data(), text.size());
  return one_printable_line(text.data());
}

}  // namespace undertone::audio
