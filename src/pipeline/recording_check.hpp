// What a recording is, found by decoding it.
#pragma once

#include <filesystem>
#include <limits>
#include <string>

#include "audio/quality.hpp"
#include "pipeline/waveform_sketch.hpp"

namespace undertone::pipeline {

struct RecordingFacts {
  audio::Quality quality;  // of what was heard
  int sample_rate = 0;     // Hz, as recorded
  int channels = 0;        // as recorded
  std::string sha256;      // of the decoded samples: 16 kHz mono float32, little-endian
  WaveformSketch sketch;
  bool complete = true;  // false if it is longer than asked for; then only its beginning was heard
};

// Decodes the recording in constant memory, and not much further than `longest` seconds. Throws
// what audio::Reader throws.
RecordingFacts check_recording(const std::filesystem::path& file,
                               double longest = std::numeric_limits<double>::infinity());

}  // namespace undertone::pipeline
