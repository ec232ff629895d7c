// The embeddings that a comparison has extracted, kept beside its report.
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "pipeline/dataset_extraction.hpp"
#include "pipeline/encoder_comparison.hpp"

namespace undertone::cli {

// "NAME", "NAME:9", "NAME:all" of --encoder; without a layer the last.
struct EncoderChoice {
  std::string encoder;
  std::optional<std::size_t> layer{};
  bool all_layers = false;
};

EncoderChoice encoder_choice_of(const std::string& text);

// The embeddings of one encoder, extracted into `folder` where they are not there already. A file's
// name holds a digest of the encoder's fingerprint, the layers, and of each recording its metadata,
// size and time of change: where any of these is another, so is the file. An interrupted extraction
// goes on where it was. What the encoding took is kept beside it in a small text file; one that is
// missing or damaged only means that the cost is not known. Returns nullopt if stopped. Throws
// ModelError and what extract_to_file throws.
std::optional<pipeline::ComparedEmbeddings> cached_embeddings(
    const std::filesystem::path& folder, const EncoderChoice& choice,
    const std::vector<pipeline::Recording>& recordings, unsigned threads, bool quiet,
    std::stop_token stop);

}  // namespace undertone::cli
