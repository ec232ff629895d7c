// Which kind of checkpoint a file is, told by its first bytes.
#pragma once

#include <filesystem>
#include <memory>

#include "tensor/tensor_archive.hpp"

namespace undertone::tensor {

// Like open_archive, but refuses an index: a shard is a file that holds tensors itself.
std::unique_ptr<TensorArchive> open_single_archive(const std::filesystem::path& path);

}  // namespace undertone::tensor
