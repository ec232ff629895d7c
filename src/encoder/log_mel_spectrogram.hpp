// Whisper's features: a log-mel spectrogram.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "encoder/fourier_transform.hpp"
#include "encoder/layers.hpp"

namespace undertone::encoder {

// What transformers' WhisperFeatureExtractor computes: windows of 25 ms (periodic Hann) every 10
// ms, the first centred on the first sample and the recording mirrored at both ends; the power
// spectrum through triangular filters on Slaney's mel scale from 0 to 8,000 Hz, each of unit area;
// then, with E their energies, x = max(log10(max(E, 1e-10)), greatest - 8) and (x + 4) / 4. The
// window that is centred on the end is left out. Up to the logarithm in double precision. Immutable
// and thread-safe.
class LogMelSpectrogram {
 public:
  static constexpr std::size_t kWindow = 400;  // samples
  static constexpr std::size_t kHop = 160;

  explicit LogMelSpectrogram(std::size_t bins);

  std::size_t bins() const { return filters_.size(); }

  // The spectrogram of the waveform with silence after it, up to `samples`: at least the
  // waveform's, and more than half a window. rows: [samples / kHop, bins].
  void apply(const Execution& run, std::span<const float> waveform, std::size_t samples,
             MatrixView<float> rows) const;

 private:
  struct Filter {
    std::size_t first = 0;  // bin of the spectrum
    std::vector<double> weights;
  };

  // Writes log10 of the energies of window t; returns the greatest.
  float write_row(std::span<const float> waveform, std::size_t samples, std::size_t t,
                  float* row) const;

  RealFourierTransform fourier_;
  std::array<double, kWindow> window_{};
  std::vector<Filter> filters_;
};

}  // namespace undertone::encoder
