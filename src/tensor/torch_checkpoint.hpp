// PyTorch checkpoints as torch.save() writes them since version 1.6 (`pytorch_model.bin`, `.pt`): a
// zip archive with a pickle that describes the tensors (data.pkl) and one stored, uncompressed file
// per storage (data/0, data/1, ...).
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include "tensor/tensor_archive.hpp"

namespace undertone::tensor {

// Opening reads the description alone and locates every storage; tensors are converted straight
// from the mapped file when they are read. No Python code is looked up or run, see pickle.hpp.
class TorchCheckpoint final : public TensorArchive {
 public:
  // Throws Error(kFileNotFound, kFileUnreadable, kGitLfsPointer, kModelCorrupt,
  // kModelUnsupported).
  explicit TorchCheckpoint(const std::filesystem::path& path);
  // The same for a file in memory, which must outlive the object; `name` is for messages.
  TorchCheckpoint(std::span<const std::byte> bytes, const std::filesystem::path& name);
  ~TorchCheckpoint() override;

  std::span<const TensorInfo> tensors() const override;
  void read_floats(const TensorInfo& tensor, std::span<float> out) const override;
  void read_doubles(const TensorInfo& tensor, std::span<double> out) const override;
  const std::filesystem::path& path() const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace undertone::tensor
