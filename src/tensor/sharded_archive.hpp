// A checkpoint split over several files, as Hugging Face writes large ones:
// `model.safetensors.index.json` or `pytorch_model.bin.index.json` beside the shards.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/tensor_archive.hpp"

namespace undertone::tensor {

// The "weight_map" of an index: tensor name -> shard file name. Shards must be plain file names.
// Throws Error(kModelCorrupt), or Error(kModelUnsupported) for JSON that is not an index.
std::map<std::string, std::string> parse_shard_index(std::span<const std::byte> text,
                                                     std::string_view name);

// All shards, opened. Tensors of a shard that the index does not name are not listed.
class ShardedArchive final : public TensorArchive {
 public:
  // Throws what open_archive throws; a shard that is missing is named.
  ShardedArchive(std::filesystem::path path, std::span<const std::byte> text);

  std::span<const TensorInfo> tensors() const override { return tensors_; }
  void read_floats(const TensorInfo& tensor, std::span<float> out) const override;
  void read_doubles(const TensorInfo& tensor, std::span<double> out) const override;
  std::span<const float> mapped_floats(const TensorInfo& tensor) const override;
  void release(const TensorInfo& tensor, std::span<const std::byte> part) const override;
  const std::filesystem::path& path() const override { return path_; }

 private:
  const TensorArchive& shard_of(const TensorInfo& tensor) const;

  std::filesystem::path path_;
  std::map<std::string, std::unique_ptr<TensorArchive>> shards_;
  std::vector<TensorInfo> tensors_;           // sorted by name
  std::vector<const TensorArchive*> holder_;  // one per tensor
};

}  // namespace undertone::tensor
