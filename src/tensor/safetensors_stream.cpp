#include "tensor/safetensors_stream.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include <undertone/error.hpp>

#include "tensor/checked_size.hpp"
#include "tensor/matrix.hpp"
#include "tensor/safetensors_header.hpp"
#include "tensor/unicode.hpp"

namespace undertone::tensor {
namespace {

// JSON is UTF-8. Throws Error(kInvalidArgument).
std::string quoted(const std::string& text) {
  if (!is_utf8(text)) {
    throw Error(ErrorCode::kInvalidArgument,
                "a name or text for a safetensors file is not valid UTF-8");
  }
  return nlohmann::json(text).dump();
}

// The reference writes wide types first, so that every tensor is aligned to its elements.
int reference_rank(DType dtype) {
  switch (dtype) {
    case DType::kI64:
      return 9;
    case DType::kF64:
      return 8;
    case DType::kF32:
      return 7;
    case DType::kI32:
      return 6;
    case DType::kBF16:
      return 5;
    case DType::kF16:
      return 4;
    case DType::kI16:
      return 3;
    case DType::kI8:
      return 2;
    case DType::kU8:
      return 1;
    case DType::kBool:
      return 0;
  }
  return 0;
}

bool keeps_alignment(const TensorInfo& tensor) {
  return tensor.element_count() * size_of(tensor.dtype) % kAlignment == 0;
}

std::vector<TensorInfo> in_file_order(std::vector<TensorInfo> tensors, FileOrder order) {
  std::sort(tensors.begin(), tensors.end(), [order](const TensorInfo& a, const TensorInfo& b) {
    if (order == FileOrder::kAligned && keeps_alignment(a) != keeps_alignment(b)) {
      return keeps_alignment(a);
    }
    const int rank_a = reference_rank(a.dtype);
    const int rank_b = reference_rank(b.dtype);
    return rank_a != rank_b ? rank_a > rank_b : a.name < b.name;
  });
  return tensors;
}

std::string metadata_text(const std::map<std::string, std::string>& metadata) {
  std::string text = "\"__metadata__\":{";
  for (const auto& [key, value] : metadata) {
    if (text.back() != '{') text += ',';
    text += quoted(key) + ':' + quoted(value);
  }
  return text + '}';
}

void require_sound(const TensorInfo& tensor) {
  if (tensor.name == "__metadata__") {
    throw Error(ErrorCode::kInvalidArgument, "a tensor cannot be called __metadata__");
  }
  if (tensor.shape.size() > kMaxRank) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("tensor '{}' has {} dimensions; at most {} are allowed", tensor.name,
                            tensor.shape.size(), kMaxRank));
  }
}

// The header and the number of bytes that follow it.
std::pair<std::string, std::uint64_t> header_of(std::span<const TensorInfo> tensors,
                                                const std::map<std::string, std::string>& metadata,
                                                FileOrder order) {
  std::string header = "{";
  if (!metadata.empty()) header += metadata_text(metadata);
  std::vector<std::string_view> names;
  std::uint64_t offset = 0;
  for (const TensorInfo& tensor : tensors) {
    require_sound(tensor);
    names.push_back(tensor.name);
    std::optional<std::uint64_t> end = checked_product(tensor.shape);
    if (end) end = checked_multiply(*end, size_of(tensor.dtype));
    if (end) end = checked_add(*end, offset);
    if (!end) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("tensor '{}' is larger than any file", tensor.name));
    }
    if (header.size() > 1) header += ',';
    header += fmt::format("{}:{{\"dtype\":\"{}\",\"shape\":{},\"data_offsets\":[{},{}]}}",
                          quoted(tensor.name), to_string(tensor.dtype),
                          nlohmann::json(tensor.shape).dump(), offset, *end);
    offset = *end;
  }
  header += '}';
  // The eight bytes of its length stand before the header.
  const std::size_t multiple = order == FileOrder::kAligned ? kAlignment : 8;
  header.append((multiple - (header.size() + 8) % multiple) % multiple, ' ');
  std::sort(names.begin(), names.end());
  const auto duplicate = std::adjacent_find(names.begin(), names.end());
  if (duplicate != names.end()) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("two tensors are called '{}'", *duplicate));
  }
  if (header.size() > kMaxSafetensorsHeader) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("names and metadata take {} bytes; at most {} are allowed",
                            header.size(), kMaxSafetensorsHeader));
  }
  return {std::move(header), offset};
}

}  // namespace

SafetensorsStream::SafetensorsStream(const std::filesystem::path& path,
                                     std::vector<TensorInfo> tensors,
                                     const std::map<std::string, std::string>& metadata,
                                     FileOrder order)
    : tensors_(in_file_order(std::move(tensors), order)), file_(path) {
  const auto [header, size] = header_of(tensors_, metadata, order);
  missing_ = size;
  const std::uint64_t length = header.size();
  file_.write(std::as_bytes(std::span(&length, 1)));
  file_.write(header);
}

void SafetensorsStream::write(std::span<const std::byte> bytes) {
  if (bytes.size() > missing_) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{} bytes more than the tensors need", bytes.size() - missing_));
  }
  file_.write(bytes);
  missing_ -= bytes.size();
}

void SafetensorsStream::commit() {
  if (missing_ != 0) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{} bytes of the tensors are missing", missing_));
  }
  file_.commit();
}

}  // namespace undertone::tensor
