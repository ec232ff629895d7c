// The recogniser: a recording to an emotion.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <undertone/context.hpp>
#include <undertone/prediction.hpp>

namespace undertone {

struct RecognizerOptions {
  // A folder with config.json, the name of a model that ships with Undertone, or "owner/name" from
  // the Hugging Face hub's cache. Empty: the embedded encoder.
  std::string encoder{};
  // The classifier. Empty: bundle.safetensors in the encoder's folder; if there is none, the head
  // of the checkpoint.
  std::filesystem::path bundle{};
  // Threads that share the work; 0: as many as this process may run on at once.
  unsigned threads = 0;
  // The hidden state that is pooled. Bundle and head know their own; naming another is an error.
  std::optional<std::size_t> layer{};
  // Estimate arousal, dominance and valence from the probabilities of the emotions
  // (Prediction::dimensions_estimate). Nothing is added to a model that measures dimensions.
  bool estimate_dimensions = false;
  // Told of what is odd but not wrong while loading.
  std::function<void(std::string_view)> warn{};
  // Of a Whisper encoder: whether it hears the clip alone or silence after it. Empty: as the
  // checkpoint was trained ("undertone_context" in its config.json), padded where it says nothing.
  // A bundle knows which it was trained with and is refused with the other.
  std::optional<Context> context{};
  // Of the encoder's products: "f32", "bf16", "int8", or "auto" for the fastest on this processor
  // that keeps labels (docs/decisions/0006-reduced-precision.md). Empty: what the encoder is
  // packed in (`undertone models pack`), else "f32"; another one than it is packed in is refused. A
  // bundle that was trained in another one is warned of.
  std::string precision{};
};

// How many threads one recording may use. The result is the same to the bit.
enum class ClipThreads {
  kAll,  // the recogniser's: for one recording at a time
  kOne,  // the caller's only: for many recordings, each on a thread of the caller's
};

// Of PredictOptions::window_s, seconds.
inline constexpr double kShortestWindow = 1.0;
inline constexpr double kLongestWindow = 30.0;

struct PredictOptions {
  ClipThreads threads = ClipThreads::kAll;
  // Hear a recording longer than this (seconds, kShortestWindow to kLongestWindow) in consecutive
  // windows too, each as if it had been cut out of it; see Prediction::windows. Windows of 30 s
  // cost nothing, shorter ones a second encoding.
  std::optional<double> window_s{};
  double max_duration_s = 6.0 * 3600.0;  // of decoded audio: Error(kAudioTooLong)
  std::stop_token stop{};                // leaves off soon after a request: Error(kCancelled)
  bool profile = false;                  // fill Prediction::profile
};

// An encoder and what judges its frames: a classifier that was trained on it, or the head that its
// checkpoint brings. Immutable; all const members may be called by several threads at once. Memory
// for the computation is kept and used again, one set for each call that ran at the same time.
// Movable.
//
// Every prediction throws Error(kAudioTooShort) below 0.5 s, Error(kAudioUnreadable) for what is
// not a recording, and Error(kFileNotFound, kFileUnreadable, kGitLfsPointer, kAudioTooLong,
// kAudioTooLarge), and what PredictOptions names; Error(kInvalidArgument) for options outside their
// range. Recordings above 30 s are heard in consecutive windows, all frames weighing the same, in
// constant memory.
class Recognizer {
 public:
  // Throws Error(kModelNotFound, kModelCorrupt, kModelUnsupported, kGitLfsPointer),
  // Error(kModelMismatch) if the bundle was trained on another encoder, layer or pooling, and
  // Error(kInvalidArgument) if dimensions cannot be estimated from the model's labels, and for a
  // precision that is unknown or that the processor lacks.
  static Recognizer load(const RecognizerOptions& options = {});
  Recognizer(Recognizer&&) noexcept;
  Recognizer& operator=(Recognizer&&) noexcept;
  ~Recognizer();

  Prediction predict_file(const std::filesystem::path& path,
                          const PredictOptions& options = {}) const;

  // Encoded bytes (a WAV file's, a WebM upload's). `name` is used in messages.
  Prediction predict_memory(std::span<const std::byte> bytes, const std::string& name,
                            const PredictOptions& options = {}) const;

  // Reads an open descriptor to its end without seeking and does not close it.
  Prediction predict_descriptor(int descriptor, const std::string& name,
                                const PredictOptions& options = {}) const;

  // Mono samples in [-1, 1] at 16 kHz. Throws also Error(kAudioUnreadable) if one is not finite.
  Prediction predict_samples(std::span<const float> samples, const std::string& name,
                             const PredictOptions& options = {}) const;

  const ModelInfo& model() const noexcept;
  const ModelProvenance& provenance() const noexcept;
  // In the order of a prediction's probabilities; empty if the model is a regression.
  const std::vector<std::string>& labels() const noexcept;
  // In the order of a prediction's dimensions; empty unless the model is a regression.
  const std::vector<std::string>& dimensions() const noexcept;
  // What Prediction::multi_label is.
  bool multi_label() const noexcept;
  // Whether predictions have dimensions_estimate.
  bool estimates_dimensions() const noexcept;
  unsigned threads() const noexcept;

 private:
  class Impl;
  explicit Recognizer(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace undertone
