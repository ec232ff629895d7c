#include "undertone/model_description.hpp"

#include <cstdint>
#include <fmt/format.h>
#include <memory>
#include <utility>
#include <vector>

#include <undertone/error.hpp>

#include "classifier/bundle.hpp"
#include "common/thread_pool.hpp"
#include "encoder/checkpoint_weights.hpp"
#include "encoder/packing.hpp"
#include "encoder/speech_encoder.hpp"
#include "heads/emotion_head.hpp"
#include "pipeline/cross_fitting.hpp"
#include "tensor/tensor_archive.hpp"
#include "undertone/console.hpp"

namespace undertone::cli {
namespace {

std::string field(const char* name, const std::string& value) {
  return fmt::format("{:<16} {}\n", name, printable(value));
}

std::string joined(const auto& values, const char* separator) {
  std::string text;
  for (const auto& value : values) {
    if (!text.empty()) text += separator;
    text += fmt::format("{}", value);
  }
  return text;
}

std::string tensor_summary(const tensor::TensorArchive& archive) {
  std::uint64_t numbers = 0;
  for (const tensor::TensorInfo& info : archive.tensors()) numbers += info.element_count();
  return field("tensors", fmt::format("{}, {} numbers", archive.tensors().size(), numbers));
}

std::string tensor_lines(const tensor::TensorArchive& archive) {
  std::string text;
  for (const tensor::TensorInfo& info : archive.tensors()) {
    text += printable(fmt::format("  {:<5} [{}]  {}", to_string(info.dtype),
                                  joined(info.shape, ", "), info.name)) +
            '\n';
  }
  return text;
}

std::string describe_head(const heads::EmotionHead& head, bool has_bundle) {
  const heads::HeadConfig& config = head.config();
  const bool dense = config.form == heads::HeadForm::kDense;
  std::string text =
      field("head",
            config.architecture + (has_bundle ? ", which stands back behind the classifier" : ""));
  text += field("head computes",
                dense ? fmt::format("mean of the frames, dense to {}, tanh, linear to {}",
                                    head.hidden_width(), config.labels.size())
                      : fmt::format("projection to {}, mean of the frames, linear to {}",
                                    head.hidden_width(), config.labels.size()));
  if (config.weighted_layers) {
    std::vector<std::string> weights;
    for (const double weight : head.state_weights())
      weights.push_back(fmt::format("{:.3f}", weight));
    text += field("head layers", fmt::format("{} to {}, weighted {}", head.first_state(),
                                             head.last_state(), joined(weights, " ")));
  } else {
    text += field("head layers", fmt::format("{}, the last", head.last_state()));
  }
  text += field("head problem", std::string(to_string(config.problem)));
  text += field(config.problem == heads::Problem::kRegression ? "head dimensions" : "head labels",
                joined(config.labels, ", "));
  return text;
}

// The encoder is of use whatever its head is.
std::string head_lines(const encoder::SpeechEncoder& encoder, const std::filesystem::path& folder,
                       const tensor::TensorArchive& archive, bool has_bundle) {
  try {
    auto config = heads::read_head_config(folder);
    if (!config) return field("head", "none");
    return describe_head(
        {std::move(*config), archive, encoder.dimension(), encoder.last_layer() + 1}, has_bundle);
  } catch (const Error& error) {
    return field("head", fmt::format("of no use [{}]: {}", to_string(error.code()), error.what()));
  }
}

std::string describe_bundle(const classifier::Bundle& bundle) {
  const classifier::EmotionClassifier& fitted = bundle.classifier;
  const classifier::Provenance& from = bundle.provenance;
  std::string text = field("kind", "classifier bundle");
  text += field("classes", joined(fitted.class_names(), ", "));
  if (!bundle.training.class_counts.empty()) {
    text += field("trained on", joined(bundle.training.class_counts, ", ") + " embeddings of each");
  }
  text += field("encoder", from.encoder.name);
  text += field("fingerprint", from.encoder.fingerprint);
  text += field("layer", fmt::format("{}", from.encoder.layer));
  text += field("pooling", from.encoder.pooling);
  text += field("features", fmt::format("{}", fitted.features()));
  text += field("pca", fitted.pca() ? fmt::format("{} components", fitted.pca()->components_count())
                                    : std::string("none"));
  text += field("classifier", fitted_in_words(bundle));
  if (from.calibration) text += field("calibration", pipeline::in_words(*from.calibration));
  text += field("precision", from.precision);
  text += field("resampler", from.resampler);
  text += field("corpora", joined(from.corpora, ", "));
  if (!from.split.empty()) text += field("split", from.split);
  for (const auto& [name, score] : from.scores) {
    text += field("score", fmt::format("{} {:.4f}", name, score));
  }
  text += field("licence", from.licence.empty() ? "not stated" : from.licence);
  text += field("created by", from.created_by);
  return text;
}

}  // namespace

std::string fitted_in_words(const classifier::Bundle& bundle) {
  const classifier::EmotionClassifier& fitted = bundle.classifier;
  const classifier::EmotionClassifierOptions& options = bundle.training.options;
  std::vector<std::string> parts;
  if (const auto* svm = fitted.svm()) {
    parts.push_back(
        fmt::format("{} support vectors, {} machines ({}), C = {}, gamma = {:.6g}, "
                    "class weight {}",
                    svm->parameters().support_vectors.rows(), svm->machines(),
                    to_string(svm->parameters().multiclass), options.svm.c, svm->parameters().gamma,
                    to_string(options.svm.class_weight)));
  }
  if (fitted.logistic() != nullptr) {
    parts.push_back(fmt::format("logistic regression, C = {}, class weight {}", options.logistic.c,
                                to_string(options.logistic.class_weight)));
  }
  if (const auto* forest = fitted.forest()) {
    parts.push_back(fmt::format("{} trees of {} nodes in all, class weight {}", forest->trees(),
                                forest->nodes(), to_string(options.forest.class_weight)));
  }
  if (fitted.ensemble() == nullptr) return parts.front();
  std::string text = "mean of the probabilities of";
  for (std::size_t p = 0; p < parts.size(); ++p) {
    text += fmt::format("{} {}", p == 0 ? "" : ";", parts[p]);
  }
  if (!options.voting.weights.empty()) {
    text += "; weights";
    for (std::size_t m = 0; m < options.voting.members.size(); ++m) {
      text +=
          fmt::format(" {} {}", to_string(options.voting.members[m]), options.voting.weights[m]);
    }
  }
  return text;
}

std::string describe_encoder(const encoder::LocatedModel& model) {
  ThreadPool pool(available_threads());
  encoder::LoadOptions options;
  options.name = model.name;
  std::string notes;
  options.warn = [&notes](std::string_view text) { notes += field("note", std::string(text)); };
  const auto loaded = encoder::SpeechEncoder::load(model.folder, options, pool);
  const encoder::EncoderConfig& config = loaded->config();
  const auto archive = tensor::open_archive(encoder::checkpoint_file(model.folder));
  encoder::require_finite_panels(*archive);  // which loading takes on trust

  std::vector<std::string> convolutions;
  for (const encoder::ConvLayer& layer : config.conv_layers) {
    convolutions.push_back(fmt::format("{}x{}/{}", layer.channels, layer.kernel, layer.stride));
  }
  std::string text = field("kind", "encoder");
  text += field("name", model.name);
  text += field("folder", model.folder.string());
  text += field("family", std::string(to_string(config.family)));
  text += field("transformer",
                fmt::format("{} layers, {} wide, {} heads, feed-forward {}, {}", config.layers,
                            config.hidden_size, config.heads, config.feed_forward_size,
                            config.pre_norm ? "pre-norm" : "post-norm"));
  if (config.family == encoder::Family::kWhisper) {
    text += field("spectrogram", fmt::format("{} mel bins", config.mel_bins));
    text += field("positions", fmt::format("table of {} ({:.0f} s{})", config.max_positions,
                                           static_cast<double>(config.max_samples()) / 16000.0,
                                           config.clip_context ? "" : ", filled up with silence"));
    text += field("context", config.clip_context ? "the clip alone" : "padded");
  } else {
    text += field("convolutions",
                  fmt::format("{} (channels x kernel / stride), {} norm", joined(convolutions, " "),
                              config.conv_norm == encoder::ConvNorm::kGroup ? "group" : "layer"));
    text += field("positions", fmt::format("convolution of {}, {} groups", config.position_kernel,
                                           config.position_groups));
  }
  if (config.position_buckets != 0) {
    text +=
        field("position bias", fmt::format("{} buckets up to a distance of {}",
                                           config.position_buckets, config.position_max_distance));
  }
  text += field("frame", fmt::format("{} samples ({:.1f} ms), every {} samples ({:.1f} ms)",
                                     config.receptive_field(),
                                     static_cast<double>(config.receptive_field()) / 16.0,
                                     config.hop(), static_cast<double>(config.hop()) / 16.0));
  text += field("waveform", config.normalize_waveform ? "zero mean, unit variance" : "as it is");
  text += field("fingerprint", loaded->fingerprint());
  const auto bundle = model.folder / "bundle.safetensors";
  const bool has_bundle = std::filesystem::exists(bundle);
  text += field("classifier", has_bundle ? bundle.string() : "none beside it");
  text += head_lines(*loaded, model.folder, *archive, has_bundle);
  text += field("weights", archive->path().string());
  if (const auto packing = encoder::packing_of(*archive)) {
    text += field("packed", fmt::format("in {}, layout {}", to_string(packing->precision),
                                        encoder::kPanelLayout));
  }
  return text + tensor_summary(*archive) + notes;
}

std::string classifier_of(const std::filesystem::path& folder) {
  if (std::filesystem::exists(folder / "bundle.safetensors")) return "yes";
  try {
    return heads::read_head_config(folder) ? "head" : "no";
  } catch (const Error&) {
    return "no";
  }
}

std::string packed_in(const std::filesystem::path& folder) {
  try {
    const auto packing = encoder::packing_in(folder);
    return packing ? std::string(to_string(packing->precision)) : "no";
  } catch (const Error&) {
    return "?";
  }
}

std::string describe_file(const std::filesystem::path& path) {
  try {
    return field("file", path.string()) + describe_bundle(classifier::load_bundle(path));
  } catch (const Error& error) {
    // Not a bundle but perhaps a checkpoint; a damaged bundle shows itself as what it is.
    if (error.code() != ErrorCode::kModelUnsupported && error.code() != ErrorCode::kModelCorrupt) {
      throw;
    }
    std::unique_ptr<tensor::TensorArchive> archive;
    try {
      archive = tensor::open_archive(path);
    } catch (const Error&) {
      if (error.code() == ErrorCode::kModelUnsupported) throw error;
      throw;
    }
    if (archive->find("scaler.mean") != nullptr) throw error;
    const auto packing = encoder::packing_of(*archive);
    return field("file", path.string()) +
           field("kind",
                 packing ? fmt::format("checkpoint, packed in {}", to_string(packing->precision))
                         : std::string("checkpoint")) +
           tensor_summary(*archive) + tensor_lines(*archive);
  }
}

}  // namespace undertone::cli
