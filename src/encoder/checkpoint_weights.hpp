// The weights of a checkpoint by their canonical names.
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "encoder/training_signs.hpp"
#include "tensor/tensor_archive.hpp"

namespace undertone::encoder {

// The weights in a checkpoint folder: model.safetensors, its sharded index, pytorch_model.bin or
// its sharded index, in this order. Throws Error(kModelNotFound) if there is none of them.
std::filesystem::path checkpoint_file(const std::filesystem::path& folder);

// Reads tensors as floats, checks their shapes against what the configuration asks for, and
// remembers what was read for the fingerprint. Canonical names are those of the plain model's state
// dict (of Whisper: its encoder's): prefixes ("hubert.", "wav2vec2.", "wavlm.", "model.encoder.",
// "encoder.") and the two spellings of weight norm are seen through.
// Thread-safe.
class CheckpointWeights {
 public:
  // Opens checkpoint_file(folder). Throws also what open_archive does, and Error(kModelCorrupt) for
  // no encoder's weights.
  explicit CheckpointWeights(const std::filesystem::path& folder);

  bool has(std::string_view name) const;

  // Throws Error(kModelCorrupt) if the tensor is missing, of another shape or not finite, and
  // Error(kModelUnsupported) if it does not hold floating-point numbers, as quantised weights do
  // not.
  std::vector<float> read(std::string_view name, std::initializer_list<std::size_t> shape);

  // Zeros if there is none.
  std::vector<float> read_or_zeros(std::string_view name, std::size_t size);

  // Why what was read looks untrained (see TrainingSigns; a file may also say so of itself), as the
  // end of a sentence that begins with the encoder's name; "" where it does not.
  std::string doubt() const;

  // The file or index they are read from.
  const std::filesystem::path& path() const { return archive_->path(); }

  // SHA-256 over `configuration` and, sorted by canonical name, all that was read.
  std::string fingerprint(std::string_view configuration) const;

 private:
  const tensor::TensorInfo* find(std::string_view name) const;

  std::unique_ptr<tensor::TensorArchive> archive_;
  std::string prefix_;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> digests_;  // canonical name to digest
  TrainingSigns signs_;
};

}  // namespace undertone::encoder
