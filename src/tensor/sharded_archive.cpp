#include "tensor/sharded_archive.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include <undertone/error.hpp>

#include "tensor/archive_lookup.hpp"
#include "tensor/open_archive.hpp"
#include "tensor/printable.hpp"

namespace undertone::tensor {
namespace {

constexpr std::size_t kMaxShards = 1000;
constexpr std::size_t kMaxIndexBytes = 64u << 20;

// Collects "weight_map" from the stream of JSON events; everything else in the index is skipped.
class WeightMapReader {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  bool null() { return other(); }
  bool boolean(bool) { return other(); }
  bool number_integer(number_integer_t) { return other(); }
  bool number_unsigned(number_unsigned_t) { return other(); }
  bool number_float(number_float_t, const string_t&) { return other(); }
  bool binary(binary_t&) { return other(); }

  bool string(string_t& value) {
    if (!inside()) return true;
    if (!weight_map_->try_emplace(key_, std::move(value)).second) {
      return stop(fmt::format("the index names tensor '{}' twice", printable(key_)));
    }
    return true;
  }

  bool key(string_t& value) {
    if (depth_ == 1 || inside()) key_ = std::move(value);
    return true;
  }

  bool start_object(std::size_t) {
    if (inside()) return other();
    if (depth_ == 1 && key_ == "weight_map") {
      if (weight_map_) return stop("the index has 'weight_map' twice");
      weight_map_.emplace();
      inside_ = true;
    }
    return deeper();
  }

  bool end_object() {
    --depth_;
    if (depth_ == 1) inside_ = false;
    return true;
  }

  bool start_array(std::size_t) { return inside() ? other() : deeper(); }

  bool end_array() {
    --depth_;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) {
    return stop(fmt::format("is not JSON (byte {})", position));
  }

  const std::string& error() const { return error_; }
  std::optional<std::map<std::string, std::string>>& weight_map() { return weight_map_; }

 private:
  bool inside() const { return inside_ && depth_ == 2; }

  bool deeper() {
    constexpr std::size_t kMaxDepth = 64;
    if (++depth_ > kMaxDepth) return stop(fmt::format("is nested deeper than {}", kMaxDepth));
    return true;
  }

  bool other() {
    if (!inside()) return true;
    return stop(fmt::format("the index gives no file name for tensor '{}'", printable(key_)));
  }

  bool stop(std::string reason) {
    error_ = std::move(reason);
    return false;
  }

  std::size_t depth_ = 0;
  bool inside_ = false;
  std::string key_;
  std::optional<std::map<std::string, std::string>> weight_map_;
  std::string error_;
};

bool is_plain_file_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.size() <= 255 &&
         name.find_first_of(std::string_view("/\\\0", 3)) == std::string_view::npos;
}

}  // namespace

std::map<std::string, std::string> parse_shard_index(std::span<const std::byte> text,
                                                     std::string_view name) {
  const auto corrupt = [&](const std::string& what) {
    return Error(ErrorCode::kModelCorrupt, fmt::format("{}: {}", name, what));
  };
  if (text.size() > kMaxIndexBytes) {
    throw corrupt(
        fmt::format("an index of {} bytes; at most {} are read", text.size(), kMaxIndexBytes));
  }
  WeightMapReader reader;
  const char* const begin = reinterpret_cast<const char*>(text.data());
  if (!nlohmann::json::sax_parse(begin, begin + text.size(), &reader)) {
    throw corrupt(reader.error());
  }
  if (!reader.weight_map()) {
    throw Error(ErrorCode::kModelUnsupported,
                fmt::format("{}: a JSON file without a 'weight_map', not a checkpoint", name),
                "Give the .safetensors or .bin file, or its .index.json.");
  }
  for (const auto& [tensor, shard] : *reader.weight_map()) {
    if (!is_plain_file_name(shard)) {
      throw corrupt(fmt::format("tensor '{}' is said to be in '{}', which is not a plain file name",
                                printable(tensor), printable(shard)));
    }
  }
  return std::move(*reader.weight_map());
}

ShardedArchive::ShardedArchive(std::filesystem::path path, std::span<const std::byte> text)
    : path_(std::move(path)) {
  const auto weight_map = parse_shard_index(text, path_.string());
  tensors_.reserve(weight_map.size());
  holder_.reserve(weight_map.size());
  for (const auto& [tensor, shard] : weight_map) {  // a map: the names come sorted
    auto& archive = shards_[shard];
    if (!archive) {
      if (shards_.size() > kMaxShards) {
        throw Error(ErrorCode::kModelCorrupt,
                    fmt::format("{}: names more than {} shards", path_.string(), kMaxShards));
      }
      const std::filesystem::path file = path_.parent_path() / shard;
      if (!std::filesystem::exists(file)) {
        throw Error(ErrorCode::kFileNotFound,
                    fmt::format("{}: the shard {} that {} names is missing", file.string(), shard,
                                path_.filename().string()),
                    "Fetch all files of the checkpoint into the same folder.");
      }
      archive = open_single_archive(file);
    }
    const TensorInfo* const info = archive->find(tensor);
    if (info == nullptr) {
      throw Error(ErrorCode::kModelCorrupt,
                  fmt::format("{}: tensor '{}' is not in {}, where the index says it is",
                              path_.string(), printable(tensor), shard));
    }
    tensors_.push_back(*info);
    holder_.push_back(archive.get());
  }
}

const TensorArchive& ShardedArchive::shard_of(const TensorInfo& tensor) const {
  return *holder_[index_of(*this, tensor)];
}

void ShardedArchive::read_floats(const TensorInfo& tensor, std::span<float> out) const {
  shard_of(tensor).read_floats(tensor, out);
}

void ShardedArchive::read_doubles(const TensorInfo& tensor, std::span<double> out) const {
  shard_of(tensor).read_doubles(tensor, out);
}

std::span<const float> ShardedArchive::mapped_floats(const TensorInfo& tensor) const {
  return shard_of(tensor).mapped_floats(tensor);
}

void ShardedArchive::release(const TensorInfo& tensor, std::span<const std::byte> part) const {
  shard_of(tensor).release(tensor, part);
}

}  // namespace undertone::tensor
