#include "pipeline/embedding_extractor.hpp"

#include <chrono>
#include <fmt/format.h>

#include <undertone/error.hpp>

#include "encoder/model_locator.hpp"

namespace undertone::pipeline {

EmbeddingExtractor::EmbeddingExtractor(const ExtractorOptions& options)
    : pool_(options.threads == 0 ? available_threads() : options.threads) {
  const encoder::LocatedModel located = encoder::locate_encoder(
      options.encoder.empty() ? std::string(encoder::kDefaultEncoder) : options.encoder);
  folder_ = located.folder;
  encoder::LoadOptions load;
  load.name = located.name;
  load.warn = options.warn;
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

Embedding EmbeddingExtractor::extract(audio::Reader& reader, const std::string& name,
                                      std::size_t layer, ClipThreads threads) const {
  const auto workspace = workspaces_.borrow();
  ThreadPool* const pool = threads == ClipThreads::kAll ? &pool_ : nullptr;
  return embed_recording(
      name, encoder_->dimension(), encoder_->config().receptive_field(),
      [&reader](std::span<float> out) { return reader.read(out); },
      [&](std::span<const float> window) {
        return encoder_->encode(window, layer, *workspace, pool);
      });
}

Embedding EmbeddingExtractor::extract_file(const std::filesystem::path& path, std::size_t layer,
                                           ClipThreads threads) const {
  const auto begin = std::chrono::steady_clock::now();
  audio::Reader reader = audio::Reader::open_file(path);
  const std::chrono::duration<double, std::milli> opening =
      std::chrono::steady_clock::now() - begin;
  Embedding embedding = extract(reader, path.string(), layer, threads);
  embedding.decode_ms += opening.count();
  return embedding;
}

}  // namespace undertone::pipeline
