#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "classifier/bundle.hpp"
#include "common/thread_pool.hpp"
#include "dataset/metadata.hpp"
#include "evaluation/comparison.hpp"
#include "pipeline/encoder_comparison.hpp"
#include "pipeline/training.hpp"
#include "undertone/classifier_options.hpp"
#include "undertone/command_errors.hpp"
#include "undertone/commands.hpp"
#include "undertone/comparison_cache.hpp"
#include "undertone/comparison_table.hpp"
#include "undertone/console.hpp"
#include "undertone/embedding_inputs.hpp"
#include "undertone/interrupt.hpp"
#include "undertone/progress.hpp"
#include "undertone/shared_options.hpp"
#include "undertone/split_options.hpp"

namespace undertone::cli {
namespace {

constexpr const char* kExamples = R"(Examples:
  undertone compare metadata.csv --encoder undertone-small --encoder facebook/hubert-large-ll60k:all
  undertone compare metadata.csv --encoder undertone-small:all --classifiers svm,logistic -o layers/
  undertone compare small.npz large.npz --save-best best.safetensors

Each encoder's layers (NAME:LAYER, NAME:all; without either the last) with each classifier, on the
same folds, speaker-independent where all speakers are known. Embeddings that are missing are
extracted into the folder's `cache`, where the next comparison finds them. The best is chosen on the
folds it is scored on: the report says what to expect of it.)";

struct CompareOptions {
  std::vector<std::string> inputs;
  std::vector<std::string> encoders;
  std::vector<std::string> classifiers = {"svm", "logistic", "forest", "ensemble"};
  std::string output = "comparison";
  std::string split;
  std::optional<std::size_t> folds;
  std::optional<std::size_t> repeats;
  ClassifierOptions classifier;
  std::string save_best;
  std::string licence;
  bool force = false;
  bool json = false;
  bool quiet = false;
  unsigned threads = 0;
};

bool is_embeddings(const std::string& name) {
  return std::filesystem::path(name).extension() == ".npz";
}

std::vector<classifier::EmotionClassifierOptions> classifiers_of(const CompareOptions& options) {
  std::vector<classifier::EmotionClassifierOptions> all;
  std::vector<std::string> seen;
  for (const std::string& name : options.classifiers) {
    if (!classifier::find_classifier_kind(name)) {
      throw UsageError(fmt::format("there is no classifier '{}'", name),
                       "Classifiers are svm, logistic, forest and ensemble.");
    }
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) continue;
    seen.push_back(name);
    ClassifierOptions one = options.classifier;
    one.classifier = name;
    all.push_back(settings_of(one));
  }
  return all;
}

std::vector<pipeline::Recording> recordings_of(const std::vector<std::string>& metadata) {
  std::vector<pipeline::Recording> recordings;
  for (const std::filesystem::path file : metadata) {
    for (dataset::Clip& clip : dataset::read_metadata(file)) {
      std::filesystem::path recording = dataset::resolve_recording(file, clip.filepath);
      recordings.push_back({std::move(recording), std::move(clip)});
    }
  }
  return recordings;
}

// Options that contradict each other are refused rather than ignored.
void require_consistent(const CompareOptions& options) {
  const auto files = std::count_if(options.inputs.begin(), options.inputs.end(), is_embeddings);
  const bool metadata = static_cast<std::size_t>(files) < options.inputs.size();
  if (metadata && options.encoders.empty()) {
    throw UsageError("metadata are to be encoded, but no encoder is named",
                     "Name one or more with --encoder, undertone-small for instance.");
  }
  if (!metadata && !options.encoders.empty()) {
    throw UsageError("--encoder needs metadata to encode",
                     "Name a metadata file beside the embeddings, or leave out --encoder.");
  }
  for (const char* name : {"compare.html", "compare.json"}) {
    const auto path = std::filesystem::path(options.output) / name;
    if (options.force || !std::filesystem::exists(path)) continue;
    throw Error(ErrorCode::kOutputExists, path.string() + " exists already",
                "Allow it to be overwritten with --force.");
  }
  if (!options.save_best.empty() && !options.force && std::filesystem::exists(options.save_best)) {
    throw Error(ErrorCode::kOutputExists, options.save_best + " exists already",
                "Allow it to be overwritten with --force.");
  }
}

// Files of embeddings as they are, encoders by way of the cache. Nullopt if stopped.
std::optional<std::vector<pipeline::ComparedEmbeddings>> inputs_of(const CompareOptions& options,
                                                                   const std::stop_token& stop) {
  std::vector<pipeline::ComparedEmbeddings> inputs;
  std::vector<std::string> metadata;
  for (const std::string& name : options.inputs) {
    if (!is_embeddings(name)) {
      metadata.push_back(name);
      continue;
    }
    pipeline::ComparedEmbeddings input;
    input.source = name;
    input.layers = stored_layers({name});
    input.read = [name](std::size_t layer) { return pipeline::read_embeddings(name, layer); };
    inputs.push_back(std::move(input));
  }
  if (metadata.empty()) return inputs;
  const std::vector<pipeline::Recording> recordings = recordings_of(metadata);
  if (recordings.empty()) {
    throw Error(ErrorCode::kDataInvalid, fmt::format("{}: names no recordings", metadata.front()));
  }
  for (const std::string& encoder : options.encoders) {
    auto input = cached_embeddings(std::filesystem::path(options.output) / "cache",
                                   encoder_choice_of(encoder), recordings, options.threads,
                                   options.quiet, stop);
    if (!input) return std::nullopt;
    inputs.push_back(std::move(*input));
  }
  return inputs;
}

// The best, trained on all that its input has.
void save_best(const CompareOptions& options, const pipeline::EncoderComparison& compared,
               const std::vector<pipeline::ComparedEmbeddings>& inputs, ThreadPool& pool) {
  const evaluation::Comparison& comparison = compared.comparison;
  pipeline::TrainingOptions training;
  training.classes = comparison.class_names;
  training.classifier = compared.winner.classifier;
  training.licence = options.licence;
  pipeline::Training trained = pipeline::train_classifier(
      inputs[compared.winner.input].read(compared.winner.layer), training, pool);
  for (const std::string& notice : trained.report.notices) {
    print_to_stderr(fmt::format("note: {}\n", printable(notice)));
  }
  const evaluation::Contender& best = comparison.contenders[comparison.best];
  trained.bundle.provenance.split = fmt::format(
      "{}selection, not a test: the best of {} contenders on the same folds; corrected_uar is what "
      "to expect of it. {}",
      best.doubt.empty() ? "" : "no finding, the encoder is untrained; ",
      comparison.contenders.size(), comparison.split);
  trained.bundle.provenance.scores = {{"selection_uar", best.evaluation.pooled.uar},
                                      {"corrected_uar", comparison.selection.uar}};
  classifier::save_bundle(options.save_best, trained.bundle);
}

int run_compare(const CompareOptions& options) {
  require_consistent(options);
  pipeline::ComparisonOptions how;
  how.source = fmt::format("{}", fmt::join(options.inputs, ", "));
  how.classes = classes_of(options.classifier);
  how.classifiers = classifiers_of(options);
  how.split_options.folds = options.folds.value_or(how.split_options.folds);
  how.split_options.repeats = options.repeats.value_or(1);
  how.split_options.seed = options.classifier.seed;
  if (!options.split.empty()) how.split = split_kind_of(options.split);

  const InterruptWatch watch;
  const auto inputs = inputs_of(options, watch.token());
  if (!inputs) {
    print_to_stderr(
        "Interrupted: what was encoded is kept; the same command goes on from there.\n");
    return kInterrupted;
  }
  ThreadPool pool(options.threads == 0 ? available_threads() : options.threads);
  std::unique_ptr<Progress> progress;
  const pipeline::EncoderComparison compared = pipeline::compare_encoders(
      *inputs, how, pool,
      [&](std::size_t done, std::size_t total) {
        if (!progress) {
          progress = std::make_unique<Progress>(
              "Training", total,
              options.quiet ? Progress::Where::kNowhere : Progress::Where::kTerminalOnly, "folds");
        }
        progress->advance(done);
      },
      watch.token());
  if (progress) progress->finish();
  evaluation::write_comparison(options.output, compared.comparison);
  if (!options.save_best.empty()) save_best(options, compared, *inputs, pool);
  if (options.json) {
    print(evaluation::comparison_json(compared.comparison));
    return kDone;
  }
  print(comparison_text(compared.comparison));
  print(fmt::format("Written: {}\n",
                    printable((std::filesystem::path(options.output) / "compare.html").string())));
  if (!options.save_best.empty()) print(fmt::format("Written: {}\n", printable(options.save_best)));
  return kDone;
}

void add_setting_options(CLI::App& command, ClassifierOptions& options) {
  command
      .add_option("--pca", options.pca,
                  "Principal components: how many, which part of the variance, or none (default: "
                  "200)")
      ->type_name("N|0.95|none");
  command
      .add_option("--class-weight", options.class_weight,
                  "balanced: rare classes cost as much as frequent ones (default: none)")
      ->check(CLI::IsMember({"none", "balanced"}));
  command
      .add_option("--classes", options.classes, "Labels to compare on (default: those of the six)")
      ->delimiter(',')
      ->type_name("A,B,...");
  command.add_option("--seed", options.seed, "Of all folds and trees (default: 0)")->type_name("N");
}

}  // namespace

void add_compare(CLI::App& app, Action& action) {
  const auto options = std::make_shared<CompareOptions>();
  CLI::App* const command =
      app.add_subcommand("compare", "Encoders, layers and classifiers on the same folds");
  command->footer(kExamples);
  command->add_option("inputs", options->inputs, "Metadata files, or embeddings that are there")
      ->required()
      ->type_name("metadata.csv|emb.npz");
  command
      ->add_option("--encoder", options->encoders,
                   "An encoder, and which of its layers (default: the last); may be repeated")
      ->allow_extra_args(false)
      ->type_name("NAME[:N|:all]");
  command
      ->add_option("--classifiers", options->classifiers,
                   "Of svm, logistic, forest, ensemble (default: all)")
      ->delimiter(',')
      ->type_name("A,B,...");
  command->add_option("-o,--output", options->output, "Folder to write (default: comparison)")
      ->type_name("DIR");
  command->add_option("--split", options->split, "How clips are divided (default: speaker)")
      ->type_name("SPLIT");
  add_fold_options(*command, options->folds, options->repeats);
  add_setting_options(*command, options->classifier);
  command
      ->add_option("--save-best", options->save_best,
                   "Train the best on all recordings and write its bundle")
      ->type_name("FILE");
  command->add_option("--licence", options->licence, "Noted in that bundle")->type_name("TEXT");
  command->add_flag("--force", options->force, "Overwrite a comparison (its cache is kept)");
  command->add_flag("--json", options->json, "Print compare.json");
  add_threads_option(*command, options->threads);
  command->add_flag("-q,--quiet", options->quiet, "No progress");
  command->callback([options, &action] { action = [options] { return run_compare(*options); }; });
}

}  // namespace undertone::cli
