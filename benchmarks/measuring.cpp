#include "measuring.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>

namespace undertone::benchmarks {

std::vector<float> noise(double seconds) {
  constexpr double kSampleRate = 16000.0;
  std::mt19937 generator(7);
  std::normal_distribution<float> normal(0.0F, 0.1F);
  std::vector<float> values(static_cast<std::size_t>(seconds * kSampleRate));
  for (float& value : values) value = normal(generator);
  return values;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double median_ratio(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < a.size(); ++i) ratios.push_back(a[i] / b[i]);
  return median(ratios);
}

std::vector<double> numbers(const std::string& list) {
  std::vector<double> values;
  std::stringstream stream(list);
  for (std::string part; std::getline(stream, part, ',');) values.push_back(std::stod(part));
  return values;
}

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

void check_result(const encoder::SpeechEncoder& encoder, ThreadPool& pool) {
  const std::vector<float> clip = noise(2.0);
  encoder::Workspace workspace;
  encoder::Workspace other;
  const auto alone = encoder.encode(clip, encoder.last_layer(), workspace);
  const auto shared = encoder.encode(clip, encoder.last_layer(), other, &pool);
  const std::size_t count = alone.rows() * alone.cols();
  if (!std::all_of(alone.data(), alone.data() + count, [](float v) { return std::isfinite(v); }) ||
      std::memcmp(alone.data(), shared.data(), count * sizeof(float)) != 0) {
    throw std::runtime_error(
        encoder.name() + ": the result is not finite, or differs between one thread and several");
  }
}

}  // namespace undertone::benchmarks
