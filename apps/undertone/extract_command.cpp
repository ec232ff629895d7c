#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dataset/metadata.hpp"
#include "pipeline/dataset_extraction.hpp"
#include "pipeline/profile_entries.hpp"
#include "undertone/command_errors.hpp"
#include "undertone/commands.hpp"
#include "undertone/console.hpp"
#include "undertone/inputs.hpp"
#include "undertone/interrupt.hpp"
#include "undertone/profile_table.hpp"
#include "undertone/progress.hpp"
#include "undertone/shared_options.hpp"

namespace undertone::cli {
namespace {

constexpr const char* kExamples = R"(Examples:
  undertone extract metadata.csv -o emb.npz
  undertone extract ravdess.csv emodb.csv -o emb.npz --layer all
  undertone extract metadata.csv -o emb.npz --encoder facebook/hubert-large-ll60k --layer 12
  undertone extract recordings/ -o emb.npz --pool mean+std

metadata.csv has a header with filepath, emotion, speaker_id, sentence_id and any other columns;
only filepath is required. Relative paths are looked for beside the CSV file, then in the working
directory. What is finished is kept in OUTPUT.partial: after an interruption of any kind the same
command goes on where it was.)";

struct ExtractOptions {
  std::vector<std::string> inputs;
  std::string output;
  std::string encoder;
  std::optional<Context> context{};
  std::string precision;
  std::string layer = "last";
  std::string pool = "mean";
  unsigned threads = 0;
  bool force = false;
  bool restart = false;
  bool profile = false;
  bool quiet = false;
};

// The number of a layer; none for 'last' and 'all'.
std::optional<std::size_t> layer_of(const std::string& text) {
  if (text == "last" || text == "all") return std::nullopt;
  std::size_t layer = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), layer);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw UsageError(fmt::format("--layer takes a number, 'last' or 'all', not '{}'", text));
  }
  return layer;
}

encoder::Pooling pooling_of(const std::string& text) {
  const std::optional<encoder::Pooling> pooling = encoder::find_pooling(text);
  if (!pooling) {
    throw UsageError(fmt::format("--pool takes 'mean' or 'mean+std', not '{}'", text));
  }
  return *pooling;
}

bool is_csv(const std::string& name) {
  const std::string extension = std::filesystem::path(name).extension().string();
  return extension == ".csv" || extension == ".CSV";
}

std::vector<pipeline::Recording> recordings_of(const ExtractOptions& options) {
  std::vector<pipeline::Recording> recordings;
  const auto csv_files = std::count_if(options.inputs.begin(), options.inputs.end(), is_csv);
  if (csv_files > 0) {
    if (static_cast<std::size_t>(csv_files) != options.inputs.size()) {
      throw UsageError("metadata files and recordings cannot be mixed",
                       "Name metadata files only, or recordings and folders only.");
    }
    for (const std::filesystem::path metadata : options.inputs) {
      for (dataset::Clip& clip : dataset::read_metadata(metadata)) {
        std::filesystem::path file = dataset::resolve_recording(metadata, clip.filepath);
        recordings.push_back({std::move(file), std::move(clip)});
      }
    }
    return recordings;
  }
  for (Input& input : expand_inputs(options.inputs).inputs) {
    if (input.standard_input) {
      throw UsageError("extract does not read standard input", "Write the recording to a file.");
    }
    dataset::Clip clip;
    clip.filepath = input.name;
    recordings.push_back({std::move(input.path), std::move(clip), std::move(input.failure)});
  }
  return recordings;
}

std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string summary_text(const ExtractOptions& options, const pipeline::EmbeddingChoice& choice,
                         const pipeline::ExtractionSummary& summary) {
  const std::string layers =
      choice.layers.size() == 1
          ? fmt::format("layer {}", choice.layers.front())
          : fmt::format("layers {} to {}", choice.layers.front(), choice.layers.back());
  return fmt::format("{}: {} of {} values, {} {}, {} pooling{}\n", printable(options.output),
                     counted(summary.embeddings, "embedding"), summary.values,
                     printable(summary.origin.encoder), layers, summary.origin.pooling,
                     summary.failures == 0
                         ? ""
                         : fmt::format("; {} failed", counted(summary.failures, "recording")));
}

void tell_start(const pipeline::ExtractionStart& start, Progress& progress) {
  if (start.kept != 0) {
    progress.note(fmt::format("note: going on where an earlier run stopped: {} of {} are done",
                              start.kept, counted(start.total, "recording")));
  }
  if (start.changed != 0) {
    progress.note(fmt::format("note: {} changed since the earlier run; done again",
                              counted(start.changed, "recording")));
  }
  if (start.cut_bytes != 0) {
    progress.note(
        fmt::format("note: the last {} of what the earlier run has kept were not whole; "
                    "what they held is done again",
                    counted(start.cut_bytes, "byte")));
  }
}

int run_extract(const ExtractOptions& options) {
  const std::filesystem::path journal = pipeline::journal_path(options.output);
  // With a journal the output may be this job's own: extract_to_file looks.
  if (!options.force && std::filesystem::exists(options.output) &&
      !std::filesystem::exists(journal)) {
    throw Error(ErrorCode::kOutputExists, options.output + " exists already",
                "Allow it to be overwritten with --force.");
  }
  const std::optional<std::size_t> asked_layer = layer_of(options.layer);
  pipeline::ExtractionOptions extraction;
  extraction.choice.pooling = pooling_of(options.pool);
  extraction.overwrite = options.force;
  extraction.restart = options.restart;
  Profile profile;
  if (options.profile) extraction.profile = &profile;
  const std::vector<pipeline::Recording> recordings = recordings_of(options);
  if (recordings.empty()) {
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("{}: names no recordings", options.inputs.front()));
  }
  pipeline::ExtractorOptions load;
  load.encoder = options.encoder;
  load.context = options.context;
  load.precision = options.precision;
  load.threads = options.threads;
  if (!options.quiet) {
    load.warn = [](std::string_view text) {
      print_to_stderr(fmt::format("note: {}\n", printable(text)));
    };
  }
  const auto extractor =
      load_model([&load] { return std::make_unique<pipeline::EmbeddingExtractor>(load); });
  if (options.layer == "all") {
    extraction.choice.layers = extractor->all_layers();
  } else {
    extraction.choice.layers = {extractor->require_layer(asked_layer)};
  }

  Progress progress("Extracting", recordings.size(),
                    options.quiet ? Progress::Where::kNowhere : Progress::Where::kAnywhere);
  pipeline::ExtractionEvents events;
  events.started = [&](const pipeline::ExtractionStart& start) {
    if (!options.quiet) tell_start(start, progress);
    progress.start_at(start.kept, start.audio_s);
  };
  events.progress = [&](const pipeline::ExtractionProgress& report) {
    const std::string& name = report.recording->clip.filepath;
    if (report.failure != nullptr) progress.note(error_text(name, *report.failure));
    for (const Warning& warning : report.warnings) {
      if (options.quiet || warning.code == "long_audio") continue;
      progress.note(printable(fmt::format("{}: {}: {}", name, warning.code, warning.message)));
    }
    progress.advance(report.done, report.audio_s);
  };
  const InterruptWatch watch;
  const pipeline::ExtractionSummary summary = pipeline::extract_to_file(
      *extractor, recordings, options.output, extraction, events, watch.token());
  progress.finish();
  ProfileTable table;
  table.add(pipeline::profile_entries(profile), profile.whole_s());
  print_to_stderr(table.text());
  if (!summary.complete) {
    progress.note(
        fmt::format("Interrupted: {} is not written yet. {} of {} are kept in {}; the "
                    "same command goes on from there.",
                    printable(options.output), summary.done, counted(summary.total, "recording"),
                    printable(journal.string())));
    return kInterrupted;
  }
  if (!options.quiet) print(summary_text(options, extraction.choice, summary));
  return summary.failures == 0 ? kDone : kSomeFailed;
}

}  // namespace

void add_extract(CLI::App& app, Action& action) {
  const auto options = std::make_shared<ExtractOptions>();
  CLI::App* const command = app.add_subcommand("extract", "Recordings to embeddings");
  command->footer(kExamples);
  command->add_option("inputs", options->inputs, "Metadata files, or recordings and folders")
      ->required()
      ->type_name("metadata.csv|FILE|DIR");
  command->add_option("-o,--output", options->output, "The .npz file to write")
      ->required()
      ->type_name("FILE");
  add_encoder_options(*command, options->encoder, options->context, options->precision);
  command
      ->add_option("--layer", options->layer,
                   "Hidden state to pool: 0 is the transformer's input; 'all' keeps the mean of "
                   "each (default: last)")
      ->type_name("N|last|all");
  command
      ->add_option("--pool", options->pool,
                   "mean over the frames, or mean and standard deviation (default: mean)")
      ->type_name("mean|mean+std");
  add_threads_option(*command, options->threads);
  command->add_flag("--force", options->force, "Overwrite the output");
  command->add_flag("--restart", options->restart,
                    "Throw away what an earlier, unfinished run to this output has kept");
  command->add_flag("--profile", options->profile, "Show on standard error where the time went");
  command->add_flag("-q,--quiet", options->quiet, "No progress, no notes; errors only");
  command->callback([options, &action] { action = [options] { return run_extract(*options); }; });
}

}  // namespace undertone::cli
