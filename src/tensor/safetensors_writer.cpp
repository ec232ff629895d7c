#include <algorithm>
#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include <undertone/error.hpp>

#include "common/atomic_file.hpp"
#include "tensor/checked_size.hpp"
#include "tensor/safetensors.hpp"
#include "tensor/safetensors_header.hpp"
#include "tensor/unicode.hpp"

namespace undertone::tensor {
namespace {

// Throws Error(kInvalidArgument): JSON is UTF-8.
void require_utf8(std::string_view text) {
  if (is_utf8(text)) return;
  throw Error(ErrorCode::kInvalidArgument,
              "a name or text for a safetensors file is not valid UTF-8");
}

std::string quoted(const std::string& text) { return nlohmann::json(text).dump(); }

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
  std::vector<const std::pair<const std::string, Entry>*> order;
  order.reserve(entries_.size());
  for (const auto& entry : entries_) order.push_back(&entry);
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return reference_rank(a->second.dtype) > reference_rank(b->second.dtype);
  });

  std::string header = "{";
  const auto separate = [&header] {
    if (header.size() > 1) header += ',';
  };
  if (!metadata_.empty()) {
    header += "\"__metadata__\":{";
    bool first = true;
    for (const auto& [key, value] : metadata_) {
      if (!std::exchange(first, false)) header += ',';
      header += quoted(key) + ':' + quoted(value);
    }
    header += '}';
  }
  std::uint64_t offset = 0;
  for (const auto* entry : order) {
    const auto& [dtype, shape, bytes] = entry->second;
    separate();
    header += fmt::format("{}:{{\"dtype\":\"{}\",\"shape\":{},\"data_offsets\":[{},{}]}}",
                          quoted(entry->first), to_string(dtype), nlohmann::json(shape).dump(),
                          offset, offset + bytes.size());
    offset += bytes.size();
  }
  header += '}';
  header.append((8 - header.size() % 8) % 8, ' ');
  if (header.size() > kMaxSafetensorsHeader) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{}: names and metadata take {} bytes; at most {} are allowed",
                            path.string(), header.size(), kMaxSafetensorsHeader));
  }

  AtomicFile file(path);
  const std::uint64_t length = header.size();
  file.write(std::as_bytes(std::span(&length, 1)));
  file.write(header);
  for (const auto* entry : order) file.write(entry->second.bytes);
  file.commit();
}

}  // namespace undertone::tensor
