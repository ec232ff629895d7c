#include "encoder/log_mel_spectrogram.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <numbers>
#include <random>
#include <string>

#include "unit/encoder/golden.hpp"

namespace undertone::encoder {
namespace {

TEST(RealFourierTransform, AgreesWithTheSum) {
  std::mt19937 generator(3);
  std::normal_distribution<double> normal;
  for (const std::size_t n : {2U, 4U, 6U, 14U, 30U, 64U, 400U}) {
    const RealFourierTransform transform(n);
    ASSERT_EQ(transform.bins(), n / 2 + 1);
    std::vector<double> x(n);
    double size = 0.0;
    for (double& value : x) size += std::fabs(value = normal(generator));
    std::vector<Complex> spectrum(transform.bins());
    std::vector<Complex> scratch(n / 2);
    transform.apply(x, spectrum, scratch);
    for (std::size_t k = 0; k < spectrum.size(); ++k) {
      long double re = 0.0L;
      long double im = 0.0L;
      for (std::size_t t = 0; t < n; ++t) {
        const long double angle = 2.0L * std::numbers::pi_v<long double> *
                                  static_cast<long double>(k * t % n) / static_cast<long double>(n);
        re += static_cast<long double>(x[t]) * std::cos(angle);
        im -= static_cast<long double>(x[t]) * std::sin(angle);
      }
      ASSERT_NEAR(spectrum[k].re, static_cast<double>(re), 1e-12 * size) << n << ", bin " << k;
      ASSERT_NEAR(spectrum[k].im, static_cast<double>(im), 1e-12 * size) << n << ", bin " << k;
    }
  }
}

std::vector<float> spectrogram(std::size_t bins, std::span<const float> waveform,
                               std::size_t samples, ThreadPool* pool) {
  const LogMelSpectrogram mel(bins);
  const std::size_t rows = samples / LogMelSpectrogram::kHop;
  std::vector<float> values(rows * bins);
  mel.apply({.kernels = kernels_for(InstructionSet::kBaseline), .pool = pool}, waveform, samples,
            {values.data(), rows, bins});
  return values;
}

// The reference keeps the spectrum in single precision, so the last digits differ.
TEST(LogMelSpectrogram, AgreesWithTheReference) {
  for (const std::size_t bins : {80U, 128U}) {
    const auto expected =
        tensor::read_npz(golden_folder() / ("whisper-" + std::to_string(bins)) / "expected.npz");
    for (const std::size_t length : {401U, 35791U}) {
      for (const bool clip : {false, true}) {
        const tensor::NpyArray& array =
            expected.at((clip ? "clip_features_" : "features_") + std::to_string(length));
        const std::vector<float> reference = floats_of(array);
        const std::vector<float> found =
            spectrogram(bins, golden_waveform(length), clip ? length : 64000, nullptr);
        ASSERT_EQ(array.shape[1], bins);
        ASSERT_EQ(found.size(), reference.size());
        for (std::size_t i = 0; i < found.size(); ++i) {
          ASSERT_NEAR(found[i], reference[i], 2e-6)
              << bins << " bins, " << length << " samples, row " << i / bins << ", bin "
              << i % bins;
        }
      }
    }
  }
}

TEST(LogMelSpectrogram, IsTheSameOnAnyNumberOfThreads) {
  ThreadPool pool(3);
  const std::vector<float> clip = golden_waveform(35791);
  EXPECT_EQ(spectrogram(80, clip, 64000, nullptr), spectrogram(80, clip, 64000, &pool));
}

TEST(LogMelSpectrogram, OfSilenceIsFlat) {
  for (const float value : spectrogram(80, std::vector<float>(16000), 32000, nullptr)) {
    ASSERT_EQ(value, -1.5F);  // (log10(1e-10) + 4) / 4
  }
}

// The ends are mirrored without repeating the sample at the end, so a symmetric signal stays what
// it is.
TEST(LogMelSpectrogram, MirrorsTheEnds) {
  std::vector<float> wave(1601);
  for (std::size_t i = 0; i < wave.size(); ++i) {
    wave[i] = static_cast<float>(std::cos(2.0 * std::numbers::pi * static_cast<double>(i) / 16.0));
  }
  const std::vector<float> rows = spectrogram(80, wave, wave.size(), nullptr);
  for (std::size_t t = 1; t < 10; ++t) {
    for (std::size_t b = 0; b < 80; ++b) ASSERT_NEAR(rows[t * 80 + b], rows[b], 1e-5);
  }
}

}  // namespace
}  // namespace undertone::encoder
