#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fmt/format.h>

#include <undertone/error.hpp>

#include "classifier/bundle.hpp"
#include "dataset/emotion.hpp"
#include "pipeline/dimensions_estimate.hpp"
#include "pipeline/judge.hpp"

namespace undertone::pipeline {
namespace {

class BundleJudge final : public Judge {
 public:
  BundleJudge(const RecognizerOptions& options, const EmbeddingExtractor& extractor,
              const std::filesystem::path& path)
      : bundle_(classifier::load_bundle(path)) {
    const classifier::EncoderIdentity& trained = bundle_.provenance.encoder;
    const encoder::SpeechEncoder& encoder = extractor.encoder();
    classifier::EncoderIdentity loaded;
    loaded.name = encoder.name();
    loaded.fingerprint = encoder.fingerprint();
    // The bundle's own layer unless another was asked for; then the check below compares them.
    loaded.layer = options.layer ? static_cast<int>(std::min<std::size_t>(*options.layer, 1000000))
                                 : trained.layer;
    // As the bundle says, where that is a pooling we know; else the check below names both.
    choice_.pooling = encoder::find_pooling(trained.pooling).value_or(encoder::Pooling::kMean);
    loaded.pooling = encoder::to_string(choice_.pooling);
    loaded.dimension = encoder::pooled_size(choice_.pooling, encoder.dimension());
    classifier::require_encoder(bundle_.provenance, loaded, path.string());
    const std::string precision(encoder::to_string(encoder.precision()));
    if (options.warn && precision != bundle_.provenance.precision) {
      options.warn(fmt::format("{} was trained on embeddings computed in {}; here it is {}",
                               path.string(), bundle_.provenance.precision, precision));
    }
    choice_.layers = {extractor.require_layer(static_cast<std::size_t>(trained.layer))};

    const auto names = bundle_.classifier.class_names();
    const std::vector<std::string> classes(names.begin(), names.end());
    order_ = dataset::display_order(classes);
    for (const std::size_t c : order_) labels_.push_back(classes[c]);
    if (options.estimate_dimensions) estimate_.emplace(labels_);
    model_.encoder = encoder.name();
    model_.encoder_fingerprint = encoder.fingerprint();
    model_.layer = choice_.layers.front();
    model_.pooling = loaded.pooling;
    model_.precision = precision;
    model_.bundle = path.filename().string();
    model_.licence = bundle_.provenance.licence;
    provenance_ = {trained.dimension, bundle_.provenance.corpora, bundle_.provenance.split,
                   bundle_.provenance.scores, bundle_.provenance.created_by};
  }

  const EmbeddingChoice& choice() const noexcept override { return choice_; }
  const ModelInfo& model() const noexcept override { return model_; }
  const ModelProvenance& provenance() const noexcept override { return provenance_; }
  const std::vector<std::string>& labels() const noexcept override { return labels_; }
  const std::vector<std::string>& dimensions() const noexcept override { return no_dimensions_; }
  bool multi_label() const noexcept override { return false; }
  bool estimates_dimensions() const noexcept override { return estimate_.has_value(); }

  Verdict judge(std::span<const float> values, const std::string& name) const override {
    const classifier::ClassPrediction classes = bundle_.classifier.predict(values);
    Verdict verdict;
    for (std::size_t i = 0; i < order_.size(); ++i) {
      const double probability = classes.probabilities[order_[i]];
      if (!std::isfinite(probability)) {
        throw Error(ErrorCode::kInternal,
                    fmt::format("{}: the classifier gave a probability that is not finite", name));
      }
      verdict.probabilities.emplace_back(labels_[i], probability);
    }
    name_the_greatest(verdict);
    if (estimate_) verdict.dimensions_estimate = estimate_->of(verdict.probabilities);
    return verdict;
  }

 private:
  classifier::Bundle bundle_;
  EmbeddingChoice choice_;
  std::vector<std::size_t> order_;  // of show: positions in the classifier's probabilities
  std::vector<std::string> labels_;
  std::vector<std::string> no_dimensions_;
  std::optional<DimensionsEstimate> estimate_;
  ModelInfo model_;
  ModelProvenance provenance_;
};

}  // namespace

std::unique_ptr<const Judge> bundle_judge(const RecognizerOptions& options,
                                          const EmbeddingExtractor& extractor,
                                          const std::filesystem::path& bundle) {
  return std::make_unique<const BundleJudge>(options, extractor, bundle);
}

}  // namespace undertone::pipeline
