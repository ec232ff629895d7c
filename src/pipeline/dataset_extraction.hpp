// A data set of recordings to a file of embeddings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

#include <undertone/error.hpp>

#include "dataset/metadata.hpp"
#include "pipeline/embedding_extractor.hpp"
#include "pipeline/embedding_file.hpp"

namespace undertone::pipeline {

struct Recording {
  std::filesystem::path file;      // to open
  dataset::Clip clip;              // what is known of it
  std::optional<Error> failure{};  // known before anything was opened
};

struct ExtractionOptions {
  EmbeddingChoice choice;
  bool overwrite = false;      // an output that exists
  bool restart = false;        // throw away what an earlier run has kept
  Profile* profile = nullptr;  // where the time of the recordings goes is added to it
};

// What an earlier run has left to go on with.
struct ExtractionStart {
  std::size_t kept = 0;  // recordings that are done
  std::size_t total = 0;
  double audio_s = 0;           // heard in them
  std::size_t changed = 0;      // recordings that were done, but whose files are others now
  std::uint64_t cut_bytes = 0;  // torn or damaged at the journal's end
};

// Told of each recording in order, on the caller's thread.
struct ExtractionProgress {
  std::size_t done = 0;  // this one and those of earlier runs among them
  std::size_t total = 0;
  double audio_s = 0;  // heard so far
  const Recording* recording = nullptr;
  const Error* failure = nullptr;  // if this one gave no embedding
  std::vector<Warning> warnings{};
  double duration_s = 0;           // of this one
  std::vector<double> state_ms{};  // see Embedding; empty where it failed
};

struct ExtractionEvents {
  std::function<void(const ExtractionStart&)> started{};
  std::function<void(const ExtractionProgress&)> progress{};
};

struct ExtractionSummary {
  bool complete = false;  // false if it was stopped; the output is then not written
  std::size_t done = 0;
  std::size_t total = 0;
  std::size_t embeddings = 0;
  std::size_t failures = 0;
  std::size_t values = 0;  // of one hidden state's embedding
  EmbeddingOrigin origin;
};

// Where an extraction keeps what it has done until the output is written.
std::filesystem::path journal_path(const std::filesystem::path& output);

// Writes the embeddings of the recordings in their order (write_embeddings), failures left out and
// listed, in memory that does not grow with their number but for the metadata. Recordings are
// spread over the extractor's threads, each encoded on one; the file is the same to the byte
// whatever their number, and however often the process was killed in between: what is finished is
// kept in a journal beside the output (extraction_journal.hpp), and the next call with the same
// arguments goes on from there. A recording whose file has changed meanwhile is done again. One
// that fails, or of which the encoder makes something that is not a finite number, is listed with
// its reason and the others go on.
//
// Throws Error(kOutputExists) for an output that is there and may not be overwritten, or a journal
// of another extraction; Error(kDataInvalid) for texts that cannot be written and if no recording
// gave an embedding; Error(kFileUnwritable), the journal being kept where it could be.
ExtractionSummary extract_to_file(const EmbeddingExtractor& extractor,
                                  const std::vector<Recording>& recordings,
                                  const std::filesystem::path& output,
                                  const ExtractionOptions& options,
                                  const ExtractionEvents& events = {}, std::stop_token stop = {});

}  // namespace undertone::pipeline
