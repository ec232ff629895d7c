#include "pipeline/embedding_file.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <span>
#include <utility>

#include <undertone/error.hpp>

#include "tensor/npz_file.hpp"

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
    OriginText{"undertone_version", &EmbeddingOrigin::undertone_version, false},
    OriginText{"precision", &EmbeddingOrigin::precision, false},
    OriginText{"encoder_doubt", &EmbeddingOrigin::encoder_doubt, false}};

constexpr std::string_view kColumnPrefix = "metadata_";

[[noreturn]] void invalid(const std::filesystem::path& path, const std::string& what) {
  throw Error(ErrorCode::kDataInvalid, fmt::format("{}: {}", path.string(), what),
              "Make the file with `undertone extract`.");
}

template <class T>
T element(const NpyArray& array, std::size_t i) {
  T value;
  std::memcpy(&value, array.data.data() + i * sizeof(T), sizeof(T));
  return value;
}

tensor::Matrix<float> matrix_of(const NpyArray& array) {
  tensor::Matrix<float> matrix(array.shape[0], array.shape[1]);
  const bool is_float = array.type == NpyArray::Type::kFloat32;
  for (std::size_t i = 0; i < matrix.rows() * matrix.cols(); ++i) {
    matrix.data()[i] =
        is_float ? element<float>(array, i) : static_cast<float>(element<double>(array, i));
  }
  return matrix;
}

std::string numbers_text(const std::vector<std::size_t>& numbers) {
  return fmt::format("{}", fmt::join(numbers, ", "));
}

// The members of one file.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& path) : path_(path), file_(path) {}

  const std::vector<std::string>& names() const { return file_.names(); }
  bool contains(const std::string& name) const { return file_.contains(name); }

  // The embeddings of one layer, and which that is.
  tensor::Matrix<float> embeddings(std::optional<std::size_t> asked, EmbeddingTable& table) {
    table.layers = layers();
    const std::vector<std::uint64_t> shape = file_.shape("embeddings");
    if (shape.size() != 2 && shape.size() != 3) {
      invalid(path_, "'embeddings' is not a two- or three-dimensional array of floats");
    }
    // Rows without values cost nothing in the file, so nothing would bound their number.
    if (shape[0] != 0 && shape.back() == 0) invalid(path_, "'embeddings' has rows of no values");
    const std::size_t in_file = shape.size() == 3 ? shape[1] : 1;
    if (in_file != table.layers.size()) {
      invalid(path_, fmt::format("'layer' names {} hidden states, 'embeddings' has {}",
                                 table.layers.size(), in_file));
    }
    const std::size_t wanted = asked.value_or(table.layers.back());
    const auto found = std::find(table.layers.begin(), table.layers.end(), wanted);
    if (found == table.layers.end()) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("{}: has no embeddings of layer {}, but of {}", path_.string(),
                              wanted, numbers_text(table.layers)),
                  "Make them with `undertone extract --layer all`.");
    }
    table.origin.layer = wanted;
    const auto index = static_cast<std::size_t>(found - table.layers.begin());
    const NpyArray array =
        shape.size() == 3 ? file_.read_slice("embeddings", index) : file_.read("embeddings");
    if (array.type != NpyArray::Type::kFloat32 && array.type != NpyArray::Type::kFloat64) {
      invalid(path_, "'embeddings' is not a two- or three-dimensional array of floats");
    }
    return matrix_of(array);
  }

  std::vector<std::string> texts(const std::string& name, std::optional<std::size_t> count) {
    if (!file_.contains(name)) return std::vector<std::string>(count.value_or(0));
    NpyArray array = file_.read(name);
    if (array.type != NpyArray::Type::kUnicode || array.shape.size() != 1) {
      invalid(path_, fmt::format("'{}' is not a one-dimensional array of texts", name));
    }
    if (count && array.strings.size() != *count) {
      invalid(path_, fmt::format("'{}' has {} elements where there are {} embeddings", name,
                                 array.strings.size(), *count));
    }
    return std::move(array.strings);
  }

  std::string text(const std::string& name) {
    NpyArray array = file_.read(name);
    if (array.type != NpyArray::Type::kUnicode || array.strings.size() != 1) {
      invalid(path_, fmt::format("'{}' is not a text", name));
    }
    return std::move(array.strings[0]);
  }

 private:
  // A number, or several in ascending order.
  std::vector<std::size_t> layers() {
    constexpr std::size_t kMost = 100000;
    const NpyArray array = file_.read("layer");
    const std::uint64_t count = array.element_count();
    if (array.shape.size() > 1 || count == 0 || count > kMost ||
        (array.type != NpyArray::Type::kInt64 && array.type != NpyArray::Type::kInt32)) {
      invalid(path_, "'layer' is neither the number of a layer nor a list of such");
    }
    std::vector<std::size_t> layers;
    for (std::size_t i = 0; i < count; ++i) {
      const std::int64_t layer = array.type == NpyArray::Type::kInt64
                                     ? element<std::int64_t>(array, i)
                                     : element<std::int32_t>(array, i);
      const bool ascending = layers.empty() || layer > static_cast<std::int64_t>(layers.back());
      if (layer < 0 || layer > static_cast<std::int64_t>(kMost) || !ascending) {
        invalid(path_, fmt::format("'layer' has {} where the number of a layer belongs", layer));
      }
      layers.push_back(static_cast<std::size_t>(layer));
    }
    return layers;
  }

  std::filesystem::path path_;
  tensor::NpzFile file_;
};

// All arrays but `embeddings` and `layer`.
Arrays texts_of(const EmbeddingTable& table, std::size_t count) {
  Arrays arrays;
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
    if (origin.text == &EmbeddingOrigin::encoder_doubt && table.origin.encoder_doubt.empty()) {
      continue;
    }
    arrays[origin.name] = tensor::make_scalar(table.origin.*origin.text);
  }
  return arrays;
}

// Bytes of rows, a row at a time, however many are asked for.
class RowBytes {
 public:
  explicit RowBytes(const EmbeddingRows& rows)
      : rows_(&rows),
        values_(rows.values * rows.layers.size()),
        at_(values_.size() * sizeof(float)) {}

  void operator()(std::span<std::byte> out) {
    const auto row = std::as_bytes(std::span(values_));
    while (!out.empty()) {
      if (at_ == row.size()) {
        rows_->read(next_++, values_);
        at_ = 0;
      }
      const std::size_t count = std::min(out.size(), row.size() - at_);
      std::memcpy(out.data(), row.data() + at_, count);
      out = out.subspan(count);
      at_ += count;
    }
  }

 private:
  const EmbeddingRows* rows_;
  std::vector<float> values_;
  std::size_t at_;  // in the row
  std::size_t next_ = 0;
};

}  // namespace

void write_embeddings(const std::filesystem::path& path, const EmbeddingTable& table) {
  const EmbeddingRows rows{table.embeddings.rows(),
                           table.embeddings.cols(),
                           {table.origin.layer},
                           [&table](std::size_t row, std::span<float> values) {
                             const auto from = table.embeddings.row(row);
                             std::copy(from.begin(), from.end(), values.begin());
                           }};
  write_embeddings(path, table, rows, {});
}

void write_embeddings(const std::filesystem::path& path, const EmbeddingTable& table,
                      const EmbeddingRows& rows, const tensor::NpzOptions& options) {
  Arrays arrays = texts_of(table, rows.rows);
  const std::vector<std::int64_t> layers(rows.layers.begin(), rows.layers.end());
  const bool several = layers.size() > 1;
  arrays["layer"] =
      tensor::make_array(std::span(layers), several ? std::vector<std::uint64_t>{layers.size()}
                                                    : std::vector<std::uint64_t>{});
  std::vector<std::uint64_t> shape = {rows.rows, rows.values};
  if (several) shape.insert(shape.begin() + 1, layers.size());
  tensor::write_npz(path, arrays,
                    {{"embeddings", {NpyArray::Type::kFloat32, shape, RowBytes(rows)}}}, options);
}

EmbeddingTable read_embeddings(const std::filesystem::path& path,
                               std::optional<std::size_t> layer) {
  Reader reader(path);
  for (const char* name : {"embeddings", "layer"}) {
    if (!reader.contains(name)) invalid(path, fmt::format("there is no array '{}'", name));
  }
  EmbeddingTable table;
  table.source = path.string();
  for (const OriginText& origin : kOrigin) {
    if (reader.contains(origin.name)) {
      table.origin.*origin.text = reader.text(origin.name);
    } else if (origin.required) {
      invalid(path, fmt::format("there is no array '{}'", origin.name));
    }
  }
  table.embeddings = reader.embeddings(layer, table);
  const std::size_t count = table.embeddings.rows();
  for (const TextList& list : kLists) table.*list.list = reader.texts(list.name, count);
  for (const std::string& name : reader.names()) {
    if (!name.starts_with(kColumnPrefix)) continue;
    table.columns[name.substr(kColumnPrefix.size())] = reader.texts(name, count);
  }
  for (const TextList& list : kFailureLists) {
    table.*list.list = reader.texts(list.name, std::nullopt);
  }
  return table;
}

}  // namespace undertone::pipeline
