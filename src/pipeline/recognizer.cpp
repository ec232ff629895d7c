#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <fmt/format.h>
#include <memory>
#include <utility>

#include <undertone/error.hpp>
#include <undertone/recognizer.hpp>

#include "audio/reader.hpp"
#include "pipeline/embedding_extractor.hpp"
#include "pipeline/judge.hpp"
#include "pipeline/profile_entries.hpp"

namespace undertone {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
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
      : extractor_(
            {options.encoder, options.threads, options.warn, options.context, options.precision}),
        judge_(pipeline::find_judge(options, extractor_)) {}

  // `opening_ms` is what it took to open the source that `read` reads.
  Prediction predict(pipeline::ReadSamples read, const std::string& name,
                     const PredictOptions& options, double opening_ms) const {
    std::optional<Profile> profile;
    if (options.profile) profile.emplace();
    WindowHearing windows(*this, name, options, profile ? &*profile : nullptr);
    const pipeline::Embedding embedding = windows.hear(read);
    const auto begin = Clock::now();
    pipeline::Verdict verdict = judge_->judge(embedding.values, name);
    Prediction result;
    result.label = std::move(verdict.label);
    result.probabilities = std::move(verdict.probabilities);
    result.confidence = verdict.confidence;
    result.multi_label = verdict.multi_label;
    result.dimensions = std::move(verdict.dimensions);
    result.dimensions_estimate = verdict.dimensions_estimate;
    result.windows = windows.take();
    result.duration_s = embedding.quality.duration_s;
    result.warnings = pipeline::recording_warnings(embedding.quality);
    result.model = judge_->model();
    result.timing.decode_ms = embedding.decode_ms + opening_ms;
    result.timing.encode_ms = embedding.encode_ms + windows.milliseconds();
    result.timing.classify_ms = milliseconds_since(begin);
    if (profile) {
      profile->add(ProfilePart::kDecoding, pipeline::profile_time(result.timing.decode_ms));
      profile->add(ProfilePart::kClassifier, pipeline::profile_time(result.timing.classify_ms));
      result.profile = pipeline::profile_entries(*profile);
    }
    return result;
  }

  const pipeline::Judge& judge() const noexcept { return *judge_; }
  unsigned threads() const noexcept { return extractor_.pool().size(); }

 private:
  // Hears a recording as a whole and, where that is asked for, its windows by themselves.
  class WindowHearing {
   public:
    WindowHearing(const Impl& impl, const std::string& name, const PredictOptions& options,
                  Profile* profile)
        : impl_(impl), name_(name), options_(options), profile_(profile) {
      if (options.window_s &&
          !(*options.window_s >= kShortestWindow && *options.window_s <= kLongestWindow)) {
        throw Error(ErrorCode::kInvalidArgument,
                    fmt::format("windows of {} s; they can have {} to {} s", *options.window_s,
                                kShortestWindow, kLongestWindow));
      }
    }

    pipeline::Embedding hear(pipeline::ReadSamples read) {
      const pipeline::ExtractOptions plain{
          .threads = options_.threads, .stop = options_.stop, .profile = profile_};
      if (!options_.window_s) return extract(read, plain);
      const auto visit = [this](std::uint64_t begin, std::span<const float> samples,
                                std::span<const float> embedding) {
        add(begin, samples, embedding);
      };
      if (*options_.window_s == kLongestWindow) {  // as long as those that are encoded anyway
        pipeline::ExtractOptions visiting = plain;
        visiting.visit_window = visit;
        return extract(read, visiting);
      }
      pipeline::WindowCutter cutter({.window = static_cast<std::size_t>(
                                         std::lround(*options_.window_s * audio::kSampleRate))});
      const auto hear_window = [&](std::span<const float> samples) {
        encode_and_add(samples, plain);
      };
      pipeline::Embedding whole = extract(
          [&](std::span<float> out) {
            const std::size_t count = read(out);
            cutter.add(out.first(count), hear_window);
            return count;
          },
          plain);
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
    pipeline::Embedding extract(pipeline::ReadSamples read,
                                const pipeline::ExtractOptions& options) const {
      return impl_.extractor_.extract(read, name_, impl_.judge_->choice(), options);
    }

    void encode_and_add(std::span<const float> samples, const pipeline::ExtractOptions& options) {
      const auto start = Clock::now();
      SampleSource source(samples);
      const pipeline::Embedding embedding =
          extract([&source](std::span<float> out) { return source.read(out); }, options);
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
        pipeline::Verdict verdict = impl_.judge_->judge(embedding, name_);
        window.label = std::move(verdict.label);
        window.confidence = verdict.confidence;
        window.probabilities = std::move(verdict.probabilities);
        window.dimensions = std::move(verdict.dimensions);
      }
      windows_.push_back(std::move(window));
    }

    const Impl& impl_;
    const std::string& name_;
    const PredictOptions& options_;
    Profile* profile_;
    std::vector<WindowPrediction> windows_;
    std::uint64_t begin_ = 0;
    double milliseconds_ = 0;
  };

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

const ModelInfo& Recognizer::model() const noexcept { return impl_->judge().model(); }
const ModelProvenance& Recognizer::provenance() const noexcept {
  return impl_->judge().provenance();
}
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
