#include "encoder/checkpoint_weights.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>
#include <span>
#include <utility>

#include <undertone/error.hpp>

#include "common/sha256.hpp"
#include "encoder/kernels/kernel_table.hpp"
#include "encoder/kernels/strip_kernels.hpp"
#include "tensor/safetensors.hpp"

namespace undertone::encoder {
namespace {

constexpr std::array kFileNames{kPackedFile, std::string_view("model.safetensors"),
                                std::string_view("model.safetensors.index.json"),
                                std::string_view("pytorch_model.bin"),
                                std::string_view("pytorch_model.bin.index.json")};

// A tensor that every encoder on waveforms has, and one of every Whisper, by which the prefix is
// recognised.
constexpr std::string_view kLandmark = "feature_extractor.conv_layers.0.conv.weight";
constexpr std::string_view kWhisperLandmark = "conv1.weight";

struct Prefix {
  std::string_view prefix;
  std::string_view landmark;
};

constexpr std::array kPrefixes{Prefix{"", kLandmark},
                               Prefix{"hubert.", kLandmark},
                               Prefix{"wav2vec2.", kLandmark},
                               Prefix{"wavlm.", kLandmark},
                               Prefix{"model.encoder.", kWhisperLandmark},
                               Prefix{"encoder.", kWhisperLandmark},
                               Prefix{"", kWhisperLandmark}};

// Newer PyTorch stores weight norm as a parametrization.
std::optional<std::string> newer_spelling(std::string_view name) {
  constexpr std::array<std::array<std::string_view, 2>, 2> kSpellings{
      {{"weight_g", "parametrizations.weight.original0"},
       {"weight_v", "parametrizations.weight.original1"}}};
  for (const auto& [older, newer] : kSpellings) {
    if (name.ends_with(older))
      return std::string(name.substr(0, name.size() - older.size())) + std::string(newer);
  }
  return std::nullopt;
}

bool is_floating_point(tensor::DType dtype) {
  using tensor::DType;
  return dtype == DType::kF64 || dtype == DType::kF32 || dtype == DType::kF16 ||
         dtype == DType::kBF16;
}

// Values of a mapped tensor that may stay in memory behind the row that is read: 1 MiB, since
// giving pages back costs a call of the system and interrupts every thread.
constexpr std::size_t kMostHeld = std::size_t{1} << 18;

// By the bits of the exponent and without leaving early, since compilers vectorise that.
bool all_finite(std::span<const float> values) {
  std::uint32_t odd = 0;
  for (const float value : values) {
    odd |= (std::bit_cast<std::uint32_t>(value) & 0x7F800000U) == 0x7F800000U ? 1U : 0U;
  }
  return odd == 0;
}

}  // namespace

WeightRows::WeightRows(CheckpointWeights& weights, const tensor::TensorInfo& info,
                       std::string_view name, std::span<const std::size_t> shape)
    : weights_(weights),
      info_(info),
      name_(name),
      rows_(shape.front()),
      columns_(rows_ == 0 ? 0 : info.element_count() / rows_),
      values_(weights.archive().mapped_floats(info)),
      digest_(name, shape),
      signs_(name, shape) {
  if (!values_.empty() || info.element_count() == 0) return;
  copy_.resize(info.element_count());
  weights.archive().read_floats(info, copy_);
  values_ = copy_;
}

WeightRows::~WeightRows() { release(next_ * columns_); }

tensor::MatrixView<const float> WeightRows::next(std::size_t count) {
  const std::size_t begin = next_ * columns_;
  if (begin - released_ >= kMostHeld) release(begin);
  const std::span<const float> values = values_.subspan(begin, count * columns_);
  if (!all_finite(values)) {
    throw Error(ErrorCode::kModelCorrupt, fmt::format("{}: '{}' holds a value that is not a number",
                                                      weights_.path().string(), info_.name));
  }
  next_ += count;
  if (!weights_.packing()) {  // else its identity is in its metadata
    digest_.add(values);
    signs_.add(values);
    if (left() == 0) weights_.remember(name_, digest_, signs_);
  }
  return {values.data(), count, columns_};
}

// From the tensor's beginning, since a look at one page may bring back pages before it: systems map
// large blocks of the page cache whole.
void WeightRows::release(std::size_t end) {
  if (!copy_.empty()) return;
  weights_.archive().release(info_, std::as_bytes(values_.first(end)));
  released_ = end;
}

std::filesystem::path checkpoint_file(const std::filesystem::path& folder) {
  for (const std::string_view name : kFileNames) {
    if (std::filesystem::exists(folder / name)) return folder / name;
  }
  throw Error(ErrorCode::kModelNotFound, fmt::format("{}: no weights; looked for {}",
                                                     folder.string(), fmt::join(kFileNames, ", ")));
}

CheckpointWeights::CheckpointWeights(const std::filesystem::path& folder)
    : archive_(tensor::open_archive(checkpoint_file(folder))), packing_(packing_of(*archive_)) {
  if (packing_) return;
  for (const auto& [prefix, landmark] : kPrefixes) {
    if (archive_->find(std::string(prefix) + std::string(landmark)) != nullptr) {
      prefix_ = prefix;
      return;
    }
  }
  throw Error(ErrorCode::kModelCorrupt,
              fmt::format("{}: no tensor '{}' or '{}', with or without a prefix",
                          archive_->path().string(), kLandmark, kWhisperLandmark),
              "The file is not the checkpoint of a HuBERT, wav2vec 2.0, WavLM or Whisper encoder.");
}

const tensor::TensorInfo* CheckpointWeights::find(std::string_view name) const {
  if (const auto* found = archive_->find(prefix_ + std::string(name))) return found;
  const auto newer = newer_spelling(name);
  return newer ? archive_->find(prefix_ + *newer) : nullptr;
}

bool CheckpointWeights::has(std::string_view name) const { return find(name) != nullptr; }

const tensor::TensorInfo& CheckpointWeights::require(
    std::string_view name, std::initializer_list<std::size_t> shape) const {
  const tensor::TensorInfo* info = find(name);
  if (info == nullptr) {
    throw Error(ErrorCode::kModelCorrupt,
                fmt::format("{}: no tensor '{}{}', which config.json asks for", path().string(),
                            prefix_, name));
  }
  if (!std::equal(shape.begin(), shape.end(), info->shape.begin(), info->shape.end())) {
    throw Error(
        ErrorCode::kModelCorrupt,
        fmt::format("{}: '{}' has the shape [{}], but config.json asks for [{}]", path().string(),
                    info->name, fmt::join(info->shape, ", "), fmt::join(shape, ", ")));
  }
  return *info;
}

WeightRows CheckpointWeights::rows(std::string_view name,
                                   std::initializer_list<std::size_t> shape) {
  const tensor::TensorInfo& info = require(name, shape);
  if (!is_floating_point(info.dtype)) {
    throw Error(ErrorCode::kModelUnsupported,
                fmt::format("{}: '{}' is quantised or no weight at all: its type is {}",
                            path().string(), info.name, to_string(info.dtype)),
                "Use a checkpoint in F32, F16 or BF16.");
  }
  return {*this, info, name, std::span(shape.begin(), shape.size())};
}

std::vector<float> CheckpointWeights::read(std::string_view name,
                                           std::initializer_list<std::size_t> shape) {
  WeightRows tensor = rows(name, shape);
  const tensor::MatrixView<const float> all = tensor.next(tensor.left());
  return {all.data(), all.data() + all.rows() * all.cols()};
}

void CheckpointWeights::remember(const std::string& name, const TensorDigest& digest,
                                 const TrainingSigns::Tensor& signs) {
  signs_.add(signs);
  std::string hex = digest.hex();
  const std::lock_guard lock(mutex_);
  digests_[name] = std::move(hex);
}

std::vector<float> CheckpointWeights::read_or_zeros(std::string_view name, std::size_t size) {
  return has(name) ? read(name, {size}) : std::vector<float>(size, 0.0F);
}

PackedPanels CheckpointWeights::panels(const std::string& name, std::size_t k, std::size_t n) {
  const std::string full_name = name + std::string(kPanelsEnding);
  const auto corrupt = [&](const std::string& what) {
    return Error(ErrorCode::kModelCorrupt,
                 fmt::format("{}: '{}' {}", path().string(), full_name, what),
                 "Pack the encoder that it was made from again, with `undertone models pack`.");
  };
  const auto& file = dynamic_cast<const tensor::SafetensorsFile&>(*archive_);
  const tensor::TensorInfo* info = file.find(full_name);
  if (info == nullptr) throw corrupt("is missing, which config.json asks for");
  const std::optional<Precision> precision = panel_precision(info->dtype);
  if (!precision || *precision > packing_->precision) {
    throw corrupt(fmt::format("is of type {}, in a file packed in {}", to_string(info->dtype),
                              to_string(packing_->precision)));
  }
  const std::size_t lanes = lanes_of(k, *precision);
  const std::array<std::uint64_t, 3> shape{(n + kPanelWidth - 1) / kPanelWidth, lanes,
                                           kPanelWidth * values_per_lane(*precision)};
  if (!std::equal(shape.begin(), shape.end(), info->shape.begin(), info->shape.end())) {
    throw corrupt(fmt::format("has the shape [{}], but config.json asks for [{}]",
                              fmt::join(info->shape, ", "), fmt::join(shape, ", ")));
  }
  const std::span<const std::byte> bytes = file.bytes(*info);
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % tensor::kAlignment != 0) {
    throw corrupt("does not begin at a multiple of 64 bytes");
  }
  std::vector<float> scales;
  std::vector<std::int32_t> sums;
  if (*precision == Precision::kInt8) {
    scales = read(name + std::string(kScalesEnding), {n});
    const tensor::TensorInfo& stored = require(name + std::string(kSumsEnding), {n});
    if (stored.dtype != tensor::DType::kI32) {
      throw corrupt(fmt::format("has sums of type {}", to_string(stored.dtype)));
    }
    sums.resize(n);
    std::memcpy(sums.data(), file.bytes(stored).data(), n * sizeof(std::int32_t));
  }
  return {
      k,
      n,
      *precision,
      {reinterpret_cast<const std::uint32_t*>(bytes.data()), bytes.size() / sizeof(std::uint32_t)},
      std::move(scales),
      std::move(sums)};
}

void CheckpointWeights::release() const {
  if (packing_) return;
  for (const tensor::TensorInfo& info : archive_->tensors()) {
    archive_->release(info, std::as_bytes(archive_->mapped_floats(info)));
  }
}

std::string CheckpointWeights::doubt() const {
  if (packing_) return packing_->doubt;
  if (const auto* file = dynamic_cast<const tensor::SafetensorsFile*>(archive_.get())) {
    const auto found = file->metadata().find(std::string(kWeightsKey));
    if (found != file->metadata().end() && found->second == kRandomWeights) {
      return "is untrained: its weights were drawn at random, for tests and measurements";
    }
  }
  return signs_.doubt();
}

std::string CheckpointWeights::fingerprint(std::string_view configuration) const {
  Sha256 hash;
  hash.update(configuration);
  hash.update(digests());
  return hash.hex_digest();
}

std::string CheckpointWeights::digests() const {
  if (packing_) return packing_->digests;
  const std::lock_guard lock(mutex_);
  std::string all;
  for (const auto& [name, digest] : digests_) all += digest;
  return all;
}

}  // namespace undertone::encoder
