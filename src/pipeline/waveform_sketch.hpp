// A short description of a waveform by which nearly equal ones are recognised.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace undertone::pipeline {

// Each value is the sum over 100 ms of the samples with pseudo-random signs. The expected squared
// distance of two such sketches is that of the waveforms (Johnson and Lindenstrauss 1984; signs:
// Achlioptas 2003), so copies that differ by dither lie close together, and different recordings do
// not, however alike their loudness is. Not thread-safe while samples are added.
class WaveformSketch {
 public:
  // Any split of the samples gives the same sketch. What comes after the first minute is counted
  // and not described.
  void add(std::span<const float> samples);

  // True if both have the same number of samples and differ by less than 2 % of their RMS.
  bool nearly_equals(const WaveformSketch& other) const;

  std::uint64_t samples() const { return count_; }

 private:
  std::vector<float> values_;
  std::uint64_t count_ = 0;
};

}  // namespace undertone::pipeline
