#include "encoder/log_mel_spectrogram.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace undertone::encoder {
namespace {

constexpr std::size_t kSpectrumBins = LogMelSpectrogram::kWindow / 2 + 1;
constexpr double kHighest = 8000.0;  // Hz
constexpr double kFloor = 1e-10;
constexpr float kRange = 8.0F;  // powers of ten below the greatest

// Slaney's mel scale: 3 mels in 200 Hz up to 1,000 Hz, then 27 in a factor of 6.4 (Slaney 1998:
// "Auditory Toolbox").
constexpr double kLinearHertz = 1000.0;
constexpr double kLinearMels = 15.0;
const double kLogStep = std::log(6.4) / 27.0;

double mels_of(double hertz) {
  return hertz < kLinearHertz ? 3.0 * hertz / 200.0
                              : kLinearMels + std::log(hertz / kLinearHertz) / kLogStep;
}

double hertz_of(double mels) {
  return mels < kLinearMels ? 200.0 * mels / 3.0
                            : kLinearHertz * std::exp(kLogStep * (mels - kLinearMels));
}

}  // namespace

LogMelSpectrogram::LogMelSpectrogram(std::size_t bins) : fourier_(kWindow), filters_(bins) {
  for (std::size_t i = 0; i < kWindow; ++i) {
    window_[i] = 0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * static_cast<double>(i) /
                                      static_cast<double>(kWindow));
  }
  std::vector<double> edges(bins + 2);
  for (std::size_t i = 0; i < edges.size(); ++i) {
    edges[i] = hertz_of(mels_of(kHighest) * static_cast<double>(i) / static_cast<double>(bins + 1));
  }
  for (std::size_t b = 0; b < bins; ++b) {
    const double area = 2.0 / (edges[b + 2] - edges[b]);
    for (std::size_t k = 0; k < kSpectrumBins; ++k) {
      const double hertz =
          kHighest * static_cast<double>(k) / static_cast<double>(kSpectrumBins - 1);
      const double rise = (hertz - edges[b]) / (edges[b + 1] - edges[b]);
      const double fall = (edges[b + 2] - hertz) / (edges[b + 2] - edges[b + 1]);
      const double weight = std::min(rise, fall);
      if (weight <= 0.0) continue;
      if (filters_[b].weights.empty()) filters_[b].first = k;
      filters_[b].weights.push_back(weight * area);
    }
  }
}

float LogMelSpectrogram::write_row(std::span<const float> waveform, std::size_t samples,
                                   std::size_t t, float* row) const {
  constexpr auto kHalf = static_cast<std::ptrdiff_t>(kWindow / 2);
  const auto last = static_cast<std::ptrdiff_t>(samples) - 1;
  const std::ptrdiff_t begin = static_cast<std::ptrdiff_t>(t * kHop) - kHalf;
  std::array<double, kWindow> windowed;
  bool silent = true;
  for (std::size_t i = 0; i < kWindow; ++i) {
    std::ptrdiff_t at = std::abs(begin + static_cast<std::ptrdiff_t>(i));
    if (at > last) at = 2 * last - at;
    const auto index = static_cast<std::size_t>(at);
    const float sample = index < waveform.size() ? waveform[index] : 0.0F;
    silent = silent && sample == 0.0F;
    windowed[i] = static_cast<double>(sample) * window_[i];
  }
  if (silent) {  // most of a short clip's 30 s
    const auto lowest = static_cast<float>(std::log10(kFloor));
    std::fill_n(row, filters_.size(), lowest);
    return lowest;
  }
  std::array<Complex, kSpectrumBins> spectrum;
  std::array<Complex, kWindow / 2> scratch;
  fourier_.apply(windowed, spectrum, scratch);
  std::array<double, kSpectrumBins> power;
  for (std::size_t k = 0; k < kSpectrumBins; ++k) {
    power[k] = spectrum[k].re * spectrum[k].re + spectrum[k].im * spectrum[k].im;
  }
  float greatest = static_cast<float>(std::log10(kFloor));
  for (std::size_t b = 0; b < filters_.size(); ++b) {
    const Filter& filter = filters_[b];
    double energy = 0.0;
    for (std::size_t i = 0; i < filter.weights.size(); ++i) {
      energy += filter.weights[i] * power[filter.first + i];
    }
    row[b] = static_cast<float>(std::log10(std::max(energy, kFloor)));
    greatest = std::max(greatest, row[b]);
  }
  return greatest;
}

void LogMelSpectrogram::apply(const Execution& run, std::span<const float> waveform,
                              std::size_t samples, MatrixView<float> rows) const {
  constexpr std::size_t kBlock = 64;
  const std::size_t blocks = (rows.rows() + kBlock - 1) / kBlock;
  std::vector<float> greatest(blocks);
  run.parallel_for(blocks, [&](std::size_t block) {
    const std::size_t end = std::min(rows.rows(), (block + 1) * kBlock);
    float found = static_cast<float>(std::log10(kFloor));
    for (std::size_t t = block * kBlock; t < end; ++t) {
      found = std::max(found, write_row(waveform, samples, t, rows.row_data(t)));
    }
    greatest[block] = found;
  });
  const float lowest = *std::max_element(greatest.begin(), greatest.end()) - kRange;
  run.parallel_for(blocks, [&](std::size_t block) {
    const std::size_t end = std::min(rows.rows(), (block + 1) * kBlock);
    for (std::size_t t = block * kBlock; t < end; ++t) {
      for (float& value : rows.row(t)) value = (std::max(value, lowest) + 4.0F) / 4.0F;
    }
  });
}

}  // namespace undertone::encoder
