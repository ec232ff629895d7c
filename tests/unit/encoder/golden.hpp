// The golden encoders made by tools/make_encoder_goldens.py.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "support/paths.hpp"
#include "tensor/matrix.hpp"
#include "tensor/npy.hpp"

namespace undertone::encoder {

using tensor::MatrixView;

inline const std::filesystem::path& golden_folder() {
  static const std::filesystem::path folder =
      std::filesystem::path(UNDERTONE_GOLDEN_DIR) / "encoder";
  return folder;
}

inline constexpr std::array kGoldenModels{
    "hubert-layer",       "hubert-group",         "hubert-odd",  "wav2vec2-layer",
    "wav2vec2-group-ctc", "wav2vec2-pretraining", "wavlm-layer", "wavlm-group-ctc",
    "whisper-80",         "whisper-128"};
inline constexpr std::array<std::size_t, 4> kGoldenLengths{400, 401, 16000, 35791};

inline std::vector<float> floats_of(const tensor::NpyArray& array) {
  std::vector<float> values(array.element_count());
  std::memcpy(values.data(), array.data.data(), array.data.size());
  return values;
}

inline std::vector<float> golden_waveform(std::size_t length) {
  std::vector<float> samples = floats_of(tensor::read_npy(golden_folder() / "waveform.npy"));
  samples.resize(length);
  return samples;
}

// How far two arrays are apart, the second being the reference.
struct Distance {
  double largest =
      0.0;  // |difference|, relative to the reference's root mean square where that is above 1
  double cosine = 0.0;
};

inline Distance distance(std::span<const float> found, std::span<const float> expected) {
  double dot = 0.0;
  double found_squares = 0.0;
  double expected_squares = 0.0;
  double largest = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double a = found[i];
    const double b = expected[i];
    dot += a * b;
    found_squares += a * a;
    expected_squares += b * b;
    largest = std::fmax(largest, std::fabs(a - b));
  }
  const double rms = std::sqrt(expected_squares / static_cast<double>(expected.size()));
  return {.largest = largest / std::fmax(1.0, rms),
          .cosine = dot / std::sqrt(found_squares * expected_squares)};
}

}  // namespace undertone::encoder
