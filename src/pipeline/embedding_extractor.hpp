// Recordings to embeddings with one encoder.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <undertone/recognizer.hpp>

#include "audio/reader.hpp"
#include "common/profile.hpp"
#include "common/thread_pool.hpp"
#include "encoder/speech_encoder.hpp"
#include "pipeline/recording_embedding.hpp"
#include "pipeline/resource_pool.hpp"

namespace undertone::pipeline {

// What embeddings and bundles say of how recordings become samples at 16 kHz.
inline constexpr std::string_view kResampler = "libswresample soxr";

// Which hidden states are pooled, and how.
struct EmbeddingChoice {
  std::vector<std::size_t> layers;  // ascending
  encoder::Pooling pooling = encoder::Pooling::kMean;
};

struct ExtractorOptions {
  std::string encoder{};  // name or folder; empty: the embedded one
  unsigned threads = 0;   // 0: all that may be used
  std::function<void(std::string_view)> warn{};
  std::optional<Context> context{};  // see encoder::LoadOptions
  // See encoder::choose_precision; empty: what the encoder is packed in, else f32.
  std::string precision{};
};

struct ExtractOptions {
  ClipThreads threads = ClipThreads::kAll;
  std::stop_token stop{};  // leaves off within a layer of a request
  std::optional<VisitWindow> visit_window{};
  Profile* profile = nullptr;  // what encoding and pooling take is added to it
};

// An encoder, threads and memory to run it. Thread-safe.
class EmbeddingExtractor {
 public:
  // Throws what locate_encoder, choose_precision and SpeechEncoder::load throw.
  explicit EmbeddingExtractor(const ExtractorOptions& options);

  const encoder::SpeechEncoder& encoder() const noexcept { return *encoder_; }
  const std::filesystem::path& folder() const noexcept { return folder_; }
  ThreadPool& pool() const noexcept { return pool_; }

  // The layer, or the last where none is named. Throws Error(kInvalidArgument) naming how many
  // there are.
  std::size_t require_layer(std::optional<std::size_t> layer) const;

  // 0 to the last.
  std::vector<std::size_t> all_layers() const;

  // Of the embeddings that a choice gives.
  EmbeddingShape shape(const EmbeddingChoice& choice) const;

  // The samples that `read` gives; `name` is used in messages. Layers above the last chosen one are
  // not computed. Throws what `read` and embed_recording throw, and Error(kCancelled).
  Embedding extract(ReadSamples read, const std::string& name, const EmbeddingChoice& choice,
                    const ExtractOptions& options) const;
  // The same from a file. The profile, if there is one, is added decoding and the whole to.
  Embedding extract_file(const std::filesystem::path& path, const EmbeddingChoice& choice,
                         ClipThreads threads, Profile* profile = nullptr) const;

 private:
  mutable ThreadPool pool_;
  mutable ResourcePool<encoder::Workspace> workspaces_;
  std::filesystem::path folder_;
  std::unique_ptr<const encoder::SpeechEncoder> encoder_;
};

}  // namespace undertone::pipeline
