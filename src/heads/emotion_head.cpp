#include "heads/emotion_head.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utility>

#include <undertone/error.hpp>

#include "tensor/printable.hpp"

namespace undertone::heads {
namespace {

using tensor::DType;
using tensor::TensorArchive;
using tensor::TensorInfo;

// What the file has in the head's place, for the message that something else is missing.
std::string tensors_of_a_head(const TensorArchive& archive) {
  constexpr std::size_t kMost = 8;
  std::string names;
  std::size_t count = 0;
  for (const TensorInfo& info : archive.tensors()) {
    if (!is_head_tensor(info.name)) continue;
    if (++count > kMost) return names + " ...";
    names += (names.empty() ? "" : ", ") + tensor::printable(info.name);
  }
  return names.empty() ? "no tensor of a head" : names;
}

const TensorInfo& require_tensor(const HeadConfig& config, const TensorArchive& archive,
                                 const std::string& name) {
  const TensorInfo* const info = archive.find(name);
  if (info == nullptr) {
    throw Error(
        ErrorCode::kModelCorrupt,
        fmt::format("{}: no tensor '{}', which the head of {} has; found {}",
                    archive.path().string(), name, config.architecture, tensors_of_a_head(archive)),
        "Nothing is made up for weights that are missing. Use a checkpoint with the head "
        "that its config.json names, or train a classifier with `undertone extract` and "
        "`undertone train`.");
  }
  if (info->dtype != DType::kF32 && info->dtype != DType::kF16 && info->dtype != DType::kBF16 &&
      info->dtype != DType::kF64) {
    throw Error(ErrorCode::kModelUnsupported,
                fmt::format("{}: '{}' is of type {}: quantised weights", archive.path().string(),
                            name, to_string(info->dtype)),
                "Supported are F32, F16, BF16 and F64.");
  }
  return *info;
}

std::vector<float> read(const HeadConfig& config, const TensorArchive& archive,
                        const std::string& name, const std::vector<std::uint64_t>& shape) {
  const TensorInfo& info = require_tensor(config, archive, name);
  if (info.shape != shape) {
    throw Error(ErrorCode::kModelCorrupt,
                fmt::format("{}: '{}' has the shape [{}], but the head of {} asks for [{}]",
                            archive.path().string(), name, fmt::join(info.shape, ", "),
                            config.architecture, fmt::join(shape, ", ")));
  }
  std::vector<float> values(info.element_count());
  archive.read_floats(info, values);
  if (!std::all_of(values.begin(), values.end(),
                   [](float value) { return std::isfinite(value); })) {
    throw Error(ErrorCode::kModelCorrupt, fmt::format("{}: '{}' holds a value that is not a number",
                                                      archive.path().string(), name));
  }
  return values;
}

// How many values the first linear layer gives: the configuration need not say.
std::uint64_t rows_of(const HeadConfig& config, const TensorArchive& archive,
                      const std::string& name) {
  const TensorInfo& info = require_tensor(config, archive, name);
  if (info.shape.size() != 2 || info.shape[0] == 0) {
    throw Error(ErrorCode::kModelCorrupt,
                fmt::format("{}: '{}' has the shape [{}], which is no matrix",
                            archive.path().string(), name, fmt::join(info.shape, ", ")));
  }
  return info.shape[0];
}

// The labels against the last layer, before its shape is asked for: what a reader must repair is
// the configuration.
void require_labels(const HeadConfig& config, const TensorArchive& archive,
                    const std::string& name) {
  const std::uint64_t rows = rows_of(config, archive, name);
  if (rows != config.labels.size()) {
    throw Error(ErrorCode::kModelCorrupt,
                fmt::format("{}: '{}' gives {} values, but config.json names {} labels ('id2label' "
                            "or 'num_labels')",
                            archive.path().string(), name, rows, config.labels.size()));
  }
}

std::vector<double> softmax(std::span<const double> x) {
  const double most = *std::max_element(x.begin(), x.end());
  std::vector<double> result;
  double sum = 0.0;
  for (const double value : x) sum += result.emplace_back(std::exp(value - most));
  for (double& value : result) value /= sum;
  return result;
}

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

}  // namespace

bool is_head_tensor(std::string_view name) {
  return name.starts_with("classifier") || name.starts_with("projector") ||
         name.starts_with("layer_weights");
}

std::vector<double> EmotionHead::Linear::apply(std::span<const double> x) const {
  std::vector<double> y(bias.begin(), bias.end());
  const float* row = weight.data();
  for (double& value : y) {
    double sum = 0.0;
    for (const double element : x) sum += static_cast<double>(*row++) * element;
    value += sum;
  }
  return y;
}

EmotionHead::EmotionHead(HeadConfig config, const TensorArchive& archive, std::size_t hidden_size,
                         std::size_t states)
    : config_(std::move(config)),
      source_(archive.path().string()),
      hidden_size_(hidden_size),
      last_state_(states - 1),
      state_weights_{1.0} {
  const bool dense = config_.form == HeadForm::kDense;
  const std::string first = dense ? "classifier.dense" : "projector";
  const std::string second = dense ? "classifier.out_proj" : "classifier";
  const std::uint64_t width = rows_of(config_, archive, first + ".weight");
  require_labels(config_, archive, second + ".weight");
  first_.weight = read(config_, archive, first + ".weight", {width, hidden_size});
  first_.bias = read(config_, archive, first + ".bias", {width});
  second_.weight = read(config_, archive, second + ".weight", {config_.labels.size(), width});
  second_.bias = read(config_, archive, second + ".bias", {config_.labels.size()});
  if (config_.weighted_layers) {
    const std::vector<float> weights = read(config_, archive, "layer_weights", {states});
    state_weights_ = softmax(std::vector<double>(weights.begin(), weights.end()));
  }
}

HeadValues EmotionHead::apply(std::span<const float> pooled) const {
  if (pooled.size() != state_weights_.size() * hidden_size_) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{} values for a head that takes {} means of {}", pooled.size(),
                            state_weights_.size(), hidden_size_));
  }
  std::vector<double> mean(hidden_size_, 0.0);
  for (std::size_t s = 0; s < state_weights_.size(); ++s) {
    const std::span<const float> state = pooled.subspan(s * hidden_size_, hidden_size_);
    for (std::size_t i = 0; i < hidden_size_; ++i) {
      mean[i] += state_weights_[s] * static_cast<double>(state[i]);
    }
  }
  HeadValues values;
  values.hidden = first_.apply(mean);
  if (config_.form == HeadForm::kDense) {
    for (double& value : values.hidden) value = std::tanh(value);
  }
  values.logits = second_.apply(values.hidden);
  switch (config_.problem) {
    case Problem::kSingleLabel:
      values.scores = softmax(values.logits);
      break;
    case Problem::kMultiLabel:
      for (const double logit : values.logits) values.scores.push_back(sigmoid(logit));
      break;
    case Problem::kRegression:
      values.scores = values.logits;
      break;
  }
  if (!std::all_of(values.scores.begin(), values.scores.end(),
                   [](double score) { return std::isfinite(score); })) {
    throw Error(ErrorCode::kModelCorrupt,
                fmt::format("{}: the head of {} gave a value that is not finite", source_,
                            config_.architecture),
                "Weights this large are those of no trained model.");
  }
  return values;
}

}  // namespace undertone::heads
