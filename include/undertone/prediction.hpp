// What is heard in a recording, and how it is written as JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <undertone/error.hpp>

namespace undertone {

// Something about the recording that makes the result less certain. Codes are stable: short_audio,
// long_audio, silent_audio, clipped_audio.
struct Warning {
  std::string code;
  std::string message;
};

// What made a prediction: an encoder, and either a bundle or the head of the encoder's checkpoint.
struct ModelInfo {
  std::string encoder;              // its name
  std::string encoder_fingerprint;  // tells encoders apart
  std::size_t layer = 0;            // the hidden state that is pooled; 0 is what enters layer 1
  std::string pooling;              // "mean" or "mean+std"
  std::string bundle;               // the classifier's file name; empty if a head was used
  std::string licence;              // of the bundle; empty if it says nothing
  // The architecture of the head that was used ("HubertForSequenceClassification"), else empty.
  std::string head{};
  // Below `layer` if the head takes a weighted sum of the hidden states from this one to `layer`.
  std::optional<std::size_t> first_layer{};
  std::string precision = "f32";  // of the encoder's products; or "bf16", "int8"
};

// What a classifier says of its making. Nothing is claimed that its bundle does not record; of a
// head only the dimension is known.
struct ModelProvenance {
  std::size_t dimension = 0;             // values of an embedding, of all hidden states together
  std::vector<std::string> corpora;      // that it was trained on
  std::string split;                     // how `scores` were measured
  std::map<std::string, double> scores;  // "uar" → 0.71, ...
  std::string created_by;                // "undertone 0.1.0"
};

// Wall-clock time, milliseconds.
struct Timing {
  double decode_ms = 0;
  double encode_ms = 0;
  double classify_ms = 0;
};

// What one kind of work took of a prediction's time.
struct ProfileEntry {
  std::string part;  // "decoding", "front_end", "feed_forward" ...: docs/cli.md lists them
  double seconds = 0;
  std::uint64_t calls = 0;
  double gflop = 0;  // operations of matrix products, 10⁹; 0 where there are none
};

// Three dimensions of emotion, each from about 0 (calm, powerless, unpleasant) to 1.
struct Dimensions {
  double arousal = 0;
  double dominance = 0;
  double valence = 0;
};

// A part of a recording, heard by itself.
struct WindowPrediction {
  double start_s = 0;
  double end_s = 0;
  bool silent = false;    // nothing louder than -60 dBFS; then what follows is empty
  std::string label;      // the arg-max of `probabilities`
  double confidence = 0;  // the probability of `label`
  std::vector<std::pair<std::string, double>> probabilities;  // as a Prediction's
  std::vector<std::pair<std::string, double>> dimensions{};   // as a Prediction's
};

// A model says either how probable labels are, or, if it is a regression, where on some dimensions
// a recording lies: then `label`, `probabilities` and `confidence` are empty.
struct Prediction {
  std::string label;  // the arg-max of `probabilities`, always
  // Neutral, Happy, Sad, Angry, Fear, Disgust in whatever spelling, as far as the model knows them,
  // then any others alphabetically. They sum to one, unless `multi_label`.
  std::vector<std::pair<std::string, double>> probabilities;
  double confidence = 0;  // the probability of `label`
  double duration_s = 0;
  std::vector<Warning> warnings;
  // Consecutive, without gaps. Empty unless asked for, and where there is only one.
  std::vector<WindowPrediction> windows;
  ModelInfo model;
  Timing timing;
  // Each probability stands alone: several labels may hold, or none, and they need not sum to one.
  bool multi_label = false;
  // What a regression measured, in the model's order and by its names ("arousal" ...).
  std::vector<std::pair<std::string, double>> dimensions{};
  // Guessed from `probabilities`, if that was asked for (RecognizerOptions): no measurement.
  std::optional<Dimensions> dimensions_estimate{};
  // In the order in which a recording meets them; empty unless asked for (PredictOptions).
  std::vector<ProfileEntry> profile{};
};

struct JsonOptions {
  std::string file{};   // the key "file"; left out if empty
  bool timing = false;  // the key "timing_ms"
  bool pretty = false;  // several lines, indented; otherwise one line
};

// {"file", "label", "probabilities", "confidence", "multi_label", "dimensions",
// "dimensions_estimate", "duration_s", "warnings", "windows", "model", "timing_ms", "profile"} in
// this order;
// what a prediction has not is left out. Bytes of names that are not UTF-8 become U+FFFD. Throws
// Error(kInternal) if a number is not finite.
std::string to_json(const Prediction& prediction, const JsonOptions& options = {});

// {"file", "error": {"code", "message", "hint"}}.
std::string to_json(const Error& error, const JsonOptions& options = {});

}  // namespace undertone
