// What stands behind the encoder: a pooled recording to what is said of it.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <undertone/recognizer.hpp>

#include "pipeline/embedding_extractor.hpp"

namespace undertone::pipeline {

// What is said of one recording: of these members a Prediction has those of the same names.
struct Verdict {
  std::string label;
  std::vector<std::pair<std::string, double>> probabilities;
  double confidence = 0;
  bool multi_label = false;
  std::vector<std::pair<std::string, double>> dimensions;
  std::optional<Dimensions> dimensions_estimate;
};

// Sets label and confidence to those of the greatest probability, the first of equals. REQUIRES: at
// least one.
void name_the_greatest(Verdict& verdict);

// Immutable and thread-safe.
class Judge {
 public:
  virtual ~Judge() = default;

  // Which hidden states are to be pooled, and how.
  virtual const EmbeddingChoice& choice() const noexcept = 0;
  virtual const ModelInfo& model() const noexcept = 0;
  // Of a head nothing is known but the dimension.
  virtual const ModelProvenance& provenance() const noexcept = 0;
  // In the order of a verdict's probabilities.
  virtual const std::vector<std::string>& labels() const noexcept = 0;
  // In the order of a verdict's dimensions.
  virtual const std::vector<std::string>& dimensions() const noexcept = 0;
  virtual bool multi_label() const noexcept = 0;
  // Whether verdicts have dimensions_estimate.
  virtual bool estimates_dimensions() const noexcept = 0;

  // values: the embedding that choice() makes. `name` is that of the recording, for messages.
  // Throws an Error rather than give a number that is not finite.
  virtual Verdict judge(std::span<const float> values, const std::string& name) const = 0;
};

// The bundle that the options name; else bundle.safetensors in the encoder's folder; else the head
// of the checkpoint there. Throws what Recognizer::load says. The judge keeps nothing of the
// extractor.
std::unique_ptr<const Judge> find_judge(const RecognizerOptions& options,
                                        const EmbeddingExtractor& extractor);

// The two kinds that find_judge chooses from.
std::unique_ptr<const Judge> bundle_judge(const RecognizerOptions& options,
                                          const EmbeddingExtractor& extractor,
                                          const std::filesystem::path& bundle);
// Throws Error(kModelNotFound) if the checkpoint has no head.
std::unique_ptr<const Judge> head_judge(const RecognizerOptions& options,
                                        const EmbeddingExtractor& extractor);

}  // namespace undertone::pipeline
