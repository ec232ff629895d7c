// A recogniser that answers what a test wants, when it wants.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "server/hearing.hpp"

namespace undertone::server {

class FakeHearing final : public Hearing {
 public:
  // Called for each recording before it is answered; may wait or throw.
  std::function<void(const PredictOptions&)> on_predict = [](const PredictOptions&) {};
  std::vector<WindowPrediction> windows;
  mutable std::atomic<int> heard{0};
  mutable std::atomic<int> cancelled{0};

  FakeHearing() {
    model_ = {"fake", "f1n9er", 2, "mean", "bundle.safetensors", "CC0"};
    provenance_ = {32, {"corpus"}, "by speaker", {{"uar", 0.5}}, "undertone test"};
  }

  Prediction predict_memory(std::span<const std::byte> bytes, const std::string&,
                            const PredictOptions& options) const override {
    return predict(static_cast<double>(bytes.size()) / 32000.0, options);
  }
  Prediction predict_samples(std::span<const float> samples, const std::string&,
                             const PredictOptions& options) const override {
    return predict(static_cast<double>(samples.size()) / 16000.0, options);
  }
  const ModelInfo& model() const noexcept override { return model_; }
  const ModelProvenance& provenance() const noexcept override { return provenance_; }
  const std::vector<std::string>& labels() const noexcept override { return labels_; }
  unsigned threads() const noexcept override { return 1; }

  // Until `stop` is requested, at most 20 s.
  static void wait_for_stop(const PredictOptions& options) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!options.stop.stop_requested() && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    if (options.stop.stop_requested()) throw Error(ErrorCode::kCancelled, "stopped on request");
  }

 private:
  Prediction predict(double duration_s, const PredictOptions& options) const {
    try {
      on_predict(options);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kCancelled) ++cancelled;
      throw;
    }
    ++heard;
    Prediction prediction;
    prediction.label = "Happy";
    prediction.probabilities = {{"Happy", 0.75}, {"Sad", 0.25}};
    prediction.confidence = 0.75;
    prediction.duration_s = duration_s;
    prediction.model = model_;
    prediction.windows = windows;
    return prediction;
  }

  ModelInfo model_;
  ModelProvenance provenance_;
  std::vector<std::string> labels_ = {"Happy", "Sad"};
};

// Lets jobs through when it is opened.
class Gate {
 public:
  void open() { open_ = true; }
  void wait(const PredictOptions& options) const {
    while (!open_) {
      if (options.stop.stop_requested()) throw Error(ErrorCode::kCancelled, "stopped on request");
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

 private:
  std::atomic<bool> open_{false};
};

}  // namespace undertone::server
