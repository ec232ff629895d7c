#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <fmt/format.h>
#include <tuple>
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

audio::Limits reader_limits(const PredictOptions& options) {
  audio::Limits limits;
  limits.max_duration_s = options.max_duration_s;
  return limits;
}

// Hands out samples that are in memory.
class SampleSource {
 public:
  explicit SampleSource(std::span<const float> samples) : left_(samples) {}

  std::size_t read(std::span<float> out) {
    const std::size_t count = std::min(out.size(), left_.size());
    std::copy_n(left_.begin(), count, out.begin());
    left_ = left_.subspan(count);
    return count;
  }

 private:
  std::span<const float> left_;
};

// The longest windows are those that recordings are encoded in anyway.
static_assert(kLongestWindow == pipeline::kLong);

// Seconds at the pipeline's rate.
double seconds(std::uint64_t samples) { return static_cast<double>(samples) / audio::kSampleRate; }

}  // namespace

class Recognizer::Impl {
 public:
  explicit Impl(const RecognizerOptions& options)
      : extractor_({options.encoder, options.threads, options.warn, options.clip_context,
                    options.precision}),
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
    const std::string precision(encoder::to_string(encoder.precision()));
    if (options.warn && precision != bundle_.provenance.precision) {
      options.warn(fmt::format("{} was trained on embeddings computed in {}; here it is {}",
                               bundle_path_.string(), bundle_.provenance.precision, precision));
    }
    choice_.layers = {extractor_.require_layer(static_cast<std::size_t>(trained.layer))};

    const auto names = bundle_.classifier.class_names();
    const std::vector<std::string> classes(names.begin(), names.end());
    order_ = dataset::display_order(classes);
    for (const std::size_t c : order_) labels_.push_back(classes[c]);
    model_.encoder = encoder.name();
    model_.encoder_fingerprint = encoder.fingerprint();
    model_.layer = choice_.layers.front();
    model_.pooling = loaded.pooling;
    model_.precision = precision;
    model_.bundle = bundle_path_.filename().string();
    model_.licence = bundle_.provenance.licence;
    provenance_ = {trained.dimension, bundle_.provenance.corpora, bundle_.provenance.split,
                   bundle_.provenance.scores, bundle_.provenance.created_by};
  }

  // `opening_ms` is what it took to open the source that `read` reads.
  Prediction predict(pipeline::ReadSamples read, const std::string& name,
                     const PredictOptions& options, double opening_ms) const {
    WindowHearing windows(*this, name, options);
    const pipeline::Embedding embedding = windows.hear(read);
    const auto begin = Clock::now();
    Prediction result;
    result.probabilities = probabilities(embedding.values, name);
    std::tie(result.label, result.confidence) = *most_probable(result.probabilities);
    result.windows = windows.take();
    result.duration_s = embedding.quality.duration_s;
    result.warnings = pipeline::recording_warnings(embedding.quality);
    result.model = model_;
    result.timing.decode_ms = embedding.decode_ms + opening_ms;
    result.timing.encode_ms = embedding.encode_ms + windows.milliseconds();
    result.timing.classify_ms = milliseconds_since(begin);
    return result;
  }

  const ModelInfo& model() const noexcept { return model_; }
  const ModelProvenance& provenance() const noexcept { return provenance_; }
  const std::vector<std::string>& labels() const noexcept { return labels_; }
  unsigned threads() const noexcept { return extractor_.pool().size(); }

 private:
  using Probabilities = std::vector<std::pair<std::string, double>>;

  static Probabilities::const_iterator most_probable(const Probabilities& probabilities) {
    return std::max_element(probabilities.begin(), probabilities.end(),
                            [](const auto& a, const auto& b) { return a.second < b.second; });
  }

  // In the order of labels_.
  Probabilities probabilities(std::span<const float> embedding, const std::string& name) const {
    const classifier::ClassPrediction classes = bundle_.classifier.predict(embedding);
    Probabilities result;
    for (std::size_t i = 0; i < order_.size(); ++i) {
      const double probability = classes.probabilities[order_[i]];
      if (!std::isfinite(probability)) {
        throw Error(ErrorCode::kInternal,
                    fmt::format("{}: the classifier gave a probability that is not finite", name));
      }
      result.emplace_back(labels_[i], probability);
    }
    return result;
  }

  // Hears a recording as a whole and, where that is asked for, its windows by themselves.
  class WindowHearing {
   public:
    WindowHearing(const Impl& impl, const std::string& name, const PredictOptions& options)
        : impl_(impl), name_(name), options_(options) {
      if (options.window_s &&
          !(*options.window_s >= kShortestWindow && *options.window_s <= kLongestWindow)) {
        throw Error(ErrorCode::kInvalidArgument,
                    fmt::format("windows of {} s; they can have {} to {} s", *options.window_s,
                                kShortestWindow, kLongestWindow));
      }
    }

    pipeline::Embedding hear(pipeline::ReadSamples read) {
      const pipeline::ExtractOptions plain{.threads = options_.threads, .stop = options_.stop};
      if (!options_.window_s) return impl_.extractor_.extract(read, name_, impl_.choice_, plain);
      const auto judge = [this](std::uint64_t begin, std::span<const float> samples,
                                std::span<const float> embedding) {
        add(begin, samples, embedding);
      };
      if (*options_.window_s == kLongestWindow) {  // as long as those that are encoded anyway
        pipeline::ExtractOptions visiting = plain;
        visiting.visit_window = judge;
        return impl_.extractor_.extract(read, name_, impl_.choice_, visiting);
      }
      pipeline::WindowCutter cutter({.window = static_cast<std::size_t>(
                                         std::lround(*options_.window_s * audio::kSampleRate))});
      const auto hear_window = [&](std::span<const float> samples) {
        encode_and_add(samples, plain);
      };
      pipeline::Embedding whole = impl_.extractor_.extract(
          [&](std::span<float> out) {
            const std::size_t count = read(out);
            cutter.add(out.first(count), hear_window);
            return count;
          },
          name_, impl_.choice_, plain);
      whole.decode_ms -= milliseconds_;  // spent while reading
      if (begin_ > 0) cutter.finish(hear_window);
      return whole;
    }

    // Where the whole recording is one window, that is no news.
    std::vector<WindowPrediction> take() {
      if (windows_.size() < 2) return {};
      return std::move(windows_);
    }

    // That windows took beside the whole recording.
    double milliseconds() const { return milliseconds_; }

   private:
    void encode_and_add(std::span<const float> samples, const pipeline::ExtractOptions& options) {
      const auto start = Clock::now();
      SampleSource source(samples);
      const pipeline::Embedding embedding =
          impl_.extractor_.extract([&source](std::span<float> out) { return source.read(out); },
                                   name_, impl_.choice_, options);
      add(begin_, samples, embedding.values);
      begin_ += samples.size();
      milliseconds_ += milliseconds_since(start);
    }

    void add(std::uint64_t begin, std::span<const float> samples,
             std::span<const float> embedding) {
      audio::QualityMeter meter;
      meter.add(samples);
      WindowPrediction window;
      window.start_s = seconds(begin);
      window.end_s = seconds(begin + samples.size());
      window.silent = meter.result().silent();
      if (!window.silent) {
        window.probabilities = impl_.probabilities(embedding, name_);
        std::tie(window.label, window.confidence) = *most_probable(window.probabilities);
      }
      windows_.push_back(std::move(window));
    }

    const Impl& impl_;
    const std::string& name_;
    const PredictOptions& options_;
    std::vector<WindowPrediction> windows_;
    std::uint64_t begin_ = 0;
    double milliseconds_ = 0;
  };

  pipeline::EmbeddingExtractor extractor_;
  std::filesystem::path bundle_path_;
  classifier::Bundle bundle_;
  pipeline::EmbeddingChoice choice_;
  std::vector<std::size_t> order_;  // of show: positions in the classifier's probabilities
  std::vector<std::string> labels_;
  ModelInfo model_;
  ModelProvenance provenance_;
};

Recognizer::Recognizer(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Recognizer::Recognizer(Recognizer&&) noexcept = default;
Recognizer& Recognizer::operator=(Recognizer&&) noexcept = default;
Recognizer::~Recognizer() = default;

Recognizer Recognizer::load(const RecognizerOptions& options) {
  return Recognizer(std::make_unique<const Impl>(options));
}

Prediction Recognizer::predict_file(const std::filesystem::path& path,
                                    const PredictOptions& options) const {
  const auto begin = Clock::now();
  audio::Reader reader = audio::Reader::open_file(path, reader_limits(options));
  return impl_->predict([&reader](std::span<float> out) { return reader.read(out); }, path.string(),
                        options, milliseconds_since(begin));
}

Prediction Recognizer::predict_memory(std::span<const std::byte> bytes, const std::string& name,
                                      const PredictOptions& options) const {
  const auto begin = Clock::now();
  audio::Reader reader = audio::Reader::open_memory(bytes, name, reader_limits(options));
  return impl_->predict([&reader](std::span<float> out) { return reader.read(out); }, name, options,
                        milliseconds_since(begin));
}

Prediction Recognizer::predict_descriptor(int descriptor, const std::string& name,
                                          const PredictOptions& options) const {
  const auto begin = Clock::now();
  audio::Reader reader = audio::Reader::open_descriptor(descriptor, name, reader_limits(options));
  return impl_->predict([&reader](std::span<float> out) { return reader.read(out); }, name, options,
                        milliseconds_since(begin));
}

Prediction Recognizer::predict_samples(std::span<const float> samples, const std::string& name,
                                       const PredictOptions& options) const {
  if (seconds(samples.size()) > options.max_duration_s) {
    throw Error(ErrorCode::kAudioTooLong,
                fmt::format("{}: {:.1f} s of audio; at most {:.1f} s are heard", name,
                            seconds(samples.size()), options.max_duration_s));
  }
  if (!std::all_of(samples.begin(), samples.end(), [](float x) { return std::isfinite(x); })) {
    throw Error(ErrorCode::kAudioUnreadable, fmt::format("{}: a sample is not finite", name));
  }
  SampleSource source(samples);
  return impl_->predict([&source](std::span<float> out) { return source.read(out); }, name, options,
                        0.0);
}

const ModelInfo& Recognizer::model() const noexcept { return impl_->model(); }
const ModelProvenance& Recognizer::provenance() const noexcept { return impl_->provenance(); }
const std::vector<std::string>& Recognizer::labels() const noexcept { return impl_->labels(); }
unsigned Recognizer::threads() const noexcept { return impl_->threads(); }

}  // namespace undertone
