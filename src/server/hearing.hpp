// What the server asks of a recogniser.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <undertone/recognizer.hpp>

namespace undertone::server {

// A Recognizer behind an interface, so that tests can put one in its place that is slow, or fails,
// when they want it to. Immutable and thread-safe; each member as the Recognizer's of that name.
class Hearing {
 public:
  virtual ~Hearing() = default;

  virtual Prediction predict_memory(std::span<const std::byte> bytes, const std::string& name,
                                    const PredictOptions& options) const = 0;
  virtual Prediction predict_samples(std::span<const float> samples, const std::string& name,
                                     const PredictOptions& options) const = 0;
  virtual const ModelInfo& model() const noexcept = 0;
  virtual const ModelProvenance& provenance() const noexcept = 0;
  virtual const std::vector<std::string>& labels() const noexcept = 0;
  virtual unsigned threads() const noexcept = 0;
};

// Throws Error(kModelUnsupported) unless the model chooses one label, with probabilities that sum
// to one.
std::shared_ptr<const Hearing> hearing_of(Recognizer recognizer);

}  // namespace undertone::server
