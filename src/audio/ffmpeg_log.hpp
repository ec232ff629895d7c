// FFmpeg's own words about a failure.
#pragma once

#include <string>

namespace undertone::audio {

// While it lives, what FFmpeg logs on this thread is kept instead of printed: its messages say much
// more than its error codes ("moov atom not found" rather than "Invalid data").
//
// FFmpeg has one log callback per process. The first capture installs ours, which hands everything
// logged outside a capture to FFmpeg's default callback, so that the rest of an embedding program
// logs as before. A program with a callback of its own should set it after its first Reader; ours
// is then not called, and errors fall back to the meaning of the code. It also sets the largest
// single allocation that FFmpeg may make (av_max_alloc), which holds for the process too and bounds
// what the index of a crafted file can cost. Captures do not nest.
class FfmpegLogCapture {
 public:
  FfmpegLogCapture();
  ~FfmpegLogCapture();
  FfmpegLogCapture(const FfmpegLogCapture&) = delete;
  FfmpegLogCapture& operator=(const FfmpegLogCapture&) = delete;

  // Forgets what was kept, so that a later failure is not explained by an earlier complaint.
  static void clear();

  // The first error logged since the last clear(), or else what `error_code` means. One line of
  // printable ASCII.
  static std::string reason(int error_code);
};

}  // namespace undertone::audio
