// Recordings to embeddings with one encoder and one layer.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <undertone/recognizer.hpp>

#include "audio/reader.hpp"
#include "common/thread_pool.hpp"
#include "encoder/speech_encoder.hpp"
#include "pipeline/recording_embedding.hpp"
#include "pipeline/resource_pool.hpp"

namespace undertone::pipeline {

// What embeddings and bundles say of how frames become one vector, and samples 16 kHz.
inline constexpr std::string_view kPooling = "mean";
inline constexpr std::string_view kResampler = "libswresample soxr";

struct ExtractorOptions {
  std::string encoder{};  // name or folder; empty: the embedded one
  unsigned threads = 0;   // 0: all that may be used
  std::function<void(std::string_view)> warn{};
};

// An encoder, threads and memory to run it. Thread-safe.
class EmbeddingExtractor {
 public:
  // Throws what locate_encoder and SpeechEncoder::load throw.
  explicit EmbeddingExtractor(const ExtractorOptions& options);

  const encoder::SpeechEncoder& encoder() const noexcept { return *encoder_; }
  const std::filesystem::path& folder() const noexcept { return folder_; }
  ThreadPool& pool() const noexcept { return pool_; }

  // The layer, or the last where none is named. Throws Error(kInvalidArgument) naming how many
  // there are.
  std::size_t require_layer(std::optional<std::size_t> layer) const;

  // The rest of the reader's recording; `name` is used in messages. Throws what Reader and
  // embed_recording throw.
  Embedding extract(audio::Reader& reader, const std::string& name, std::size_t layer,
                    ClipThreads threads) const;
  Embedding extract_file(const std::filesystem::path& path, std::size_t layer,
                         ClipThreads threads) const;

 private:
  mutable ThreadPool pool_;
  mutable ResourcePool<encoder::Workspace> workspaces_;
  std::filesystem::path folder_;
  std::unique_ptr<const encoder::SpeechEncoder> encoder_;
};

}  // namespace undertone::pipeline
