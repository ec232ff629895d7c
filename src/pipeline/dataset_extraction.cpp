#include "pipeline/dataset_extraction.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <string>
#include <utility>

#include <undertone/version.hpp>

#include "pipeline/batch_runner.hpp"
#include "pipeline/extraction_journal.hpp"
#include "pipeline/recording_texts.hpp"

namespace undertone::pipeline {
namespace {

// What is told of a recording once it is in the journal.
struct Outcome {
  std::optional<Error> failure{};
  double duration_s = 0;
  std::vector<Warning> warnings{};
  std::vector<double> state_ms{};
};

// "3", "0-24" or "1,2,5".
std::string layers_text(const std::vector<std::size_t>& layers) {
  if (layers.size() > 1 && layers.back() - layers.front() + 1 == layers.size()) {
    return fmt::format("{}-{}", layers.front(), layers.back());
  }
  return fmt::format("{}", fmt::join(layers, ","));
}

ExtractionJob job_of(const EmbeddingExtractor& extractor, const std::vector<Recording>& recordings,
                     const EmbeddingChoice& choice) {
  const encoder::SpeechEncoder& encoder = extractor.encoder();
  ExtractionJob job;
  job.facts = {
      {"the version of Undertone", std::string(version())},
      {"the encoder", encoder.name()},
      {"the encoder's fingerprint", encoder.fingerprint()},
      {"the arithmetic",
       fmt::format("{} {} {}", encoder::to_string(encoder.instruction_set()),
                   encoder::to_string(encoder.backend()), encoder::to_string(encoder.precision()))},
      {"the layer", layers_text(choice.layers)},
      {"the pooling", std::string(encoder::to_string(choice.pooling))},
      {"the resampler", std::string(kResampler)},
      {"the digest of recordings and metadata", digest_of(recordings)}};
  job.recordings = recordings.size();
  job.values = extractor.shape(choice).size();
  return job;
}

void require_finite(const Embedding& embedding, const std::string& name) {
  const auto found = std::find_if(embedding.values.begin(), embedding.values.end(),
                                  [](float value) { return !std::isfinite(value); });
  if (found == embedding.values.end()) return;
  throw Error(ErrorCode::kDataInvalid,
              fmt::format("{}: the encoder's value {} is not a finite number", name,
                          found - embedding.values.begin()),
              "Check the recording and the encoder's weights.");
}

bool same_content(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::error_code code;
  if (std::filesystem::file_size(a, code) != std::filesystem::file_size(b, code) || code) {
    return false;
  }
  std::ifstream files[] = {std::ifstream(a, std::ios::binary), std::ifstream(b, std::ios::binary)};
  std::vector<char> pieces[] = {std::vector<char>(1 << 16), std::vector<char>(1 << 16)};
  while (files[0] && files[1]) {
    for (int i : {0, 1}) files[i].read(pieces[i].data(), 1 << 16);
    const auto count = files[0].gcount();
    if (count != files[1].gcount() ||
        !std::equal(pieces[0].begin(), pieces[0].begin() + count, pieces[1].begin())) {
      return false;
    }
  }
  return files[0].eof() && files[1].eof();
}

std::filesystem::path beside(const std::filesystem::path& output, const char* ending) {
  return output.string() + ending;
}

[[noreturn]] void refuse_existing(const std::filesystem::path& output) {
  throw Error(ErrorCode::kOutputExists, output.string() + " exists already",
              "Allow it to be overwritten with --force.");
}

class Extraction {
 public:
  Extraction(const EmbeddingExtractor& extractor, const std::vector<Recording>& recordings,
             const std::filesystem::path& output, const ExtractionOptions& options)
      : extractor_(extractor),
        recordings_(recordings),
        output_(output),
        options_(options),
        journal_(journal_path(output), job_of(extractor, recordings, options.choice),
                 options.restart) {}

  ExtractionSummary run(const ExtractionEvents& events, std::stop_token stop) {
    const ExtractionStart start = take_stock();
    const bool finished_before = todo_.empty();
    const bool output_exists = !options_.overwrite && std::filesystem::exists(output_);
    // A run that was killed between writing the output and removing the journal looks like this.
    const bool maybe_ours = output_exists && finished_before && start.total != 0;
    if (output_exists && !maybe_ours) refuse_existing(output_);
    if (events.started) events.started(start);

    ExtractionSummary summary;
    summary.total = recordings_.size();
    summary.origin = origin();
    summary.values =
        encoder::pooled_size(options_.choice.pooling, extractor_.encoder().dimension());
    summary.done = start.kept + encode(start, events.progress, std::move(stop));
    if (summary.done < summary.total) return summary;

    std::vector<std::string> reasons;
    for (const auto& entry : journal_.entries()) reasons.push_back(entry->reason);
    summary.failures = static_cast<std::size_t>(std::count_if(
        reasons.begin(), reasons.end(), [](const std::string& reason) { return !reason.empty(); }));
    summary.embeddings = summary.total - summary.failures;
    if (summary.embeddings == 0) {
      journal_.remove();
      throw Error(ErrorCode::kDataInvalid, fmt::format("no recording gave an embedding; {} was not "
                                                       "written",
                                                       output_.string()));
    }
    if (maybe_ours) {
      const std::filesystem::path again = beside(output_, ".partial-new");
      write(again, reasons, summary);
      const bool same = same_content(output_, again);
      std::filesystem::remove(again);
      if (!same) refuse_existing(output_);
    } else {
      write(output_, reasons, summary);
    }
    journal_.remove();
    summary.complete = true;
    return summary;
  }

 private:
  // Which recordings are done, and still those that were heard.
  ExtractionStart take_stock() {
    ExtractionStart start;
    start.total = recordings_.size();
    start.cut_bytes = journal_.cut_bytes();
    for (std::size_t i = 0; i < recordings_.size(); ++i) {
      const auto& entry = journal_.entries()[i];
      if (entry && entry->file != stamp_of(recordings_[i].file)) {
        journal_.forget(i);
        ++start.changed;
      }
      if (!entry) {
        todo_.push_back(i);
        continue;
      }
      ++start.kept;
      start.audio_s += entry->duration_s;
    }
    return start;
  }

  EmbeddingOrigin origin() const {
    const encoder::SpeechEncoder& encoder = extractor_.encoder();
    return {encoder.name(),
            encoder.fingerprint(),
            options_.choice.layers.back(),
            std::string(encoder::to_string(options_.choice.pooling)),
            std::string(kResampler),
            std::string(version()),
            std::string(encoder::to_string(encoder.precision())),
            encoder.doubt()};
  }

  Outcome encode_one(std::size_t index) {
    const Recording& recording = recordings_[index];
    Outcome outcome;
    JournalRecord record;
    record.index = index;
    record.file = stamp_of(recording.file);  // before it is read, so that no change is missed
    try {
      if (recording.failure) throw *recording.failure;
      Embedding embedding = extractor_.extract_file(recording.file, options_.choice,
                                                    ClipThreads::kOne, options_.profile);
      require_finite(embedding, recording.file.string());
      outcome.duration_s = record.duration_s = embedding.quality.duration_s;
      outcome.warnings = recording_warnings(embedding.quality);
      outcome.state_ms = std::move(embedding.state_ms);
      record.values = std::move(embedding.values);
    } catch (const Error& error) {
      record.reason = reason_of(error);
      outcome.failure = error;
    }
    journal_.append(record);
    return outcome;
  }

  // Returns how many were done.
  std::size_t encode(const ExtractionStart& start,
                     const std::function<void(const ExtractionProgress&)>& progress,
                     std::stop_token stop) {
    ExtractionProgress report;
    report.done = start.kept;
    report.total = start.total;
    report.audio_s = start.audio_s;
    const BatchRunner<Outcome> runner(extractor_.pool().size());
    return runner.run(
        todo_.size(), [this](std::size_t i) { return encode_one(todo_[i]); },
        [&](std::size_t i, Outcome&& outcome) {
          ++report.done;
          report.audio_s += outcome.duration_s;
          report.recording = &recordings_[todo_[i]];
          report.failure = outcome.failure ? &*outcome.failure : nullptr;
          report.warnings = std::move(outcome.warnings);
          report.duration_s = outcome.duration_s;
          report.state_ms = std::move(outcome.state_ms);
          if (progress) progress(report);
        },
        std::move(stop));
  }

  void write(const std::filesystem::path& path, const std::vector<std::string>& reasons,
             const ExtractionSummary& summary) {
    EmbeddingTable table = texts_of(recordings_, reasons);
    table.origin = summary.origin;
    std::vector<std::size_t> kept;
    for (std::size_t i = 0; i < reasons.size(); ++i) {
      if (reasons[i].empty()) kept.push_back(i);
    }
    const EmbeddingRows rows{kept.size(), summary.values, options_.choice.layers,
                             [&](std::size_t row, std::span<float> values) {
                               journal_.read_values(*journal_.entries()[kept[row]], values);
                             }};
    try {
      write_embeddings(path, table, rows, {.work_folder = beside(output_, ".partial-npz")});
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kFileUnwritable) throw;
      throw Error(error.code(),
                  fmt::format("{}; all embeddings are kept in {}", error.what(),
                              journal_path(output_).string()),
                  "Make room, or whatever the reason asks for, and run the same command again.");
    }
  }

  const EmbeddingExtractor& extractor_;
  const std::vector<Recording>& recordings_;
  const std::filesystem::path& output_;
  const ExtractionOptions& options_;
  ExtractionJournal journal_;
  std::vector<std::size_t> todo_;
};

}  // namespace

std::filesystem::path journal_path(const std::filesystem::path& output) {
  return beside(output, ".partial");
}

ExtractionSummary extract_to_file(const EmbeddingExtractor& extractor,
                                  const std::vector<Recording>& recordings,
                                  const std::filesystem::path& output,
                                  const ExtractionOptions& options, const ExtractionEvents& events,
                                  std::stop_token stop) {
  require_writable_texts(recordings);
  return Extraction(extractor, recordings, output, options).run(events, std::move(stop));
}

}  // namespace undertone::pipeline
