// How far long work has come, on standard error.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace undertone::cli {

// On a terminal a line that is drawn again and again (bar, count, rate, time left); elsewhere a
// plain line every now and then. Not thread-safe.
class Progress {
 public:
  enum class Where { kNowhere, kTerminalOnly, kAnywhere };

  // `doing` begins each line, e.g. "Extracting"; `unit` is what the rate counts.
  Progress(std::string doing, std::size_t total, Where where, std::string unit = "files");
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // What was done before this run: it counts, but not towards the rate.
  void start_at(std::size_t done, double audio_s);

  // `audio_s`: the audio heard in all that is done, where that is to be shown. Seconds.
  void advance(std::size_t done, double audio_s = 0);

  // Writes a line of text to standard error without mixing it with the progress.
  void note(const std::string& text);

  // Leaves the line as it is and goes on below it.
  void finish();

 private:
  std::string line() const;
  void draw();
  void clear();

  std::string doing_;
  std::string unit_;
  std::size_t total_;
  std::size_t done_ = 0;
  std::size_t done_before_ = 0;
  double audio_s_ = 0;
  double audio_before_s_ = 0;
  bool terminal_;
  bool plain_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point begin_;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace undertone::cli
