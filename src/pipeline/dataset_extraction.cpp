#include "pipeline/dataset_extraction.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <utility>
#include <variant>

#include <undertone/version.hpp>

#include "pipeline/batch_runner.hpp"

namespace undertone::pipeline {
namespace {

using Outcome = std::variant<Embedding, Error>;

// The names of the files without folder and ending where no two are alike, else numbers from 0.
std::vector<std::string> ids_of(const std::vector<const Recording*>& recordings) {
  std::vector<std::string> ids;
  for (const Recording* recording : recordings) {
    ids.push_back(std::filesystem::path(recording->clip.filepath).stem().string());
  }
  if (std::set<std::string>(ids.begin(), ids.end()).size() != ids.size()) {
    for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = std::to_string(i);
  }
  return ids;
}

void add_texts(EmbeddingTable& table, const dataset::Clip& clip) {
  table.labels.push_back(clip.emotion);
  table.speakers.push_back(clip.speaker_id);
  table.sentences.push_back(clip.sentence_id);
  table.corpora.push_back(clip.value("corpus"));
  table.paths.push_back(clip.filepath);
}

std::string reason_of(const Error& error) {
  return fmt::format("{}: {}", to_string(error.code()), error.what());
}

}  // namespace

Extraction extract_recordings(const EmbeddingExtractor& extractor, std::size_t layer,
                              const std::vector<Recording>& recordings,
                              const std::function<void(const ExtractionProgress&)>& progress,
                              std::stop_token stop) {
  const encoder::SpeechEncoder& encoder = extractor.encoder();
  Extraction result;
  EmbeddingTable& table = result.table;
  table.origin = {encoder.name(),        encoder.fingerprint(),   layer,
                  std::string(kPooling), std::string(kResampler), std::string(version())};

  std::vector<float> values;
  std::vector<const Recording*> kept;
  ExtractionProgress report;
  report.total = recordings.size();
  const auto work = [&](std::size_t i) -> Outcome {
    try {
      return extractor.extract_file(recordings[i].file, layer, ClipThreads::kOne);
    } catch (const Error& error) {
      return error;
    }
  };
  const auto deliver = [&](std::size_t i, Outcome&& outcome) {
    const Recording& recording = recordings[i];
    ++report.done;
    report.recording = &recording;
    report.failure = std::get_if<Error>(&outcome);
    report.warnings.clear();
    if (report.failure != nullptr) {
      table.failed_paths.push_back(recording.clip.filepath);
      table.failed_reasons.push_back(reason_of(*report.failure));
    } else {
      const auto& embedding = std::get<Embedding>(outcome);
      values.insert(values.end(), embedding.values.begin(), embedding.values.end());
      add_texts(table, recording.clip);
      kept.push_back(&recording);
      report.audio_s += embedding.quality.duration_s;
      report.warnings = recording_warnings(embedding.quality);
    }
    if (progress) progress(report);
  };
  const BatchRunner<Outcome> runner(extractor.pool().size());
  result.complete = runner.run(recordings.size(), work, deliver, stop) == recordings.size();
  table.ids = ids_of(kept);
  table.embeddings = tensor::Matrix<float>(kept.size(), encoder.dimension());
  std::copy(values.begin(), values.end(), table.embeddings.data());
  return result;
}

}  // namespace undertone::pipeline
