// What config.json says of the head of a fine-tuned checkpoint.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace undertone::heads {

// How frames become logits.
enum class HeadForm {
  kProjector,  // mean over the frames of projector(frame), then classifier
  kDense,      // mean over the frames, then tanh(classifier.dense), then classifier.out_proj
};

// What the logits mean.
enum class Problem {
  kSingleLabel,  // softmax: one of the labels, probabilities sum to one
  kMultiLabel,   // sigmoid: each label by itself
  kRegression,   // the logits themselves, each the value of a dimension
};

// config.json's problem_type: "single_label_classification" ...
std::string_view to_string(Problem problem);

struct HeadConfig {
  std::string architecture;  // as config.json names it: "HubertForSequenceClassification"
  HeadForm form = HeadForm::kProjector;
  Problem problem = Problem::kSingleLabel;
  bool weighted_layers = false;  // a weighted sum of all hidden states in place of the last
  // By index; as they are spelt. At least one, no two alike; valid UTF-8 of 1 to 200 bytes without
  // control characters.
  std::vector<std::string> labels;
};

// The head that config.json describes; none if its architecture has none (HubertModel,
// Wav2Vec2ForCTC ...) or if it names no architecture. Absent keys take the defaults of the
// transformers library. Throws Error(kModelUnsupported) that names the architecture, problem type
// or pooling that this version does not run, and Error(kModelCorrupt) for what contradicts itself.
// `source` is used in messages.
std::optional<HeadConfig> parse_head_config(std::string_view json, const std::string& source);

// The same of `folder`/config.json. Throws also what opening the file does.
std::optional<HeadConfig> read_head_config(const std::filesystem::path& folder);

}  // namespace undertone::heads
