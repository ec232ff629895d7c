#include <chrono>
#include <memory>
#include <utility>

#include <undertone/recognizer.hpp>

#include "audio/reader.hpp"
#include "pipeline/embedding_extractor.hpp"
#include "pipeline/judge.hpp"

namespace undertone {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

}  // namespace

class Recognizer::Impl {
 public:
  explicit Impl(const RecognizerOptions& options)
      : extractor_({options.encoder, options.threads, options.warn}),
        judge_(pipeline::find_judge(options, extractor_)) {}

  // `opening_ms` is what it took to open the reader.
  Prediction predict(audio::Reader reader, const std::string& name, ClipThreads threads,
                     double opening_ms) const {
    const pipeline::Embedding embedding =
        extractor_.extract(reader, name, judge_->choice(), threads);
    const auto begin = Clock::now();
    pipeline::Verdict verdict = judge_->judge(embedding.values, name);
    Prediction result;
    result.label = std::move(verdict.label);
    result.probabilities = std::move(verdict.probabilities);
    result.confidence = verdict.confidence;
    result.multi_label = verdict.multi_label;
    result.dimensions = std::move(verdict.dimensions);
    result.dimensions_estimate = verdict.dimensions_estimate;
    result.duration_s = embedding.quality.duration_s;
    result.warnings = pipeline::recording_warnings(embedding.quality);
    result.model = judge_->model();
    result.timing.decode_ms = embedding.decode_ms + opening_ms;
    result.timing.encode_ms = embedding.encode_ms;
    result.timing.classify_ms = milliseconds_since(begin);
    return result;
  }

  const pipeline::Judge& judge() const noexcept { return *judge_; }
  unsigned threads() const noexcept { return extractor_.pool().size(); }

 private:
  pipeline::EmbeddingExtractor extractor_;
  std::unique_ptr<const pipeline::Judge> judge_;
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

const ModelInfo& Recognizer::model() const noexcept { return impl_->judge().model(); }
const std::vector<std::string>& Recognizer::labels() const noexcept {
  return impl_->judge().labels();
}
const std::vector<std::string>& Recognizer::dimensions() const noexcept {
  return impl_->judge().dimensions();
}
bool Recognizer::multi_label() const noexcept { return impl_->judge().multi_label(); }
bool Recognizer::estimates_dimensions() const noexcept {
  return impl_->judge().estimates_dimensions();
}
unsigned Recognizer::threads() const noexcept { return impl_->threads(); }

}  // namespace undertone
