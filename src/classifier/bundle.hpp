// A trained classifier in one inert file. docs/bundle-format.md describes the format.
#pragma once

#include <filesystem>
#include <string>

#include "classifier/emotion_classifier.hpp"
#include "classifier/provenance.hpp"

namespace undertone::classifier {

struct Bundle {
  EmotionClassifier classifier;
  Provenance provenance;
  TrainingRecord training;
};

// Writes with atomic replacement. The bytes depend on the bundle alone: no time, no host. Throws
// Error(kInvalidArgument) for provenance outside its limits or that contradicts the classifier (its
// dimension, multi-class scheme, number of class counts), Error(kFileUnwritable).
void save_bundle(const std::filesystem::path& path, const Bundle& bundle);

// What save_bundle wrote predicts the same bits after loading. Every number is checked: a bundle
// that loads cannot make a prediction crash or give NaN. Memory stays proportional to the file's
// size. Throws, naming the file: Error(kFileNotFound, kFileUnreadable, kGitLfsPointer),
// Error(kModelUnsupported) for a safetensors file that is no bundle or a bundle of a newer format,
// Error(kModelCorrupt) for one that contradicts itself.
Bundle load_bundle(const std::filesystem::path& path);

// Throws Error(kModelMismatch) that names both unless the encoder has the fingerprint, layer,
// pooling and dimension that the bundle was trained for. `bundle_name` is for the message.
void require_encoder(const Provenance& provenance, const EncoderIdentity& loaded,
                     const std::string& bundle_name);

}  // namespace undertone::classifier
