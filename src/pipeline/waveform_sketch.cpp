#include "pipeline/waveform_sketch.hpp"

#include <algorithm>

namespace undertone::pipeline {
namespace {

constexpr std::uint64_t kBlock = 1600;
constexpr std::size_t kMaxValues = 600;

// SplitMix64 (Steele, Lea and Flood 2014).
std::uint64_t scrambled(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31U);
}

}  // namespace

void WaveformSketch::add(std::span<const float> samples) {
  std::uint64_t signs = scrambled(count_ / 64) >> (count_ % 64);
  for (const float sample : samples) {
    if (count_ % 64 == 0) signs = scrambled(count_ / 64);
    const std::size_t block = static_cast<std::size_t>(count_ / kBlock);
    if (block == values_.size() && block < kMaxValues) values_.push_back(0.0F);
    if (block < kMaxValues) values_[block] += (signs & 1U) != 0 ? sample : -sample;
    signs >>= 1U;
    ++count_;
  }
}

bool WaveformSketch::nearly_equals(const WaveformSketch& other) const {
  if (count_ != other.count_) return false;
  constexpr double kRelative = 0.02;
  double distance = 0;
  double own = 0;
  double others = 0;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const double a = values_[i];
    const double b = other.values_[i];
    distance += (a - b) * (a - b);
    own += a * a;
    others += b * b;
  }
  return distance <= kRelative * kRelative * std::min(own, others);
}

}  // namespace undertone::pipeline
