#include <cstddef>
#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "dataset/audio_files.hpp"
#include "dataset/corpus_names.hpp"
#include "dataset/metadata.hpp"
#include "undertone/command_errors.hpp"
#include "undertone/commands.hpp"
#include "undertone/console.hpp"

namespace undertone::cli {
namespace {

constexpr const char* kExamples = R"(Examples:
  undertone prepare emodb corpora/emodb -o metadata.csv
  undertone prepare ravdess corpora/RAVDESS -o ravdess.csv

First form: it reads the file names of RAVDESS (speech), EmoDB and nEMO and checks nothing else;
the recordings are not opened. Columns: filepath (relative to the CSV file where it can be), emotion, speaker_id,
sentence_id, corpus.)";

struct PrepareOptions {
  std::string corpus;
  std::string folder;
  std::string output;
  bool force = false;
};

// Relative to the CSV file's folder, so that both can be moved together; absolute paths otherwise.
std::string path_for(const std::filesystem::path& file, const std::filesystem::path& output) {
  namespace fs = std::filesystem;
  const fs::path relative = fs::absolute(file).lexically_normal().lexically_relative(
      fs::absolute(output).lexically_normal().parent_path());
  return relative.empty() ? fs::absolute(file).string() : relative.string();
}

int run_prepare(const PrepareOptions& options) {
  const dataset::Corpus corpus = *dataset::parse_corpus(options.corpus);
  if (!options.force && std::filesystem::exists(options.output)) {
    throw Error(ErrorCode::kOutputExists, options.output + " exists already",
                "Allow it to be overwritten with --force.");
  }
  const dataset::FolderScan scan = dataset::find_audio_files(options.folder);
  for (const Error& failure : scan.failures) {
    print_to_stderr(error_text(options.folder, failure) + '\n');
  }
  std::vector<dataset::Clip> clips;
  std::map<std::string, std::size_t> counts;
  std::set<std::string> speakers;
  std::size_t skipped = 0;
  for (const auto& file : scan.files) {
    const auto named = dataset::parse_corpus_name(corpus, file.stem().string());
    if (!named) {
      ++skipped;
      print_to_stderr(
          fmt::format("{}: skipped: not a name of {}\n", printable(file.string()), options.corpus));
      continue;
    }
    dataset::Clip clip;
    clip.filepath = path_for(file, options.output);
    clip.emotion = named->emotion;
    clip.speaker_id = named->speaker_id;
    clip.sentence_id = named->sentence_id;
    clip.further = {{"corpus", options.corpus}};
    ++counts[clip.emotion];
    speakers.insert(clip.speaker_id);
    clips.push_back(std::move(clip));
  }
  if (clips.empty()) {
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("{}: no recording has a name of {}", options.folder, options.corpus),
                "Check the folder and the name of the corpus.");
  }
  dataset::write_metadata(options.output, clips);
  std::string text = fmt::format("{}: {} recordings of {} speakers\n", printable(options.output),
                                 clips.size(), speakers.size());
  for (const auto& [emotion, count] : counts)
    text += fmt::format("  {:<10} {:>6}\n", emotion, count);
  if (skipped > 0) text += fmt::format("  {} files with other names were skipped\n", skipped);
  print(text);
  return scan.failures.empty() ? kDone : kSomeFailed;
}

}  // namespace

void add_prepare(CLI::App& app, Action& action) {
  const auto options = std::make_shared<PrepareOptions>();
  CLI::App* const command =
      app.add_subcommand("prepare", "File names of a corpus to metadata (first form)");
  command->footer(kExamples);
  command->add_option("corpus", options->corpus, "Which corpus")
      ->required()
      ->check(CLI::IsMember({"ravdess", "emodb", "nemo"}));
  command->add_option("folder", options->folder, "Where its recordings are")
      ->required()
      ->type_name("DIR");
  command->add_option("-o,--output", options->output, "The CSV file to write")
      ->required()
      ->type_name("FILE");
  command->add_flag("--force", options->force, "Overwrite the output");
  command->callback([options, &action] { action = [options] { return run_prepare(*options); }; });
}

}  // namespace undertone::cli
