// What can be wrong with a recording before any model hears it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace undertone::audio {

// Measurements of a whole recording at 16 kHz. Levels are RMS relative to 1.0, so that a sine of
// full scale is at -3.01 dBFS.
struct Quality {
  double duration_s = 0.0;
  float peak = 0.0F;              // largest |sample|
  double rms_dbfs = -200.0;       // of all samples; never below -200
  double loudest_dbfs = -200.0;   // of the loudest 50 ms, its mean removed; never below -200
  double clipped_fraction = 0.0;  // of samples, in runs of 3 or more at full scale

  bool silent() const;   // nothing louder than -60 dBFS in any 50 ms
  bool clipped() const;  // more than 0.1 % of the samples
};

// Accumulates a Quality over consecutive pieces of one recording; any split of the samples gives
// the same result, to the bit. Not thread-safe.
//
// The 50 ms blocks are counted from the start of the recording. The mean of each is removed, since
// a constant offset is not sound. A last block of less than 10 ms says too little about a level and
// counts only if it is all there is.
//
// A run of full scale is three or more neighbours of one sign with |sample| >= 0.9999: a wave that
// only touches full scale does so for a sample or two.
class QualityMeter {
 public:
  // REQUIRES finite samples, as a Reader's are.
  void add(std::span<const float> samples);
  Quality result() const;

 private:
  struct Block {
    std::size_t count = 0;
    double sum = 0.0;
    double sum_of_squares = 0.0;

    double power() const;  // mean square about the mean
  };

  Block block_;  // the one being filled
  std::uint64_t count_ = 0;
  double sum_of_squares_ = 0.0;
  float peak_ = 0.0F;
  double loudest_power_ = 0.0;
  int run_sign_ = 0;  // of the run at full scale that the last sample belongs to; 0 if none
  std::uint64_t run_length_ = 0;
  std::uint64_t clipped_ = 0;
};

}  // namespace undertone::audio
