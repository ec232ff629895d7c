#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dataset/metadata.hpp"
#include "pipeline/dataset_extraction.hpp"
#include "undertone/command_errors.hpp"
#include "undertone/commands.hpp"
#include "undertone/console.hpp"
#include "undertone/inputs.hpp"
#include "undertone/interrupt.hpp"
#include "undertone/progress.hpp"

namespace undertone::cli {
namespace {

constexpr const char* kExamples = R"(Examples:
  undertone extract metadata.csv -o emb.npz
  undertone extract metadata.csv -o emb.npz --encoder facebook/hubert-large-ll60k --layer 12
  undertone extract recordings/ -o emb.npz

metadata.csv has a header with filepath, emotion, speaker_id, sentence_id and any other columns; only
filepath is required. Relative paths are looked for beside the CSV file, then in the working
directory. First form: an interrupted run writes nothing.)";

struct ExtractOptions {
  std::vector<std::string> inputs;
  std::string output;
  std::string encoder;
  std::string layer = "last";
  unsigned threads = 0;
  bool force = false;
  bool quiet = false;
};

std::optional<std::size_t> layer_of(const std::string& text) {
  if (text == "last") return std::nullopt;
  std::size_t layer = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), layer);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw UsageError(fmt::format("--layer takes a number or 'last', not '{}'", text));
  }
  return layer;
}

bool is_csv(const std::string& name) {
  const std::string extension = std::filesystem::path(name).extension().string();
  return extension == ".csv" || extension == ".CSV";
}

struct Job {
  std::vector<pipeline::Recording> recordings;
  std::vector<Input> failed;  // inputs that cannot even be listed
};

Job job_of(const ExtractOptions& options) {
  Job job;
  const auto csv_files = std::count_if(options.inputs.begin(), options.inputs.end(), is_csv);
  if (csv_files > 0) {
    if (options.inputs.size() > 1) {
      throw UsageError("a metadata file must be the only input",
                       "Join the metadata files to one, or name recordings and folders only.");
    }
    const std::filesystem::path metadata = options.inputs.front();
    for (dataset::Clip& clip : dataset::read_metadata(metadata)) {
      std::filesystem::path file = dataset::resolve_recording(metadata, clip.filepath);
      job.recordings.push_back({std::move(file), std::move(clip)});
    }
    return job;
  }
  for (Input& input : expand_inputs(options.inputs).inputs) {
    if (input.standard_input) {
      throw UsageError("extract does not read standard input", "Write the recording to a file.");
    }
    if (input.failure) {
      job.failed.push_back(std::move(input));
      continue;
    }
    dataset::Clip clip;
    clip.filepath = input.name;
    job.recordings.push_back({input.path, std::move(clip)});
  }
  return job;
}

std::string summary(const ExtractOptions& options, const pipeline::Extraction& extraction) {
  const pipeline::EmbeddingTable& table = extraction.table;
  return fmt::format("{}: {} embeddings of {} values, {} layer {}, {} pooling{}\n",
                     printable(options.output), table.embeddings.rows(), table.embeddings.cols(),
                     printable(table.origin.encoder), table.origin.layer, table.origin.pooling,
                     table.failed_paths.empty()
                         ? std::string()
                         : fmt::format("; {} recordings failed", table.failed_paths.size()));
}

int run_extract(const ExtractOptions& options) {
  if (!options.force && std::filesystem::exists(options.output)) {
    throw Error(ErrorCode::kOutputExists, options.output + " exists already",
                "Allow it to be overwritten with --force.");
  }
  const std::optional<std::size_t> asked_layer = layer_of(options.layer);
  Job job = job_of(options);
  if (job.recordings.empty() && job.failed.empty()) {
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("{}: names no recordings", options.inputs.front()));
  }
  pipeline::ExtractorOptions load;
  load.encoder = options.encoder;
  load.threads = options.threads;
  if (!options.quiet) {
    load.warn = [](std::string_view text) {
      print_to_stderr(fmt::format("note: {}\n", printable(text)));
    };
  }
  const auto extractor =
      load_model([&load] { return std::make_unique<pipeline::EmbeddingExtractor>(load); });
  const std::size_t layer = extractor->require_layer(asked_layer);

  Progress progress("Extracting", job.recordings.size(),
                    options.quiet ? Progress::Where::kNowhere : Progress::Where::kAnywhere);
  for (const Input& input : job.failed) progress.note(error_text(input.name, *input.failure));
  const InterruptWatch watch;
  pipeline::Extraction extraction = pipeline::extract_recordings(
      *extractor, layer, job.recordings,
      [&](const pipeline::ExtractionProgress& report) {
        const std::string& name = report.recording->clip.filepath;
        if (report.failure != nullptr) progress.note(error_text(name, *report.failure));
        for (const Warning& warning : report.warnings) {
          if (options.quiet || warning.code == "long_audio") continue;
          progress.note(printable(fmt::format("{}: {}: {}", name, warning.code, warning.message)));
        }
        progress.advance(report.done);
      },
      watch.token());
  progress.finish();
  if (!extraction.complete) {
    progress.note(fmt::format("Interrupted: {} was not written.", printable(options.output)));
    return kInterrupted;
  }
  for (const Input& input : job.failed) {
    extraction.table.failed_paths.push_back(input.name);
    extraction.table.failed_reasons.push_back(
        fmt::format("{}: {}", to_string(input.failure->code()), input.failure->what()));
  }
  if (extraction.table.embeddings.rows() == 0) {
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("no recording gave an embedding; {} was not written", options.output));
  }
  pipeline::write_embeddings(options.output, extraction.table);
  if (!options.quiet) print(summary(options, extraction));
  return extraction.table.failed_paths.empty() ? kDone : kSomeFailed;
}

}  // namespace

void add_extract(CLI::App& app, Action& action) {
  const auto options = std::make_shared<ExtractOptions>();
  CLI::App* const command = app.add_subcommand("extract", "Recordings to embeddings");
  command->footer(kExamples);
  command->add_option("inputs", options->inputs, "metadata.csv, or recordings and folders")
      ->required()
      ->type_name("metadata.csv|FILE|DIR");
  command->add_option("-o,--output", options->output, "The .npz file to write")
      ->required()
      ->type_name("FILE");
  command
      ->add_option("--encoder", options->encoder,
                   "Encoder: a shipped one's name, owner/name in the hub's cache, or a folder "
                   "(default: undertone-small)")
      ->type_name("NAME|DIR");
  command
      ->add_option("--layer", options->layer,
                   "Hidden state to pool: 0 is the transformer's input (default: last)")
      ->type_name("N|last");
  command->add_option("--threads", options->threads, "Threads to use (default: all)")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  command->add_flag("--force", options->force, "Overwrite the output");
  command->add_flag("-q,--quiet", options->quiet, "No progress, no notes; errors only");
  command->callback([options, &action] { action = [options] { return run_extract(*options); }; });
}

}  // namespace undertone::cli
