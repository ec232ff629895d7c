#include <fmt/core.h>
#include <string_view>
#include <utility>

#include <undertone/error.hpp>

#include "tensor/checked_size.hpp"
#include "tensor/safetensors.hpp"
#include "tensor/safetensors_header.hpp"
#include "tensor/safetensors_stream.hpp"
#include "tensor/unicode.hpp"

namespace undertone::tensor {
namespace {

// Throws Error(kInvalidArgument): JSON is UTF-8.
void require_utf8(std::string_view text) {
  if (is_utf8(text)) return;
  throw Error(ErrorCode::kInvalidArgument,
              "a name or text for a safetensors file is not valid UTF-8");
}

}  // namespace

void SafetensorsWriter::set_metadata(std::string key, std::string value) {
  require_utf8(key);
  require_utf8(value);
  metadata_[std::move(key)] = std::move(value);
}

void SafetensorsWriter::add(std::string name, DType dtype, std::vector<std::uint64_t> shape,
                            std::span<const std::byte> bytes) {
  require_utf8(name);
  if (name == "__metadata__") {
    throw Error(ErrorCode::kInvalidArgument, "a tensor cannot be called __metadata__");
  }
  if (shape.size() > kMaxRank) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("tensor '{}' has {} dimensions; at most {} are allowed", name,
                            shape.size(), kMaxRank));
  }
  auto size = checked_product(shape);
  if (size) size = checked_multiply(*size, size_of(dtype));
  if (size != bytes.size()) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("tensor '{}' was given {} bytes, which is not what its shape needs",
                            name, bytes.size()));
  }
  const auto [entry, inserted] =
      entries_.try_emplace(std::move(name), Entry{dtype, std::move(shape), bytes});
  if (!inserted) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("a tensor called '{}' was added already", entry->first));
  }
}

void SafetensorsWriter::write(const std::filesystem::path& path) const {
  std::vector<TensorInfo> tensors;
  tensors.reserve(entries_.size());
  for (const auto& [name, entry] : entries_) tensors.push_back({name, entry.dtype, entry.shape});
  SafetensorsStream stream(path, std::move(tensors), metadata_);
  for (const TensorInfo& tensor : stream.tensors()) stream.write(entries_.at(tensor.name).bytes);
  stream.commit();
}

}  // namespace undertone::tensor
