#include "evaluation/embedding_map.hpp"

#include <algorithm>
#include <cmath>

#include "classifier/pca.hpp"
#include "classifier/standard_scaler.hpp"

namespace undertone::evaluation {
namespace {

// Standardised; rows that hold a value no embedding should have are zero, the mean.
tensor::Matrix<double> standardised(const Samples& samples) {
  const std::size_t features = samples.embeddings.cols();
  tensor::Matrix<double> finite(samples.size(), features);
  std::vector<bool> usable(samples.size());
  std::size_t count = 0;
  for (std::size_t r = 0; r < samples.size(); ++r) {
    const auto row = samples.embeddings.row(r);
    usable[r] = std::all_of(row.begin(), row.end(), [](float value) {
      return std::abs(static_cast<double>(value)) <= classifier::kMaxEmbeddingValue;
    });
    if (usable[r]) std::copy(row.begin(), row.end(), finite.row(count++).begin());
  }
  tensor::Matrix<double> result(samples.size(), features);
  if (count == 0) return result;
  const auto scaler = classifier::StandardScaler::fit(finite.view().rows_from(0, count));
  for (std::size_t r = 0, next = 0; r < samples.size(); ++r) {
    if (usable[r]) scaler.transform(finite.row(next++), result.row(r));
  }
  return result;
}

}  // namespace

std::vector<MapPoint> embedding_map(const Samples& samples, std::size_t most) {
  const std::size_t features = samples.embeddings.cols();
  if (samples.size() < 2 || features == 0 || most == 0) return {};
  const tensor::Matrix<double> x = standardised(samples);
  const classifier::Pca pca =
      classifier::Pca::fit(x.view(), std::min<std::size_t>({2, features, samples.size()}));
  const std::size_t count = std::min(most, samples.size());
  std::vector<MapPoint> map;
  map.reserve(count);
  std::vector<double> place(pca.components_count());
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t r = i * samples.size() / count;
    pca.transform(x.row(r), place);
    MapPoint point;
    point.x = static_cast<float>(place[0]);
    point.y = place.size() > 1 ? static_cast<float>(place[1]) : 0.0F;
    point.label = samples.labels[r];
    point.speaker = samples.speakers[r];
    map.push_back(std::move(point));
  }
  return map;
}

}  // namespace undertone::evaluation
