// The weights of a checkpoint by their canonical names.
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "encoder/kernels/packed_panels.hpp"
#include "encoder/packing.hpp"
#include "encoder/tensor_digest.hpp"
#include "encoder/training_signs.hpp"
#include "tensor/matrix.hpp"
#include "tensor/tensor_archive.hpp"

namespace undertone::encoder {

// The weights in a checkpoint folder: packed.safetensors (see packing.hpp), model.safetensors, its
// sharded index, pytorch_model.bin or its sharded index, in this order. Throws
// Error(kModelNotFound) if there is none of them.
std::filesystem::path checkpoint_file(const std::filesystem::path& folder);

class CheckpointWeights;

// The rows of a tensor, once from the first to the last: where they stand in the mapped file, if
// they are floats there, else in a copy. The file's pages are given back to the system as reading
// goes on, so that of a large tensor little is in memory at a time. Not thread-safe; lives no
// longer than the checkpoint.
class WeightRows {
 public:
  // See CheckpointWeights::rows.
  WeightRows(CheckpointWeights& weights, const tensor::TensorInfo& info, std::string_view name,
             std::span<const std::size_t> shape);
  ~WeightRows();
  WeightRows(const WeightRows&) = delete;
  WeightRows& operator=(const WeightRows&) = delete;

  std::size_t left() const noexcept { return rows_ - next_; }

  // The next rows [count, size of a row], valid until the next call. With the last one the tensor
  // counts as read. Throws Error(kModelCorrupt) if one of their values is not finite. REQUIRES:
  // count <= left().
  tensor::MatrixView<const float> next(std::size_t count);

 private:
  void release(std::size_t end);

  CheckpointWeights& weights_;
  const tensor::TensorInfo& info_;
  std::string name_;
  std::size_t rows_;
  std::size_t columns_;
  std::vector<float> copy_;
  std::span<const float> values_;
  std::size_t next_ = 0;
  std::size_t released_ = 0;  // values at the beginning whose pages were given back
  TensorDigest digest_;
  TrainingSigns::Tensor signs_;
};

// Reads tensors as floats, checks their shapes against what the configuration asks for, and
// remembers what was read for the fingerprint. Canonical names are those of the plain model's state
// dict (of Whisper: its encoder's): prefixes ("hubert.", "wav2vec2.", "wavlm.", "model.encoder.",
// "encoder.") and the two spellings of weight norm are seen through.
//
// A packed checkpoint holds matrices as panels, under names of its own, and everything else as
// tensors of their canonical names. Its identity is that of its source.
//
// Thread-safe.
class CheckpointWeights {
 public:
  // Opens checkpoint_file(folder). Throws also what open_archive does, and Error(kModelCorrupt) for
  // no encoder's weights.
  explicit CheckpointWeights(const std::filesystem::path& folder);

  bool has(std::string_view name) const;

  // What was written about it, if it is packed.
  const std::optional<Packing>& packing() const noexcept { return packing_; }

  // Of a packed checkpoint the matrix b [k, n] of that name, borrowed from the file, which stays
  // mapped as long as this object lives. Throws Error(kModelCorrupt) if it is missing or not of
  // that shape, Error(kModelUnsupported) for more inputs than kInt8 can sum. The
  // numbers in panels are not looked at, which would mean to read the whole file: see
  // require_finite_panels.
  PackedPanels panels(const std::string& name, std::size_t k, std::size_t n);

  // A tensor by rows: of shape [n, ...] these are n. Throws Error(kModelCorrupt) if it is missing
  // or of another shape, and Error(kModelUnsupported) if it does not hold floating-point numbers,
  // as quantised weights do not.
  WeightRows rows(std::string_view name, std::initializer_list<std::size_t> shape);

  // All of it. Throws what rows() and WeightRows::next throw.
  std::vector<float> read(std::string_view name, std::initializer_list<std::size_t> shape);

  // Zeros if there is none.
  std::vector<float> read_or_zeros(std::string_view name, std::size_t size);

  // Gives back what reading left in memory of a mapped file that is not packed: pages beside those
  // that were read, which systems map along with them. For when all is read.
  void release() const;

  // Why what was read looks untrained (see TrainingSigns; a file may also say so of itself), as the
  // end of a sentence that begins with the encoder's name; "" where it does not.
  std::string doubt() const;

  // The file or index they are read from.
  const std::filesystem::path& path() const { return archive_->path(); }

  // SHA-256 over `configuration` and, sorted by canonical name, the digests of all that was read.
  std::string fingerprint(std::string_view configuration) const;

  // Those digests, one after the other. Of a packed checkpoint its source's.
  std::string digests() const;

  const tensor::TensorArchive& archive() const noexcept { return *archive_; }

 private:
  friend class WeightRows;

  // What was read to its end.
  void remember(const std::string& name, const TensorDigest& digest,
                const TrainingSigns::Tensor& signs);

  const tensor::TensorInfo* find(std::string_view name) const;
  const tensor::TensorInfo& require(std::string_view name,
                                    std::initializer_list<std::size_t> shape) const;

  std::unique_ptr<tensor::TensorArchive> archive_;
  std::optional<Packing> packing_;
  std::string prefix_;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> digests_;  // canonical name to digest
  TrainingSigns signs_;
};

}  // namespace undertone::encoder
