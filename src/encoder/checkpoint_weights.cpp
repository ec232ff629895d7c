#include "encoder/checkpoint_weights.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>
#include <span>

#include <undertone/error.hpp>

#include "common/sha256.hpp"
#include "tensor/safetensors.hpp"

namespace undertone::encoder {
namespace {

constexpr std::array kFileNames{"model.safetensors", "model.safetensors.index.json",
                                "pytorch_model.bin", "pytorch_model.bin.index.json"};

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

// The name, the shape and up to kSamples evenly spaced values.
std::string digest(std::string_view name, std::span<const std::size_t> shape,
                   std::span<const float> values) {
  constexpr std::size_t kSamples = 4096;
  Sha256 hash;
  hash.update(fmt::format("{}[{}]", name, fmt::join(shape, ",")));
  std::array<float, kSamples> samples{};
  const std::size_t count = std::min(values.size(), kSamples);
  for (std::size_t i = 0; i < count; ++i) samples[i] = values[i * values.size() / count];
  hash.update(std::as_bytes(std::span(samples).first(count)));
  return hash.hex_digest();
}

}  // namespace

std::filesystem::path checkpoint_file(const std::filesystem::path& folder) {
  for (const char* name : kFileNames) {
    if (std::filesystem::exists(folder / name)) return folder / name;
  }
  throw Error(ErrorCode::kModelNotFound, fmt::format("{}: no weights; looked for {}",
                                                     folder.string(), fmt::join(kFileNames, ", ")));
}

CheckpointWeights::CheckpointWeights(const std::filesystem::path& folder)
    : archive_(tensor::open_archive(checkpoint_file(folder))) {
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

std::vector<float> CheckpointWeights::read(std::string_view name,
                                           std::initializer_list<std::size_t> shape) {
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
  if (!is_floating_point(info->dtype)) {
    throw Error(ErrorCode::kModelUnsupported,
                fmt::format("{}: '{}' is quantised or no weight at all: its type is {}",
                            path().string(), info->name, to_string(info->dtype)),
                "Use a checkpoint in F32, F16 or BF16.");
  }
  std::vector<float> values(info->element_count());
  archive_->read_floats(*info, values);
  if (!std::all_of(values.begin(), values.end(),
                   [](float value) { return std::isfinite(value); })) {
    throw Error(ErrorCode::kModelCorrupt, fmt::format("{}: '{}' holds a value that is not a number",
                                                      path().string(), info->name));
  }
  signs_.add(name, std::span(shape.begin(), shape.size()), values);
  std::string fingerprint = digest(name, std::span(shape.begin(), shape.size()), values);
  const std::lock_guard lock(mutex_);
  digests_[std::string(name)] = std::move(fingerprint);
  return values;
}

std::vector<float> CheckpointWeights::read_or_zeros(std::string_view name, std::size_t size) {
  return has(name) ? read(name, {size}) : std::vector<float>(size, 0.0F);
}

std::string CheckpointWeights::doubt() const {
  if (const auto* file = dynamic_cast<const tensor::SafetensorsFile*>(archive_.get())) {
    const auto found = file->metadata().find(std::string(kWeightsKey));
    if (found != file->metadata().end() && found->second == kRandomWeights) {
      return "is untrained: its weights were drawn at random, for tests and measurements";
    }
  }
  return signs_.doubt();
}

std::string CheckpointWeights::fingerprint(std::string_view configuration) const {
  const std::lock_guard lock(mutex_);
  Sha256 hash;
  hash.update(configuration);
  for (const auto& [name, digest] : digests_) hash.update(digest);
  return hash.hex_digest();
}

}  // namespace undertone::encoder
