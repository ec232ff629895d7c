// A data set of recordings to a table of embeddings.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include <undertone/error.hpp>

#include "dataset/metadata.hpp"
#include "pipeline/embedding_extractor.hpp"
#include "pipeline/embedding_file.hpp"

namespace undertone::pipeline {

struct Recording {
  std::filesystem::path file;  // to open
  dataset::Clip clip;          // what is known of it
};

// Told of each recording in order, on the caller's thread.
struct ExtractionProgress {
  std::size_t done = 0;  // this one among them
  std::size_t total = 0;
  double audio_s = 0;  // heard so far
  const Recording* recording = nullptr;
  const Error* failure = nullptr;  // if this one gave no embedding
  std::vector<Warning> warnings{};
};

struct Extraction {
  EmbeddingTable table;  // in the order of the recordings, failures left out and listed
  bool complete = true;  // false if it was stopped
};

// Recordings are spread over the extractor's threads, each encoded on one; the table is the same
// whatever their number. A recording that fails is listed with its reason and the others go on.
Extraction extract_recordings(const EmbeddingExtractor& extractor, std::size_t layer,
                              const std::vector<Recording>& recordings,
                              const std::function<void(const ExtractionProgress&)>& progress,
                              std::stop_token stop = {});

}  // namespace undertone::pipeline
