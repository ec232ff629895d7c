#include <algorithm>
#include <chrono>
#include <cmath>
#include <fmt/format.h>
#include <utility>

#include <undertone/error.hpp>
#include <undertone/recognizer.hpp>

#include "audio/reader.hpp"
#include "classifier/bundle.hpp"
#include "dataset/emotion.hpp"
#include "pipeline/embedding_extractor.hpp"

namespace undertone {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

std::filesystem::path bundle_path(const RecognizerOptions& options,
                                  const pipeline::EmbeddingExtractor& extractor) {
  if (!options.bundle.empty()) {
    if (!std::filesystem::exists(options.bundle)) {
      throw Error(ErrorCode::kModelNotFound,
                  fmt::format("the classifier {} is not there", options.bundle.string()),
                  "Check the path, or train one with `undertone train`.");
    }
    return options.bundle;
  }
  std::filesystem::path path = extractor.folder() / "bundle.safetensors";
  if (!std::filesystem::exists(path)) {
    throw Error(ErrorCode::kModelNotFound,
                fmt::format("no classifier was trained for the encoder {}: there is no {}",
                            extractor.encoder().name(), path.string()),
                "Train one with `undertone extract` and `undertone train`, and name it with "
                "--model.");
  }
  return path;
}

}  // namespace

class Recognizer::Impl {
 public:
  explicit Impl(const RecognizerOptions& options)
      : extractor_({options.encoder, options.threads, options.warn, options.clip_context}),
        bundle_path_(bundle_path(options, extractor_)),
        bundle_(classifier::load_bundle(bundle_path_)) {
    const classifier::EncoderIdentity& trained = bundle_.provenance.encoder;
    const encoder::SpeechEncoder& encoder = extractor_.encoder();
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
    classifier::require_encoder(bundle_.provenance, loaded, bundle_path_.string());
    choice_.layers = {extractor_.require_layer(static_cast<std::size_t>(trained.layer))};

    const auto names = bundle_.classifier.class_names();
    const std::vector<std::string> classes(names.begin(), names.end());
    order_ = dataset::display_order(classes);
    for (const std::size_t c : order_) labels_.push_back(classes[c]);
    model_.encoder = encoder.name();
    model_.encoder_fingerprint = encoder.fingerprint();
    model_.layer = choice_.layers.front();
    model_.pooling = loaded.pooling;
    model_.bundle = bundle_path_.filename().string();
    model_.licence = bundle_.provenance.licence;
  }

  // `opening_ms` is what it took to open the reader.
  Prediction predict(audio::Reader reader, const std::string& name, ClipThreads threads,
                     double opening_ms) const {
    const pipeline::Embedding embedding = extractor_.extract(reader, name, choice_, threads);
    const auto begin = Clock::now();
    const classifier::ClassPrediction classes = bundle_.classifier.predict(embedding.values);
    Prediction result;
    for (std::size_t i = 0; i < order_.size(); ++i) {
      const double probability = classes.probabilities[order_[i]];
      if (!std::isfinite(probability)) {
        throw Error(ErrorCode::kInternal,
                    fmt::format("{}: the classifier gave a probability that is not finite", name));
      }
      result.probabilities.emplace_back(labels_[i], probability);
    }
    const auto best =
        std::max_element(result.probabilities.begin(), result.probabilities.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    result.label = best->first;
    result.confidence = best->second;
    result.duration_s = embedding.quality.duration_s;
    result.warnings = pipeline::recording_warnings(embedding.quality);
    result.model = model_;
    result.timing.decode_ms = embedding.decode_ms + opening_ms;
    result.timing.encode_ms = embedding.encode_ms;
    result.timing.classify_ms = milliseconds_since(begin);
    return result;
  }

  const ModelInfo& model() const noexcept { return model_; }
  const std::vector<std::string>& labels() const noexcept { return labels_; }
  unsigned threads() const noexcept { return extractor_.pool().size(); }

 private:
  pipeline::EmbeddingExtractor extractor_;
  std::filesystem::path bundle_path_;
  classifier::Bundle bundle_;
  pipeline::EmbeddingChoice choice_;
  std::vector<std::size_t> order_;  // of show: positions in the classifier's probabilities
  std::vector<std::string> labels_;
  ModelInfo model_;
};

Recognizer::Recognizer(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Recognizer::Recognizer(Recognizer&&) noexcept = default;
Recognizer& Recognizer::operator=(Recognizer&&) noexcept = default;
Recognizer::~Recognizer() = default;

Recognizer Recognizer::load(const RecognizerOptions& options) {
  return Recognizer(std::make_unique<const Impl>(options));
}

Prediction Recognizer::predict_file(const std::filesystem::path& path, ClipThreads threads) const {
  const auto begin = Clock::now();
  audio::Reader reader = audio::Reader::open_file(path);
  return impl_->predict(std::move(reader), path.string(), threads, milliseconds_since(begin));
}

Prediction Recognizer::predict_memory(std::span<const std::byte> bytes, const std::string& name,
                                      ClipThreads threads) const {
  const auto begin = Clock::now();
  audio::Reader reader = audio::Reader::open_memory(bytes, name);
  return impl_->predict(std::move(reader), name, threads, milliseconds_since(begin));
}

Prediction Recognizer::predict_descriptor(int descriptor, const std::string& name,
                                          ClipThreads threads) const {
  const auto begin = Clock::now();
  audio::Reader reader = audio::Reader::open_descriptor(descriptor, name);
  return impl_->predict(std::move(reader), name, threads, milliseconds_since(begin));
}

const ModelInfo& Recognizer::model() const noexcept { return impl_->model(); }
const std::vector<std::string>& Recognizer::labels() const noexcept { return impl_->labels(); }
unsigned Recognizer::threads() const noexcept { return impl_->threads(); }

}  // namespace undertone
