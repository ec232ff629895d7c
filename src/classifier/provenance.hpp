// Where a classifier comes from: what a bundle says beside its numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "classifier/emotion_classifier.hpp"

namespace undertone::classifier {

// What makes embeddings what they are. A classifier is right only for those it was trained on.
struct EncoderIdentity {
  std::string name;         // "hubert-large-ll60k"; for people, two names may mean one encoder
  std::string fingerprint;  // of the encoder's weights and configuration; decides
  int layer = 0;  // hidden state, 0 the input of the first layer: "the last" resolved to its number
  std::string pooling = "mean";
  std::size_t dimension = 0;  // values of an embedding
};

// Of a support vector machine whose sigmoids were fitted to recordings that neither the machines
// nor the encoders behind them had been trained on: cross-fitting, with an encoder of its own for
// each part of the speakers that is left out of its training.
struct CrossFitting {
  std::vector<std::string> encoder_fingerprints;  // of those encoders; at least one, at most 1,000
  std::uint64_t clips = 0;                        // whose decision values were used
  std::uint64_t speakers = 0;                     // of the clips; 0 where not all are known
};

// Texts are UTF-8 without control characters, of at most 4,096 bytes; empty where not known, but
// for the encoder's, which must be there.
struct Provenance {
  EncoderIdentity encoder;
  std::string precision = "f32";  // in which the training embeddings were computed
  std::string resampler;          // which brought recordings to the encoder's rate
  std::vector<std::string> corpora;
  std::string split;                     // how the scores below were measured
  std::map<std::string, double> scores;  // "uar" → 0.71, ...; finite
  std::string licence;
  std::string created_by;                   // "undertone 0.1.0"
  std::optional<CrossFitting> calibration;  // none: folds of the training data calibrated
};

// How the classifier was trained. `options.svm.kernel_bytes` is no part of it and is not stored.
struct TrainingRecord {
  EmotionClassifierOptions options;
  std::vector<std::uint64_t> class_counts;  // training samples of each class; empty if not known
};

}  // namespace undertone::classifier
