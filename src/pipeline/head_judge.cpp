#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <numeric>
#include <utility>

#include <undertone/error.hpp>

#include "dataset/emotion.hpp"
#include "encoder/checkpoint_weights.hpp"
#include "heads/emotion_head.hpp"
#include "pipeline/dimensions_estimate.hpp"
#include "pipeline/judge.hpp"

namespace undertone::pipeline {
namespace {

using heads::EmotionHead;
using heads::Problem;

EmotionHead load_head(const EmbeddingExtractor& extractor) {
  std::optional<heads::HeadConfig> config = heads::read_head_config(extractor.folder());
  if (!config) {
    throw Error(ErrorCode::kModelNotFound,
                fmt::format("no classifier was trained for the encoder {}: there is no {}, and its "
                            "checkpoint has no head",
                            extractor.encoder().name(),
                            (extractor.folder() / "bundle.safetensors").string()),
                "Train one with `undertone extract` and `undertone train`, and name it with "
                "--model.");
  }
  const auto archive = tensor::open_archive(encoder::checkpoint_file(extractor.folder()));
  return {std::move(*config), *archive, extractor.encoder().dimension(),
          extractor.encoder().last_layer() + 1};
}

// Labels stay as they are spelt, in the order of the emotions that they spell.
std::vector<std::size_t> order_of(const std::vector<std::string>& labels) {
  std::vector<std::string> emotions;
  emotions.reserve(labels.size());
  for (const std::string& label : labels) {
    emotions.push_back(dataset::normalize_emotion(label));
  }
  return dataset::display_order(emotions);
}

bool without_names(const std::vector<std::string>& labels) {
  return std::all_of(labels.begin(), labels.end(),
                     [](const std::string& label) { return label.starts_with("LABEL_"); });
}

class HeadJudge final : public Judge {
 public:
  HeadJudge(const RecognizerOptions& options, const EmbeddingExtractor& extractor)
      : head_(load_head(extractor)) {
    const heads::HeadConfig& config = head_.config();
    require_layer(options);
    choice_.layers.resize(head_.last_state() - head_.first_state() + 1);
    std::iota(choice_.layers.begin(), choice_.layers.end(), head_.first_state());

    if (config.problem == Problem::kRegression) {
      order_.resize(config.labels.size());
      std::iota(order_.begin(), order_.end(), std::size_t{0});
      dimensions_ = config.labels;
    } else {
      order_ = order_of(config.labels);
      for (const std::size_t i : order_) labels_.push_back(config.labels[i]);
      if (options.estimate_dimensions) prepare_estimate();
    }
    if (options.warn && without_names(config.labels)) {
      options.warn(fmt::format("{}: config.json does not say what {} mean",
                               extractor.folder().string(), fmt::join(config.labels, ", ")));
    }
    const encoder::SpeechEncoder& encoder = extractor.encoder();
    model_.encoder = encoder.name();
    model_.encoder_fingerprint = encoder.fingerprint();
    model_.layer = head_.last_state();
    if (config.weighted_layers) model_.first_layer = head_.first_state();
    model_.pooling = encoder::to_string(choice_.pooling);
    model_.precision = encoder::to_string(encoder.precision());
    model_.head = config.architecture;
    provenance_.dimension = extractor.shape(choice_).size();
  }

  const EmbeddingChoice& choice() const noexcept override { return choice_; }
  const ModelInfo& model() const noexcept override { return model_; }
  const ModelProvenance& provenance() const noexcept override { return provenance_; }
  const std::vector<std::string>& labels() const noexcept override { return labels_; }
  const std::vector<std::string>& dimensions() const noexcept override { return dimensions_; }
  bool multi_label() const noexcept override {
    return head_.config().problem == Problem::kMultiLabel;
  }
  bool estimates_dimensions() const noexcept override { return estimate_.has_value(); }

  Verdict judge(std::span<const float> values, const std::string& name) const override {
    require_finite(values, name);
    const heads::HeadValues result = head_.apply(values);
    const bool regression = head_.config().problem == Problem::kRegression;
    Verdict verdict;
    auto& scores = regression ? verdict.dimensions : verdict.probabilities;
    for (const std::size_t i : order_) {
      scores.emplace_back(head_.config().labels[i], result.scores[i]);
    }
    if (regression) return verdict;
    name_the_greatest(verdict);
    verdict.multi_label = multi_label();
    if (estimate_) verdict.dimensions_estimate = estimate_->of(verdict.probabilities);
    return verdict;
  }

 private:
  void require_layer(const RecognizerOptions& options) const {
    if (!options.layer) return;
    if (head_.config().weighted_layers) {
      throw Error(ErrorCode::kModelMismatch,
                  fmt::format("the head takes a weighted sum of the hidden states {} to {}, but "
                              "hidden state {} is asked for",
                              head_.first_state(), head_.last_state(), *options.layer),
                  "Leave the layer to the head.");
    }
    if (*options.layer != head_.last_state()) {
      throw Error(ErrorCode::kModelMismatch,
                  fmt::format("the head takes hidden state {}, but hidden state {} is asked for",
                              head_.last_state(), *options.layer),
                  "Leave the layer to the head.");
    }
  }

  void prepare_estimate() {
    if (multi_label()) {
      throw Error(ErrorCode::kInvalidArgument,
                  "dimensions cannot be estimated: the labels of this head stand alone, and their "
                  "probabilities do not sum to one",
                  "Estimates are made for heads that choose one label.");
    }
    estimate_.emplace(labels_);
  }

  void require_finite(std::span<const float> values, const std::string& name) const {
    if (std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); })) return;
    throw Error(ErrorCode::kModelCorrupt,
                fmt::format("{}: the encoder {} makes something of it that is not finite", name,
                            model_.encoder),
                "The weights of the checkpoint are too large for its architecture.");
  }

  EmotionHead head_;
  EmbeddingChoice choice_;
  std::vector<std::size_t> order_;  // of show: positions in the head's labels
  std::vector<std::string> labels_;
  std::vector<std::string> dimensions_;
  std::optional<DimensionsEstimate> estimate_;
  ModelInfo model_;
  ModelProvenance provenance_;
};

}  // namespace

std::unique_ptr<const Judge> head_judge(const RecognizerOptions& options,
                                        const EmbeddingExtractor& extractor) {
  return std::make_unique<const HeadJudge>(options, extractor);
}

}  // namespace undertone::pipeline
