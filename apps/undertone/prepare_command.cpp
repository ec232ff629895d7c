#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/atomic_file.hpp"
#include "common/thread_pool.hpp"
#include "dataset/corpus_listing.hpp"
#include "dataset/cremad_tables.hpp"
#include "dataset/metadata.hpp"
#include "pipeline/corpus_preparation.hpp"
#include "undertone/command_errors.hpp"
#include "undertone/commands.hpp"
#include "undertone/console.hpp"
#include "undertone/interrupt.hpp"
#include "undertone/prepare_summary.hpp"
#include "undertone/progress.hpp"
#include "undertone/shared_options.hpp"

namespace undertone::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kExamples = R"(Examples:
  undertone prepare cremad CREMA-D/AudioWAV -o cremad.csv
  undertone prepare cremad CREMA-D -o cremad.csv --votes CREMA-D/processedResults/tabulatedVotes.csv
  undertone prepare ravdess RAVDESS -o ravdess.csv --all-emotions
  undertone prepare generic clips.tsv -o clips.csv --label-column mood --label-map rage=Angry
  undertone prepare generic folder-with-a-folder-per-emotion -o mine.csv

Each recording is decoded and checked. Paths in the output are relative to its folder.)";

struct PrepareOptions {
  std::string corpus;
  std::string source;
  std::string output;
  pipeline::PreparationRules rules;
  bool names_only = false;
  std::string votes;
  std::string demographics;
  std::string label_map;
  dataset::GenericColumns columns;
  std::string audio_folder;
  std::string report;
  unsigned threads = 0;
  bool force = false;
  bool quiet = false;
};

// Relative to the CSV file's folder, so that both can be moved together; absolute paths otherwise.
std::string path_for(const fs::path& file, const fs::path& output) {
  const fs::path relative = fs::absolute(file).lexically_normal().lexically_relative(
      fs::absolute(output).lexically_normal().parent_path());
  return relative.empty() ? fs::absolute(file).string() : relative.string();
}

void require_writable(const std::string& output, bool force) {
  if (!force && fs::exists(output)) {
    throw Error(ErrorCode::kOutputExists, output + " exists already",
                "Allow it to be overwritten with --force.");
  }
  const fs::path folder = fs::absolute(output).parent_path();
  if (!fs::is_directory(folder)) {
    throw Error(ErrorCode::kFileUnwritable,
                fmt::format("{}: there is no folder {}", output, folder.string()));
  }
}

void require_sense(const PrepareOptions& options, std::optional<dataset::Corpus> corpus) {
  const pipeline::PreparationRules& rules = options.rules;
  if (!(rules.min_duration >= 0) || !(rules.max_duration > 0) ||
      rules.min_duration > rules.max_duration) {
    throw UsageError(
        fmt::format("no recording lasts from {} to {} s", rules.min_duration, rules.max_duration),
        "Check --min-duration and --max-duration.");
  }
  if (corpus != dataset::Corpus::kCremad && !(options.votes + options.demographics).empty()) {
    throw UsageError("--votes and --demographics are for cremad only");
  }
  const dataset::GenericColumns& columns = options.columns;
  if (corpus && !(columns.path + columns.label + columns.speaker + columns.sentence +
                  columns.group + options.audio_folder)
                     .empty()) {
    throw UsageError("columns and --audio-folder are for generic only");
  }
  require_writable(options.output, options.force);
  if (options.report.empty()) return;
  if (fs::absolute(options.report).lexically_normal() ==
      fs::absolute(options.output).lexically_normal()) {
    throw UsageError("--report and --output name the same file");
  }
  require_writable(options.report, options.force);
}

dataset::CorpusListing list_source(const PrepareOptions& options,
                                   std::optional<dataset::Corpus> corpus) {
  const dataset::LabelMap labels =
      options.label_map.empty() ? dataset::LabelMap() : dataset::LabelMap::parse(options.label_map);
  const bool is_file = fs::is_regular_file(options.source);
  if (corpus && is_file && options.names_only) {
    return dataset::list_names(*corpus, options.source, labels);
  }
  if (corpus) return dataset::list_corpus(*corpus, options.source, labels);
  if (!is_file) return dataset::list_emotion_folders(options.source, labels);
  return dataset::list_table(options.source, options.columns, labels, options.audio_folder);
}

void note(const PrepareOptions& options, const std::string& text) {
  if (!options.quiet) print_to_stderr(fmt::format("note: {}\n", printable(text)));
}

void add_tables_of_cremad(const PrepareOptions& options, dataset::CorpusListing& listing) {
  std::optional<fs::path> demographics = options.demographics;
  if (options.demographics.empty()) {
    demographics = dataset::find_demographics(fs::is_directory(options.source)
                                                  ? fs::path(options.source)
                                                  : fs::absolute(options.source).parent_path());
  }
  if (!demographics) {
    note(options,
         "there is no VideoDemographics.csv in or above the folder, so sex and age stay empty; "
         "--demographics names it");
  } else {
    const std::size_t unknown =
        pipeline::add_demographics(listing, dataset::read_demographics(*demographics));
    if (unknown > 0) {
      note(options, fmt::format("{} recordings are of actors that {} does not list", unknown,
                                demographics->string()));
    }
  }
  if (options.votes.empty()) return;
  const std::size_t without = pipeline::add_votes(listing, dataset::read_votes(options.votes));
  if (without > 0) {
    note(options, fmt::format("{} recordings have no votes in {}", without, options.votes));
  }
}

// Failures as they come, but not thousands of one kind: a clone without git-lfs fails everywhere.
class FailureNotes {
 public:
  explicit FailureNotes(Progress& progress) : progress_(progress) {}

  void tell(const dataset::LeftOut& entry) {
    constexpr std::size_t kShown = 10;
    if (!entry.failed || ++counts_[entry.reason] > kShown + 1) return;
    if (counts_[entry.reason] > kShown) {
      progress_.note(fmt::format("error [{}]: further ones are counted, and listed by --report",
                                 entry.reason));
      return;
    }
    const std::string name = entry.path.empty() ? std::string() : entry.path + ": ";
    progress_.note(printable(fmt::format("{}error [{}]: {}", name, entry.reason, entry.detail)));
  }

 private:
  Progress& progress_;
  std::map<std::string, std::size_t> counts_;
};

pipeline::Preparation check_all(const PrepareOptions& options, dataset::CorpusListing listing) {
  pipeline::PreparationRules rules = options.rules;
  rules.open = !options.names_only;
  Progress progress(
      "Checking", listing.recordings.size(),
      options.quiet || options.names_only ? Progress::Where::kNowhere : Progress::Where::kAnywhere);
  FailureNotes failures(progress);
  for (const dataset::LeftOut& entry : listing.left_out) failures.tell(entry);
  const InterruptWatch watch;
  pipeline::Preparation preparation = pipeline::prepare_corpus(
      std::move(listing), rules, options.threads == 0 ? available_threads() : options.threads,
      [&](const pipeline::PreparationProgress& report) {
        if (report.left_out != nullptr) failures.tell(*report.left_out);
        progress.advance(report.done);
      },
      watch.token());
  progress.finish();
  return preparation;
}

int run_prepare(const PrepareOptions& options) {
  const std::optional<dataset::Corpus> corpus = dataset::parse_corpus(options.corpus);
  require_sense(options, corpus);
  dataset::CorpusListing listing = list_source(options, corpus);
  const bool names_of_a_list = options.names_only && fs::is_regular_file(options.source) && corpus;
  if (corpus == dataset::Corpus::kCremad) add_tables_of_cremad(options, listing);

  pipeline::Preparation preparation = check_all(options, std::move(listing));
  if (!preparation.complete) {
    print_to_stderr(fmt::format("Interrupted: {} was not written.\n", printable(options.output)));
    return kInterrupted;
  }
  if (!options.report.empty()) {
    AtomicFile report(options.report);
    report.write(left_out_csv(preparation));
    report.commit();
  }
  if (preparation.clips.empty()) {
    print(left_out_summary(preparation));
    throw Error(
        ErrorCode::kDataInvalid,
        fmt::format("{}: no recording is left; {} was not written", options.source, options.output),
        "The list above says why each was left out.");
  }
  if (!names_of_a_list) {
    for (dataset::Clip& clip : preparation.clips) {
      clip.filepath = path_for(clip.filepath, options.output);
    }
  }
  dataset::write_metadata(options.output, preparation.clips);
  if (!options.quiet) print(prepare_summary(options.output, preparation));
  const bool failed = std::any_of(preparation.left_out.begin(), preparation.left_out.end(),
                                  [](const dataset::LeftOut& entry) { return entry.failed; });
  return failed ? kSomeFailed : kDone;
}

void add_generic_options(CLI::App& command, PrepareOptions& options) {
  const auto column = [&command](const std::string& name, std::string& value,
                                 const std::string& usual) {
    command
        .add_option("--" + name + "-column", value,
                    fmt::format("generic: the column of the {} (default: {} ...)", name, usual))
        ->type_name("NAME");
  };
  column("path", options.columns.path, "filepath, path, file");
  column("label", options.columns.label, "emotion, label, class");
  column("speaker", options.columns.speaker, "speaker_id, speaker");
  column("sentence", options.columns.sentence, "sentence_id, sentence");
  column("group", options.columns.group, "group, group_id");
  command
      .add_option("--audio-folder", options.audio_folder,
                  "generic: where relative paths begin (default: the table's folder)")
      ->type_name("DIR");
}

}  // namespace

void add_prepare(CLI::App& app, Action& action) {
  const auto options = std::make_shared<PrepareOptions>();
  CLI::App* const command =
      app.add_subcommand("prepare", "A corpus to metadata: find, check and label its recordings");
  command->footer(kExamples);
  command->add_option("corpus", options->corpus, "Which corpus")
      ->required()
      ->type_name("cremad|ravdess|tess|savee|emodb|nemo|generic")
      ->check(CLI::Validator(
          [](std::string& name) {
            const bool known = name == "generic" || dataset::parse_corpus(name);
            return known ? std::string() : name + " is no corpus that is known";
          },
          ""));
  command
      ->add_option("source", options->source,
                   "Where its recordings are; for generic a table (.csv, .tsv, .jsonl) or a folder "
                   "with a folder for each emotion")
      ->required()
      ->type_name("DIR|FILE");
  command->add_option("-o,--output", options->output, "The CSV file to write")
      ->required()
      ->type_name("FILE");
  pipeline::PreparationRules& rules = options->rules;
  command->add_option("--min-duration", rules.min_duration, "Leave out shorter ones (default: 1)")
      ->type_name("SECONDS");
  command->add_option("--max-duration", rules.max_duration, "Leave out longer ones (default: 10)")
      ->type_name("SECONDS");
  command->add_flag("--keep-silent", rules.keep_silent, "Keep silent recordings");
  command->add_flag("--keep-duplicates", rules.keep_duplicates,
                    "Keep recordings with the same audio");
  command->add_flag("--all-emotions", rules.all_emotions,
                    "Keep labels that are none of the six emotions");
  command
      ->add_option("--label-map", options->label_map,
                   "What labels are to be called, e.g. joyful=Happy,calm=Neutral")
      ->type_name("FROM=TO,...");
  command->add_flag("--names-only", options->names_only,
                    "Open nothing; a text file with one name a line will do for the folder");
  command
      ->add_option("--votes", options->votes,
                   "cremad: tabulatedVotes.csv, to join what listeners heard")
      ->type_name("FILE");
  command
      ->add_option("--demographics", options->demographics,
                   "cremad: VideoDemographics.csv (default: the one in or above the folder)")
      ->type_name("FILE");
  add_generic_options(*command, *options);
  command->add_option("--report", options->report, "Write all that was left out to a CSV file")
      ->type_name("FILE");
  add_threads_option(*command, options->threads);
  command->add_flag("--force", options->force, "Overwrite the output");
  command->add_flag("-q,--quiet", options->quiet, "No progress, notes or summary; errors only");
  command->callback([options, &action] { action = [options] { return run_prepare(*options); }; });
}

}  // namespace undertone::cli
