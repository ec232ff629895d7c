#include "undertone/comparison_cache.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include "common/atomic_file.hpp"
#include "common/sha256.hpp"
#include "undertone/command_errors.hpp"
#include "undertone/console.hpp"
#include "undertone/progress.hpp"

namespace undertone::cli {
namespace {

// What encoding took so far, over all runs that had a part in it.
struct MeasuredCost {
  double audio_s = 0;
  std::size_t clips = 0;
  std::vector<double> state_ms;  // [layers]
};

constexpr std::string_view kCostHeader = "undertone-encoding-cost 1";

std::filesystem::path cost_path(const std::filesystem::path& embeddings) {
  return embeddings.string() + ".cost";
}

MeasuredCost read_cost(const std::filesystem::path& path, std::size_t layers) {
  MeasuredCost none;
  none.state_ms.assign(layers, 0.0);
  MeasuredCost cost = none;
  std::ifstream file(path);
  std::string header;
  if (!std::getline(file, header) || header != kCostHeader) return none;
  const auto possible = [](double value) { return std::isfinite(value) && value >= 0; };
  if (!(file >> cost.audio_s >> cost.clips) || !possible(cost.audio_s)) return none;
  constexpr std::size_t kMostClips = 1'000'000'000;
  if (cost.clips > kMostClips) return none;
  for (double& ms : cost.state_ms) {
    if (!(file >> ms) || !possible(ms)) return none;
  }
  return cost;
}

void write_cost(const std::filesystem::path& path, const MeasuredCost& cost) {
  AtomicFile file(path);
  file.write(fmt::format("{}\n{} {}\n{}\n", kCostHeader, cost.audio_s, cost.clips,
                         fmt::join(cost.state_ms, "\n")));
  file.commit();
}

pipeline::EncodingCost known_cost(const MeasuredCost& cost) {
  pipeline::EncodingCost known;
  if (!(cost.audio_s > 0) || cost.clips == 0) return known;
  known.clip_s = cost.audio_s / static_cast<double>(cost.clips);
  for (const double ms : cost.state_ms) known.ms_per_second.push_back(ms / cost.audio_s);
  return known;
}

std::string digest_of(const pipeline::EmbeddingExtractor& extractor,
                      const std::vector<std::size_t>& layers,
                      const std::vector<pipeline::Recording>& recordings) {
  Sha256 hash;
  const auto add = [&hash](std::string_view text) {
    hash.update(fmt::format("{}:", text.size()));
    hash.update(text);
  };
  add(extractor.encoder().fingerprint());
  add(fmt::format("{}", fmt::join(layers, ",")));
  for (const pipeline::Recording& recording : recordings) {
    const dataset::Clip& clip = recording.clip;
    std::error_code ignored;
    const auto size = std::filesystem::file_size(recording.file, ignored);
    const auto time = std::filesystem::last_write_time(recording.file, ignored);
    add(recording.file.string());
    add(fmt::format("{},{}", size, time.time_since_epoch().count()));
    add(clip.filepath);
    add(clip.emotion);
    add(clip.speaker_id);
    add(clip.sentence_id);
    for (const auto& [name, value] : clip.further) {
      add(name);
      add(value);
    }
  }
  return hash.hex_digest().substr(0, 16);
}

// A file name of an encoder's name, which may be "owner/name".
std::string plain_name(const std::string& name) {
  std::string plain;
  for (const char c : name.substr(0, 60)) {
    const bool usual = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_';
    plain += usual ? c : '_';
  }
  return plain.empty() ? "encoder" : plain;
}

}  // namespace

EncoderChoice encoder_choice_of(const std::string& text) {
  EncoderChoice choice{text};
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return choice;
  const std::string_view after = std::string_view(text).substr(colon + 1);
  if (after == "all" || after == "last") {
    choice.all_layers = after == "all";
  } else {
    std::size_t layer = 0;
    const auto [end, error] = std::from_chars(after.data(), after.data() + after.size(), layer);
    if (error != std::errc() || end != after.data() + after.size()) return choice;  // a path
    choice.layer = layer;
  }
  choice.encoder = text.substr(0, colon);
  if (choice.encoder.empty()) {
    throw UsageError(fmt::format("--encoder '{}' names no encoder", text),
                     "Write it as NAME, NAME:LAYER or NAME:all.");
  }
  return choice;
}

std::optional<pipeline::ComparedEmbeddings> cached_embeddings(
    const std::filesystem::path& folder, const EncoderChoice& choice,
    const std::vector<pipeline::Recording>& recordings, unsigned threads, bool quiet,
    std::stop_token stop) {
  pipeline::ExtractorOptions load;
  load.encoder = choice.encoder;
  load.threads = threads;
  load.warn = [](std::string_view text) {
    print_to_stderr(fmt::format("note: {}\n", printable(text)));
  };
  const auto extractor =
      load_model([&load] { return std::make_unique<pipeline::EmbeddingExtractor>(load); });
  pipeline::ExtractionOptions extraction;
  extraction.choice.layers = choice.all_layers
                                 ? extractor->all_layers()
                                 : std::vector<std::size_t>{extractor->require_layer(choice.layer)};
  const std::vector<std::size_t> layers = extraction.choice.layers;
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure) {
    throw Error(ErrorCode::kFileUnwritable,
                fmt::format("{}: cannot be made a folder: {}", folder.string(), failure.message()));
  }
  const std::filesystem::path output =
      folder / fmt::format("{}-{}.npz", plain_name(extractor->encoder().name()),
                           digest_of(*extractor, layers, recordings));
  MeasuredCost cost = read_cost(cost_path(output), layers.size());
  if (!std::filesystem::exists(output) || std::filesystem::exists(pipeline::journal_path(output))) {
    Progress progress("Encoding with " + printable(extractor->encoder().name()), recordings.size(),
                      quiet ? Progress::Where::kNowhere : Progress::Where::kAnywhere);
    pipeline::ExtractionEvents events;
    events.started = [&](const pipeline::ExtractionStart& start) {
      progress.start_at(start.kept, start.audio_s);
    };
    events.progress = [&](const pipeline::ExtractionProgress& report) {
      if (report.failure != nullptr) {
        progress.note(error_text(report.recording->clip.filepath, *report.failure));
      } else {
        cost.audio_s += report.duration_s;
        ++cost.clips;
        for (std::size_t l = 0; l < layers.size(); ++l) cost.state_ms[l] += report.state_ms[l];
      }
      progress.advance(report.done, report.audio_s);
    };
    const pipeline::ExtractionSummary summary = pipeline::extract_to_file(
        *extractor, recordings, output, extraction, events, std::move(stop));
    progress.finish();
    write_cost(cost_path(output), cost);
    if (!summary.complete) return std::nullopt;
  }
  pipeline::ComparedEmbeddings compared;
  compared.source = output.string();
  compared.layers = layers;
  compared.read = [output](std::size_t layer) { return pipeline::read_embeddings(output, layer); };
  compared.cost = known_cost(cost);
  return compared;
}

}  // namespace undertone::cli
