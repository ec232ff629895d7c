#include "pipeline/embedding_extractor.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <numeric>

#include <undertone/error.hpp>

#include "encoder/model_locator.hpp"
#include "encoder/packing.hpp"
#include "pipeline/profile_entries.hpp"

namespace undertone::pipeline {
namespace {

// What is asked for; of a packed folder what it is packed in, which loading compares with it.
std::optional<encoder::Precision> precision_of(const std::filesystem::path& folder,
                                               const ExtractorOptions& options) {
  const encoder::InstructionSet isa = encoder::usable_instruction_set();
  const std::optional<encoder::Packing> packing = encoder::packing_in(folder);
  if (packing && (options.precision.empty() || options.precision == "auto")) {
    const std::vector<encoder::Precision> fast = encoder::fast_precisions(isa);
    if (std::find(fast.begin(), fast.end(), packing->precision) == fast.end()) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("{} is packed in {}, which needs instructions that are missing here: "
                              "{} is what this processor has, or UNDERTONE_MAX_ISA allows",
                              folder.string(), encoder::to_string(packing->precision),
                              encoder::to_string(isa)),
                  "Use the encoder that it was made from, or pack that with `undertone models pack "
                  "--precision f32`.");
    }
    return packing->precision;
  }
  if (options.precision.empty()) return std::nullopt;
  const encoder::Precision precision = encoder::choose_precision(options.precision, isa);
  const std::string_view chosen = encoder::to_string(precision);
  if (options.warn && options.precision != chosen) {
    options.warn(fmt::format("precision {}: {} on this processor ({})", options.precision, chosen,
                             encoder::to_string(isa)));
  }
  return precision;
}

}  // namespace

EmbeddingExtractor::EmbeddingExtractor(const ExtractorOptions& options)
    : pool_(options.threads == 0 ? available_threads() : options.threads) {
  const encoder::LocatedModel located = encoder::locate_encoder(
      options.encoder.empty() ? std::string(encoder::kDefaultEncoder) : options.encoder);
  folder_ = located.folder;
  encoder::LoadOptions load;
  load.name = located.name;
  load.warn = options.warn;
  load.context = options.context;
  load.precision = precision_of(folder_, options);
  encoder_ = encoder::SpeechEncoder::load(folder_, load, pool_);
}

std::size_t EmbeddingExtractor::require_layer(std::optional<std::size_t> layer) const {
  const std::size_t last = encoder_->last_layer();
  if (!layer) return last;
  if (*layer > last) {
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("the encoder {} has layers 0 to {}, not {}", encoder_->name(), last, *layer));
  }
  return *layer;
}

std::vector<std::size_t> EmbeddingExtractor::all_layers() const {
  std::vector<std::size_t> layers(encoder_->last_layer() + 1);
  std::iota(layers.begin(), layers.end(), std::size_t{0});
  return layers;
}

EmbeddingShape EmbeddingExtractor::shape(const EmbeddingChoice& choice) const {
  return {choice.layers.size(), encoder_->dimension(), choice.pooling};
}

Embedding EmbeddingExtractor::extract(ReadSamples read, const std::string& name,
                                      const EmbeddingChoice& choice,
                                      const ExtractOptions& options) const {
  const auto workspace = workspaces_.borrow();
  ThreadPool* const pool = options.threads == ClipThreads::kAll ? &pool_ : nullptr;
  const auto require_going_on = [&] {
    if (options.stop.stop_requested()) {
      throw Error(ErrorCode::kCancelled, fmt::format("{}: stopped on request", name));
    }
  };
  return embed_recording(
      name, shape(choice), encoder_->config().receptive_field(),
      [&](std::span<float> out) {
        require_going_on();
        return read(out);
      },
      [&](std::span<const float> window, VisitFrames visit) {
        std::size_t state = 0;
        encoder_->encode_all(
            window, choice.layers.back(), *workspace, pool,
            [&](std::size_t layer, tensor::MatrixView<const float> frames) {
              require_going_on();
              if (layer != choice.layers[state]) return;
              const ProfileSection section(options.profile, ProfilePart::kPooling);
              visit(state++, frames);
            },
            options.profile);
      },
      encoder_->config().max_samples(), options.visit_window);
}

Embedding EmbeddingExtractor::extract_file(const std::filesystem::path& path,
                                           const EmbeddingChoice& choice, ClipThreads threads,
                                           Profile* profile) const {
  const auto begin = std::chrono::steady_clock::now();
  audio::Reader reader = audio::Reader::open_file(path);
  const std::chrono::duration<double, std::milli> opening =
      std::chrono::steady_clock::now() - begin;
  Embedding embedding = extract([&reader](std::span<float> out) { return reader.read(out); },
                                path.string(), choice, {.threads = threads, .profile = profile});
  embedding.decode_ms += opening.count();
  if (profile != nullptr) {
    profile->add(ProfilePart::kDecoding, profile_time(embedding.decode_ms));
    profile->add_whole(profile_time(embedding.decode_ms + embedding.encode_ms));
  }
  return embedding;
}

}  // namespace undertone::pipeline
