#include "pipeline/dimensions_estimate.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <fmt/format.h>
#include <string_view>

#include <undertone/error.hpp>

#include "dataset/ascii_text.hpp"
#include "dataset/emotion.hpp"

namespace undertone::pipeline {
namespace {

struct Coordinates {
  std::string_view emotion;
  double pleasure;
  double arousal;
  double dominance;
};

// As published, from -1 to 1: angry, disgusted, fearful, happy, sad, surprised.
constexpr std::array kCoordinates{
    Coordinates{"Neutral", 0.0, 0.0, 0.0},      Coordinates{"Happy", 0.81, 0.51, 0.46},
    Coordinates{"Sad", -0.63, -0.27, -0.33},    Coordinates{"Angry", -0.51, 0.59, 0.25},
    Coordinates{"Fear", -0.64, 0.60, -0.43},    Coordinates{"Disgust", -0.60, 0.35, 0.11},
    Coordinates{"Surprise", 0.40, 0.67, -0.13},
};

double from_zero_to_one(double value) { return (value + 1.0) / 2.0; }

const Coordinates* find(const std::string& label) {
  std::string emotion = dataset::normalize_emotion(label);
  const std::string lower = dataset::lower_case(emotion);
  if (lower == "surprise" || lower == "surprised" || lower == "sur") emotion = "Surprise";
  const auto* const found =
      std::find_if(kCoordinates.begin(), kCoordinates.end(),
                   [&emotion](const Coordinates& known) { return known.emotion == emotion; });
  return found == kCoordinates.end() ? nullptr : found;
}

}  // namespace

DimensionsEstimate::DimensionsEstimate(const std::vector<std::string>& labels) {
  std::string unknown;
  for (const std::string& label : labels) {
    const Coordinates* const known = find(label);
    if (known == nullptr) {
      unknown += (unknown.empty() ? "" : ", ") + label;
      continue;
    }
    coordinates_.push_back({.arousal = from_zero_to_one(known->arousal),
                            .dominance = from_zero_to_one(known->dominance),
                            .valence = from_zero_to_one(known->pleasure)});
  }
  if (unknown.empty()) return;
  throw Error(
      ErrorCode::kInvalidArgument,
      fmt::format("dimensions cannot be estimated: no coordinates are known for {}", unknown),
      "They are for Neutral, Happy, Sad, Angry, Fear, Disgust and Surprise.");
}

Dimensions DimensionsEstimate::of(
    const std::vector<std::pair<std::string, double>>& probabilities) const {
  Dimensions sum;
  for (std::size_t i = 0; i < coordinates_.size(); ++i) {
    const double probability = probabilities[i].second;
    sum.arousal += probability * coordinates_[i].arousal;
    sum.dominance += probability * coordinates_[i].dominance;
    sum.valence += probability * coordinates_[i].valence;
  }
  return sum;
}

}  // namespace undertone::pipeline
