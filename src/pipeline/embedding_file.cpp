#include "pipeline/embedding_file.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <fmt/format.h>
#include <map>
#include <span>

#include <undertone/error.hpp>

#include "tensor/npy.hpp"

namespace undertone::pipeline {
namespace {

using tensor::NpyArray;
using Arrays = std::map<std::string, NpyArray>;

struct TextList {
  const char* name;
  std::vector<std::string> EmbeddingTable::*list;
};

constexpr std::array kLists = {TextList{"labels", &EmbeddingTable::labels},
                               TextList{"speakers", &EmbeddingTable::speakers},
                               TextList{"sentences", &EmbeddingTable::sentences},
                               TextList{"corpora", &EmbeddingTable::corpora},
                               TextList{"paths", &EmbeddingTable::paths},
                               TextList{"ids", &EmbeddingTable::ids}};

constexpr std::array kFailureLists = {TextList{"failed_paths", &EmbeddingTable::failed_paths},
                                      TextList{"failed_reasons", &EmbeddingTable::failed_reasons}};

struct OriginText {
  const char* name;
  std::string EmbeddingOrigin::*text;
  bool required;
};

constexpr std::array kOrigin = {
    OriginText{"encoder", &EmbeddingOrigin::encoder, true},
    OriginText{"encoder_fingerprint", &EmbeddingOrigin::encoder_fingerprint, true},
    OriginText{"pooling", &EmbeddingOrigin::pooling, true},
    OriginText{"resampler", &EmbeddingOrigin::resampler, false},
    OriginText{"undertone_version", &EmbeddingOrigin::undertone_version, false}};

constexpr std::string_view kColumnPrefix = "metadata_";

[[noreturn]] void invalid(const std::filesystem::path& path, const std::string& what) {
  throw Error(ErrorCode::kDataInvalid, fmt::format("{}: {}", path.string(), what),
              "Make the file with `undertone extract`.");
}

const NpyArray& require(const Arrays& arrays, const std::string& name,
                        const std::filesystem::path& path) {
  const auto found = arrays.find(name);
  if (found == arrays.end()) invalid(path, fmt::format("there is no array '{}'", name));
  return found->second;
}

template <class T>
T element(const NpyArray& array, std::size_t i) {
  T value;
  std::memcpy(&value, array.data.data() + i * sizeof(T), sizeof(T));
  return value;
}

tensor::Matrix<float> matrix_of(const NpyArray& array, const std::filesystem::path& path) {
  const bool is_float = array.type == NpyArray::Type::kFloat32;
  if ((!is_float && array.type != NpyArray::Type::kFloat64) || array.shape.size() != 2) {
    invalid(path, "'embeddings' is not a two-dimensional array of floats");
  }
  tensor::Matrix<float> matrix(array.shape[0], array.shape[1]);
  for (std::size_t i = 0; i < matrix.rows() * matrix.cols(); ++i) {
    matrix.data()[i] =
        is_float ? element<float>(array, i) : static_cast<float>(element<double>(array, i));
  }
  return matrix;
}

std::vector<std::string> texts_of(const Arrays& arrays, const char* name, std::size_t count,
                                  const std::filesystem::path& path) {
  const auto found = arrays.find(name);
  if (found == arrays.end()) return std::vector<std::string>(count);
  const NpyArray& array = found->second;
  if (array.type != NpyArray::Type::kUnicode || array.shape.size() != 1) {
    invalid(path, fmt::format("'{}' is not a one-dimensional array of texts", name));
  }
  if (array.strings.size() != count) {
    invalid(path, fmt::format("'{}' has {} elements where there are {} embeddings", name,
                              array.strings.size(), count));
  }
  return array.strings;
}

std::size_t layer_of(const NpyArray& array, const std::filesystem::path& path) {
  std::int64_t layer = -1;
  if (array.element_count() == 1) {
    if (array.type == NpyArray::Type::kInt64) layer = element<std::int64_t>(array, 0);
    if (array.type == NpyArray::Type::kInt32) layer = element<std::int32_t>(array, 0);
  }
  if (layer < 0 || layer > 100000) invalid(path, "'layer' is not the number of a layer");
  return static_cast<std::size_t>(layer);
}

}  // namespace

void write_embeddings(const std::filesystem::path& path, const EmbeddingTable& table) {
  const std::size_t count = table.embeddings.rows();
  Arrays arrays;
  arrays["embeddings"] =
      tensor::make_array(std::span(table.embeddings.data(), count * table.embeddings.cols()),
                         {count, table.embeddings.cols()});
  for (const TextList& list : kLists) {
    if ((table.*list.list).size() != count) {
      throw Error(ErrorCode::kInternal, fmt::format("{} {} for {} embeddings",
                                                    (table.*list.list).size(), list.name, count));
    }
    arrays[list.name] = tensor::make_array(table.*list.list);
  }
  for (const auto& [name, values] : table.columns) {
    if (values.size() != count) {
      throw Error(ErrorCode::kInternal, fmt::format("column {}: {} values for {} embeddings", name,
                                                    values.size(), count));
    }
    arrays[std::string(kColumnPrefix) + name] = tensor::make_array(values);
  }
  for (const TextList& list : kFailureLists) {
    arrays[list.name] = tensor::make_array(table.*list.list);
  }
  for (const OriginText& origin : kOrigin) {
    arrays[origin.name] = tensor::make_scalar(table.origin.*origin.text);
  }
  const auto layer = static_cast<std::int64_t>(table.origin.layer);
  arrays["layer"] = tensor::make_array(std::span(&layer, 1), {});
  tensor::write_npz(path, arrays);
}

EmbeddingTable read_embeddings(const std::filesystem::path& path) {
  const Arrays arrays = tensor::read_npz(path);
  EmbeddingTable table;
  table.embeddings = matrix_of(require(arrays, "embeddings", path), path);
  for (const TextList& list : kLists) {
    table.*list.list = texts_of(arrays, list.name, table.embeddings.rows(), path);
  }
  for (const auto& [name, array] : arrays) {
    if (!name.starts_with(kColumnPrefix)) continue;
    table.columns[name.substr(kColumnPrefix.size())] =
        texts_of(arrays, name.c_str(), table.embeddings.rows(), path);
  }
  for (const TextList& list : kFailureLists) {
    const auto found = arrays.find(list.name);
    if (found != arrays.end()) table.*list.list = found->second.strings;
  }
  for (const OriginText& origin : kOrigin) {
    if (!origin.required && !arrays.contains(origin.name)) continue;
    const NpyArray& array = require(arrays, origin.name, path);
    if (array.type != NpyArray::Type::kUnicode || array.strings.size() != 1) {
      invalid(path, fmt::format("'{}' is not a text", origin.name));
    }
    table.origin.*origin.text = array.strings[0];
  }
  table.origin.layer = layer_of(require(arrays, "layer", path), path);
  return table;
}

}  // namespace undertone::pipeline
