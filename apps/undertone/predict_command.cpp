#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include <undertone/recognizer.hpp>

#include "pipeline/batch_runner.hpp"
#include "undertone/command_errors.hpp"
#include "undertone/commands.hpp"
#include "undertone/console.hpp"
#include "undertone/inputs.hpp"
#include "undertone/interrupt.hpp"
#include "undertone/prediction_printer.hpp"
#include "undertone/profile_table.hpp"
#include "undertone/progress.hpp"
#include "undertone/shared_options.hpp"

namespace undertone::cli {
namespace {

constexpr const char* kExamples = R"(Examples:
  undertone predict clip.wav
  undertone predict recordings/ interview.mp3 --csv > results.csv
  ffmpeg -i film.mkv -f wav - | undertone predict - --json

A folder is searched for recordings in it and in the folders within. Without --json, --jsonl or
--csv the output is a table for people, whether or not it goes to a terminal; colours only on a
terminal and without NO_COLOR. An input that fails is reported on standard error, and in its place
by --json, --jsonl and --csv; the others are done, and the exit code is 1.)";

struct PredictCommandOptions {
  std::vector<std::string> inputs;
  std::string encoder;
  std::optional<Context> context{};
  std::string precision;
  std::string model;
  unsigned threads = 0;
  std::optional<std::size_t> layer;
  std::optional<double> window_s;
  bool json = false;
  bool json_lines = false;
  bool csv = false;
  bool timing = false;
  bool profile = false;
  bool dimensions = false;
  bool quiet = false;
};

Format format_of(const PredictCommandOptions& options) {
  if (options.json) return Format::kJson;
  if (options.json_lines) return Format::kJsonLines;
  return options.csv ? Format::kCsv : Format::kTable;
}

Recognizer load_recognizer(const PredictCommandOptions& options) {
  RecognizerOptions load;
  load.encoder = options.encoder;
  load.context = options.context;
  load.precision = options.precision;
  load.bundle = options.model;
  load.threads = options.threads;
  load.layer = options.layer;
  load.estimate_dimensions = options.dimensions;
  if (!options.quiet) {
    load.warn = [](std::string_view text) {
      print_to_stderr(fmt::format("note: {}\n", printable(text)));
    };
  }
  return load_model([&load] { return Recognizer::load(load); });
}

Outcome predict(const Recognizer& recognizer, const Input& input, const PredictOptions& options) {
  if (input.failure) return *input.failure;
  try {
    if (input.standard_input) {
      return recognizer.predict_descriptor(STDIN_FILENO, "standard input", options);
    }
    return recognizer.predict_file(input.path, options);
  } catch (const Error& error) {
    return error;
  }
}

int run_predict(const PredictCommandOptions& options) {
  const InputList list = expand_inputs(options.inputs);
  const Recognizer recognizer = load_recognizer(options);
  const std::size_t count = list.inputs.size();

  // Fewer clips than threads are better heard one by one with all threads at each.
  const unsigned threads = recognizer.threads();
  const bool in_parallel = count > 1 && 2 * count > threads;
  PredictOptions hearing;
  hearing.threads = in_parallel ? ClipThreads::kOne : ClipThreads::kAll;
  hearing.window_s = options.window_s;
  hearing.profile = options.profile;
  const pipeline::BatchRunner<Outcome> runner(in_parallel ? threads : 1);

  // A lone input has nothing finished that an interrupt could lose.
  std::optional<InterruptWatch> watch;
  if (count > 1) watch.emplace();
  const bool show_progress = !options.quiet && count > 1 && !stdout_is_terminal();
  Progress progress("Listening", count,
                    show_progress ? Progress::Where::kTerminalOnly : Progress::Where::kNowhere);

  const std::unique_ptr<PredictionPrinter> printer =
      make_printer(format_of(options), list,
                   {.labels = recognizer.labels(),
                    .dimensions = recognizer.dimensions(),
                    .multi_label = recognizer.multi_label(),
                    .estimate = recognizer.estimates_dimensions(),
                    .timing = options.timing});
  std::size_t failed = 0;
  ProfileTable profile;
  printer->begin();
  const std::size_t done = runner.run(
      count, [&](std::size_t i) { return predict(recognizer, list.inputs[i], hearing); },
      [&](std::size_t i, Outcome&& outcome) {
        if (const auto* const error = std::get_if<Error>(&outcome)) {
          ++failed;
          progress.note(error_text(list.inputs[i].name, *error));
        }
        if (const auto* const prediction = std::get_if<Prediction>(&outcome)) {
          const Timing& timing = prediction->timing;
          profile.add(prediction->profile,
                      (timing.decode_ms + timing.encode_ms + timing.classify_ms) / 1e3);
        }
        printer->add(list.inputs[i], outcome);
        progress.advance(i + 1);
      },
      watch ? watch->token() : std::stop_token());
  printer->end();
  print_to_stderr(profile.text());
  if (done < count) {
    print_to_stderr(fmt::format("Interrupted: {} of {} inputs were done.\n", done, count));
    return kInterrupted;
  }
  return failed > 0 ? kSomeFailed : kDone;
}

}  // namespace

void add_predict(CLI::App& app, Action& action) {
  const auto options = std::make_shared<PredictCommandOptions>();
  CLI::App* const command = app.add_subcommand("predict", "The emotion in recordings");
  command->footer(kExamples);
  command
      ->add_option("inputs", options->inputs,
                   "Recordings, folders of recordings, or - for standard input")
      ->required()
      ->type_name("FILE|DIR|-");
  add_encoder_options(*command, options->encoder, options->context, options->precision);
  add_classifier_option(*command, options->model);
  command
      ->add_option("--layer", options->layer,
                   "Fail unless this is the layer that classifier or head takes")
      ->type_name("N");
  add_threads_option(*command, options->threads);
  auto* const formats = command->add_option_group("Output, at most one of");
  formats->add_flag("--json", options->json,
                    "One object for one file, an array for a folder or several");
  formats->add_flag("--jsonl", options->json_lines, "One object a line for each input");
  formats->add_flag("--csv", options->csv, "A header and one row for each input");
  formats->require_option(0, 1);
  command
      ->add_option("--window", options->window_s,
                   "Also the emotion in each window of that many seconds (1 to 30) of longer "
                   "recordings; not in --csv")
      ->type_name("SECONDS")
      ->check(CLI::Range(kShortestWindow, kLongestWindow));
  command->add_flag("--dimensions", options->dimensions,
                    "Add arousal, dominance and valence as estimated from the probabilities");
  command->add_flag("--timing", options->timing, "Add the time that each step took");
  command->add_flag("--profile", options->profile,
                    "Show on standard error where the time went; in JSON too");
  command->add_flag("-q,--quiet", options->quiet, "No progress, no notes; errors only");
  command->callback([options, &action] { action = [options] { return run_predict(*options); }; });
}

}  // namespace undertone::cli
