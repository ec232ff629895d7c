#include "audio/quality.hpp"

#include <algorithm>
#include <cmath>

#include "audio/reader.hpp"

namespace undertone::audio {
namespace {

constexpr std::size_t kBlock = kSampleRate / 20;           // 50 ms
constexpr std::size_t kShortestBlock = kSampleRate / 100;  // 10 ms
constexpr float kFullScale = 0.9999F;  // just below the largest 16-bit sample, 32767 / 32768
constexpr std::uint64_t kShortestRun = 3;
constexpr double kSilentDbfs = -60.0;
constexpr double kClippedFraction = 0.001;
constexpr double kFloorDbfs = -200.0;

double to_dbfs(double power) {
  return power > 0.0 ? std::max(10.0 * std::log10(power), kFloorDbfs) : kFloorDbfs;
}

}  // namespace

bool Quality::silent() const { return loudest_dbfs <= kSilentDbfs; }

bool Quality::clipped() const { return clipped_fraction > kClippedFraction; }

double QualityMeter::Block::power() const {
  const auto n = static_cast<double>(count);
  const double mean = sum / n;
  return std::max(sum_of_squares / n - mean * mean, 0.0);
}

void QualityMeter::add(std::span<const float> samples) {
  for (const float sample : samples) {
    const double value = sample;
    sum_of_squares_ += value * value;
    peak_ = std::max(peak_, std::abs(sample));

    block_.sum += value;
    block_.sum_of_squares += value * value;
    if (++block_.count == kBlock) {
      loudest_power_ = std::max(loudest_power_, block_.power());
      block_ = {};
    }

    const int sign = sample >= kFullScale ? 1 : sample <= -kFullScale ? -1 : 0;
    run_length_ = sign != 0 && sign == run_sign_ ? run_length_ + 1 : 1;
    run_sign_ = sign;
    if (sign != 0 && run_length_ >= kShortestRun) {
      clipped_ += run_length_ == kShortestRun ? kShortestRun : 1;
    }
  }
  count_ += samples.size();
}

Quality QualityMeter::result() const {
  Quality quality;
  if (count_ == 0) return quality;
  const auto n = static_cast<double>(count_);
  double loudest = loudest_power_;
  if (block_.count >= kShortestBlock || block_.count == count_) {
    loudest = std::max(loudest, block_.power());
  }
  quality.duration_s = n / kSampleRate;
  quality.peak = peak_;
  quality.rms_dbfs = to_dbfs(sum_of_squares_ / n);
  quality.loudest_dbfs = to_dbfs(loudest);
  quality.clipped_fraction = static_cast<double>(clipped_) / n;
  return quality;
}

}  // namespace undertone::audio
