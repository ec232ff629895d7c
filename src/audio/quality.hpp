// What can be wrong with a recording before any model hears it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace undertone::audio {

// Measurements of a whole recording at 16 kHz.
struct Quality {
  double duration_s = 0.0;
  float peak = 0.0F;              // largest |sample|
  double rms_dbfs = -200.0;       // level relative to full scale; never below -200
  double loudest_dbfs = -200.0;   // RMS level of the loudest 50 ms; silence is judged by it
  double clipped_fraction = 0.0;  // of samples, in runs of 3 or more at full scale

  bool silent() const;   // nothing louder than -60 dBFS in any 50 ms
  bool clipped() const;  // more than 0.1 % of the samples
};

// Accumulates a Quality over consecutive pieces of one recording; any split of the samples gives
// the same result.
class QualityMeter {
 public:
  void add(std::span<const float> samples);
  Quality result() const;

 private:
  // Left to the implementation.
};

}  // namespace undertone::audio
